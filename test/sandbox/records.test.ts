import { merchantOf, type SandboxRecord } from '../../src/sandbox'
import {
  anIsoDate,
  aUuid,
  authorize,
  call,
  customEvent,
  newCredentials,
  newMerchant,
  newSandbox,
  refusal,
  send
} from './call'

describe('merchantOf', () => {
  const credentials = newCredentials()

  it('is the same for the same key and secret, and neither of them', () => {
    const name = merchantOf(credentials)

    expect(merchantOf({ ...credentials })).toBe(name)
    expect(name).toMatch(/^[0-9a-f]{12}$/)
    expect(credentials.key + credentials.secret).not.toContain(name)
  })

  it('is another for another key or secret', () => {
    const { key, secret } = credentials
    const names = [
      { key, secret },
      { key, secret: newCredentials().secret },
      { key: newCredentials().key, secret },
      { key: secret, secret: key },
      { key: key + secret.slice(0, 1), secret: secret.slice(1) }
    ].map(merchantOf)

    expect(new Set(names).size).toBe(names.length)
  })
})

describe('The records of a sandbox', () => {
  it('hold its calls in their order, with who called', async () => {
    const sandbox = await newSandbox()
    const credentials = newCredentials()
    const { delete: forget, get, post } = await newMerchant(sandbox, credentials)
    await post('/v1/event/custom', customEvent)
    await post('/v1/event/custom', 'no JSON')
    await get('/v1/customers', { id: 'c-1' })
    await forget('/v1/user-data', { email: 'ada@example.com', customerId: 'c-1' })

    const ofThisMerchant = {
      at: anIsoDate,
      query: {},
      authorization: 'Bearer [redacted]',
      merchant: merchantOf(credentials)
    }
    expect(sandbox.records).toEqual([
      {
        at: anIsoDate,
        method: 'POST',
        path: '/v1/authorization',
        query: {},
        merchant: merchantOf(credentials),
        body: '[redacted]',
        status: 200
      },
      {
        ...ofThisMerchant,
        method: 'POST',
        path: '/v1/event/custom',
        body: customEvent,
        status: 201,
        eventId: aUuid
      },
      { ...ofThisMerchant, method: 'POST', path: '/v1/event/custom', body: 'no JSON', status: 400 },
      {
        ...ofThisMerchant,
        method: 'GET',
        path: '/v1/customers',
        query: { id: 'c-1' },
        body: '',
        status: 404
      },
      {
        ...ofThisMerchant,
        method: 'DELETE',
        path: '/v1/user-data',
        query: { email: 'ada@example.com', customerId: 'c-1' },
        body: '',
        status: 200
      }
    ])
  })

  it('name no merchant where a call was not authorized', async () => {
    const sandbox = await newSandbox()
    const { authorization, post } = await newMerchant(sandbox)
    sandbox.revokeTokens()
    await post('/v1/event/custom', customEvent)
    await call(sandbox, 'POST', '/v1/event/custom', { body: customEvent })
    await call(sandbox, 'GET', '/v1/unknown', { authorization })

    const refused = { at: anIsoDate, method: 'POST', path: '/v1/event/custom', query: {}, body: customEvent }
    expect(sandbox.records.slice(1)).toEqual([
      { ...refused, authorization: 'Bearer [redacted]', status: 401 },
      { ...refused, status: 401 },
      {
        ...refused,
        method: 'GET',
        path: '/v1/unknown',
        authorization: 'Bearer [redacted]',
        body: '[redacted]',
        status: 404
      }
    ])
  })

  it.each(['/v1/v1/authorization', '/v1/authorization/'])(
    'hold no credentials that went to %s',
    async (path) => {
      const sandbox = await newSandbox()

      expect(await call(sandbox, 'POST', path, { body: newCredentials() })).toEqual(refusal(404))

      expect(sandbox.records).toEqual([
        { at: anIsoDate, method: 'POST', path, query: {}, body: '[redacted]', status: 404 }
      ])
    }
  )

  it('hold no credentials that went into a query', async () => {
    const sandbox = await newSandbox()
    const { key, secret } = newCredentials()
    const query = new URLSearchParams({ key, secret, customerId: 'c-1' }).toString()
    await call(sandbox, 'GET', `/v1/user-data?${query}`)
    expect(sandbox.records).toMatchObject([
      { query: { key: '[redacted]', secret: '[redacted]', customerId: 'c-1' }, status: 401 }
    ])
  })

  it('hold neither key nor secret nor token, whatever comes of a call', async () => {
    const told: SandboxRecord[] = []
    const known = newCredentials()
    const unknown = newCredentials()
    const sandbox = await newSandbox({ credentials: [known], onCall: (record) => told.push(record) })

    const { authorization, token, post } = await newMerchant(sandbox, known)
    await post('/v1/event/custom', customEvent)
    await post('/v1/event/custom', { ...customEvent, nickname: 'Countess' })
    await authorize(sandbox, unknown)
    await authorize(sandbox, { ...known, scope: 'all' })
    await authorize(sandbox, `key=${known.key}&secret=${known.secret}`)
    await call(sandbox, 'PUT', '/v1/authorization', { body: known })
    await call(sandbox, 'GET', '/v1/user-data', { authorization })
    await call(sandbox, 'GET', '/v1/unknown', { authorization })
    await call(sandbox, 'GET', '/v1/user-data', { authorization: token })
    await call(sandbox, 'GET', '/v1/user-data', {
      authorization: `Basic ${btoa(`${known.key}:${known.secret}`)}`
    })
    sandbox.injectFault({ status: 500 }, { times: 2 })
    await authorize(sandbox, known)
    await post('/v1/event/custom', customEvent)
    sandbox.injectFault({ drop: 'before' }, { times: 1 })
    await expect(authorize(sandbox, known)).rejects.toThrow()
    sandbox.revokeTokens()
    await post('/v1/event/custom', customEvent)

    expect(told).toHaveLength(15)
    expect(sandbox.records).toEqual(told)
    const json = JSON.stringify(told)
    for (const hidden of [
      known.key,
      known.secret,
      unknown.key,
      unknown.secret,
      token,
      btoa(`${known.key}:${known.secret}`)
    ]) {
      expect(json).not.toContain(hidden)
    }
  })

  it('hold nothing of a body that is too large', async () => {
    const sandbox = await newSandbox()
    const { name, post } = await newMerchant(sandbox)
    await post('/v1/event/custom', { ...customEvent, firstName: 'x'.repeat(1024 * 1024) })

    expect(sandbox.records.at(-1)).toEqual({
      at: anIsoDate,
      method: 'POST',
      path: '/v1/event/custom',
      query: {},
      authorization: 'Bearer [redacted]',
      merchant: name,
      body: '',
      status: 413
    })
  })

  it('are the latest, as many as are to be kept', async () => {
    const sandbox = await newSandbox({ keep: 3 })
    const { authorization } = await newMerchant(sandbox)
    const kept: unknown[] = []
    for (let number = 1; number <= 8; number += 1) {
      await send(sandbox, 'GET', `/v1/customers?id=${number}`, { authorization })
      kept.push(sandbox.records.map(({ query }) => query.id))
    }

    expect(kept).toEqual([
      [undefined, '1'],
      [undefined, '1', '2'],
      ['1', '2', '3'],
      ['2', '3', '4'],
      ['3', '4', '5'],
      ['4', '5', '6'],
      ['5', '6', '7'],
      ['6', '7', '8']
    ])
  })

  it('are as many as what is kept about each customer', async () => {
    const sandbox = await newSandbox({ keep: 2 })
    const [one, other] = [await newMerchant(sandbox), await newMerchant(sandbox)]
    await other.post('/v1/event/custom', { ...customEvent, firstName: 'Grace' })
    for (const firstName of ['Ada', 'Augusta', 'Byron', 'King', 'Lovelace']) {
      await one.post('/v1/event/custom', { ...customEvent, firstName })
    }

    const { email } = customEvent
    expect(await one.get('/v1/user-data', { email })).toMatchObject({ body: { names: ['King', 'Lovelace'] } })
    expect(await other.get('/v1/user-data', { email })).toMatchObject({ body: { names: ['Grace'] } })
  })
})
