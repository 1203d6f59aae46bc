import { operations } from '../../src/mapi/contract/operations'
import {
  aToken,
  authorize,
  call,
  created,
  customEvent,
  newCredentials,
  newMerchant,
  newSandbox,
  refusal,
  tokenFor
} from './call'

const NOW = Date.parse('2026-11-21T10:00:00.000Z')

afterEach(() => {
  jest.restoreAllMocks()
})

describe('The authorization', () => {
  it('gives anybody a token that lives 20 minutes', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const sandbox = await newSandbox()

    expect(await authorize(sandbox, newCredentials())).toEqual({
      status: 200,
      body: { tokenType: 'Bearer', token: aToken, expires: '2026-11-21T10:20:00.000Z' }
    })
  })

  it('says when a token expires that lives as long as it was told', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const sandbox = await newSandbox({ tokenLifetimeMs: 1500 })

    expect(await authorize(sandbox, newCredentials())).toEqual({
      status: 200,
      body: { tokenType: 'Bearer', token: aToken, expires: '2026-11-21T10:00:01.500Z' }
    })
  })

  it('gives a token to each of the given credentials', async () => {
    const credentials = [newCredentials(), newCredentials()]
    const sandbox = await newSandbox({ credentials })

    for (const given of credentials) {
      const { post } = await newMerchant(sandbox, given)
      expect(await post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
    }
  })

  it('gives no token to others, not even for a known key or a known secret', async () => {
    const [known, other] = [newCredentials(), newCredentials()]
    const sandbox = await newSandbox({ credentials: [known, other] })

    for (const wrong of [
      newCredentials(),
      { ...known, secret: newCredentials().secret },
      { ...known, key: newCredentials().key },
      { key: known.key, secret: other.secret }
    ]) {
      expect(await authorize(sandbox, wrong)).toEqual(refusal(401))
    }
  })

  it('gives no token to anybody where no credentials are good', async () => {
    const sandbox = await newSandbox({ credentials: [] })

    expect(await authorize(sandbox, newCredentials())).toEqual(refusal(401))
  })

  it.each([
    ['a missing key', 'key', { key: undefined }],
    ['a missing secret', 'secret', { secret: undefined }],
    ['an empty secret', 'secret', { secret: '' }],
    ['a key that is a number', 'key', { key: 7 }],
    ['a property that MAPI does not know', 'scope', { scope: 'all' }]
  ])('names %s', async (_, property, change) => {
    const sandbox = await newSandbox()

    expect(await authorize(sandbox, { ...newCredentials(), ...change })).toEqual(
      refusal(422, `${property}: `)
    )
  })

  it.each(['', 'key=1&secret=2', '[]', 'null'])('takes no body such as %j', async (body) => {
    const sandbox = await newSandbox()

    expect(await authorize(sandbox, body)).toEqual(refusal(400))
  })

  it('takes no credentials from a query', async () => {
    const sandbox = await newSandbox()

    expect(await call(sandbox, 'GET', '/v1/authorization')).toEqual(refusal(405))
  })
})

describe('A token', () => {
  it('is good until it expires', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const sandbox = await newSandbox({ tokenLifetimeMs: 60_000 })
    const { credentials, post } = await newMerchant(sandbox)

    now.mockReturnValue(NOW + 59_999)
    expect(await post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
    now.mockReturnValue(NOW + 60_000)
    expect(await post('/v1/event/custom', customEvent)).toEqual(refusal(401))

    const renewed = await newMerchant(sandbox, credentials)
    expect(await renewed.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
  })

  it('stays good when its merchant asks for another', async () => {
    const sandbox = await newSandbox()
    const first = await newMerchant(sandbox)
    const second = await newMerchant(sandbox, first.credentials)

    expect(second.token).not.toBe(first.token)
    expect(await first.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
    expect(await second.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
  })

  it('can be revoked with all others of one merchant', async () => {
    const sandbox = await newSandbox()
    const revoked = await newMerchant(sandbox)
    const revokedToo = await newMerchant(sandbox, revoked.credentials)
    const other = await newMerchant(sandbox)

    sandbox.revokeTokens(revoked.name)

    expect(await revoked.post('/v1/event/custom', customEvent)).toEqual(refusal(401))
    expect(await revokedToo.post('/v1/event/custom', customEvent)).toEqual(refusal(401))
    expect(await other.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
    const renewed = await newMerchant(sandbox, revoked.credentials)
    expect(await renewed.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
  })

  it('can be revoked with those of all merchants', async () => {
    const sandbox = await newSandbox()
    const merchants = [await newMerchant(sandbox), await newMerchant(sandbox)]

    sandbox.revokeTokens()

    for (const { credentials, post } of merchants) {
      expect(await post('/v1/event/custom', customEvent)).toEqual(refusal(401))
      const renewed = await newMerchant(sandbox, credentials)
      expect(await renewed.post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
    }
  })

  it('of one sandbox is unknown to another', async () => {
    const { authorization } = await newMerchant(await newSandbox())
    const sandbox = await newSandbox()

    expect(await call(sandbox, 'POST', '/v1/event/custom', { authorization, body: customEvent })).toEqual(
      refusal(401)
    )
  })

  it.each(
    Object.values(operations)
      .filter(({ path }) => path !== '/v1/authorization')
      .map(({ method, path }) => [method, path])
  )('is needed for %s %s', async (method, path) => {
    const sandbox = await newSandbox()

    expect(await call(sandbox, method, path, method === 'POST' ? { body: {} } : {})).toEqual(refusal(401))
  })

  it.each([
    ['no token after the scheme', () => 'Bearer'],
    ['a made-up token', () => 'Bearer sandbox-0123456789'],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['no scheme', (token: string) => token],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['a token with more at its end', (token: string) => `Bearer ${token}x`],
    ['an empty header', () => '']
  ])('is not found in a header with %s', async (_, toHeader) => {
    const sandbox = await newSandbox()
    const token = await tokenFor(sandbox, newCredentials())

    expect(
      await call(sandbox, 'POST', '/v1/event/custom', { authorization: toHeader(token), body: customEvent })
    ).toEqual(refusal(401))
  })
})
