import {
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  type RewardValidation,
  WebhookError,
  type WebhookHandlerOptions
} from '../../src/webhooks'
import { ADVOCATE_REWARD, EMAIL_AUTHORIZATION, SECRET_KEY, toRequest, toSigned, VALIDATION } from './bodies'

const post = (init: RequestInit) => new Request('https://shop.example/hook', { method: 'POST', ...init })

/** Each handler, with options under which it responds 200 to a signed request. */
const HANDLERS = {
  createWebhookHandler: (onError: (error: unknown) => unknown) =>
    createWebhookHandler({ secretKey: SECRET_KEY, onError, on: { advocateReward: () => undefined } }),
  createRewardValidationHandler: (onError: (error: unknown) => unknown) =>
    createRewardValidationHandler({ secretKey: SECRET_KEY, onError, isValid: () => true }),
  createEmailAuthorizationHandler: (onError: (error: unknown) => unknown) =>
    createEmailAuthorizationHandler({ secretKey: SECRET_KEY, onError, allowed: (addresses) => addresses })
}

describe.each(Object.entries(HANDLERS))('%s', (_name, create) => {
  const body = { ...VALIDATION, ...EMAIL_AUTHORIZATION }
  const errors: unknown[] = []
  const handle = create((error) => errors.push(error))
  beforeEach(() => errors.splice(0))

  it('responds 200', async () => {
    expect((await handle(await toRequest(body))).status).toBe(200)
    expect(errors).toEqual([])
  })

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('responds 405 to %s', async (method) => {
    const response = await handle(new Request('https://shop.example/hook', { method }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(errors).toHaveLength(1)
  })

  it.each([
    ['no signature', {}, 'no_signature'],
    ['a malformed one', { 'X-Friendbuy-Hmac-SHA256': 'abc' }, 'malformed_signature'],
    ['a wrong one', { 'X-Friendbuy-Hmac-SHA256': `${'A'.repeat(43)}=` }, 'wrong_signature']
  ])('responds 401 to %s', async (_what, headers, code) => {
    const response = await handle(post({ body: JSON.stringify(body), headers }))
    expect(response.status).toBe(401)
    expect(errors).toEqual([expect.any(WebhookError)])
    expect(errors).toEqual([expect.objectContaining({ code })])
  })

  it.each(['no JSON', '{}', '[]', 'null'])(
    'responds 422 to a signed but unreadable body: %s',
    async (text) => {
      expect((await handle(await toRequest(text))).status).toBe(422)
      expect(errors).toEqual([expect.objectContaining({ code: 'unreadable' })])
    }
  )

  it('responds 413 to a Content-Length above 1 MiB before reading anything', async () => {
    const pull = jest.fn()
    const stream = new ReadableStream({ pull }, { highWaterMark: 0 })
    const headers = { 'content-length': String(1024 * 1024 + 1) }
    const response = await handle(post({ body: stream, headers, duplex: 'half' } as RequestInit))
    expect(response.status).toBe(413)
    expect(pull).not.toHaveBeenCalled()
  })

  it('responds 413 once more than 1 MiB has arrived', async () => {
    let parts = 0
    const cancel = jest.fn()
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      parts += 1
      controller.enqueue(new Uint8Array(1024))
    }
    const stream = new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
    const response = await handle(post({ body: stream, duplex: 'half' } as RequestInit))
    expect([response.status, parts]).toEqual([413, 1025])
    expect(cancel).toHaveBeenCalled()
  })

  it('accepts 1 MiB', async () => {
    const text = JSON.stringify(body)
    expect((await handle(await toRequest(text + ' '.repeat(1024 * 1024 - text.length)))).status).toBe(200)
  })

  it('responds 500 if the body was consumed before, and says so', async () => {
    const request = await toRequest(body)
    await request.text()
    const response = await handle(request)
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('unread')])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('a logger of no use')
      }
    ],
    ['rejects', () => Promise.reject(new Error('a logger of no use'))]
  ])('responds the same if onError %s', async (_what, onError) => {
    expect((await create(onError)(await toRequest('{}'))).status).toBe(422)
  })
})

describe('createWebhookHandler', () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  beforeEach(() => errors.splice(0))

  it('responds 200 without a body, not 204', async () => {
    const response = await HANDLERS.createWebhookHandler(onError)(await toRequest(ADVOCATE_REWARD))
    expect([response.status, response.body]).toEqual([200, null])
  })

  it('passes each item with its webhook, its key and the transaction of once', async () => {
    const calls: unknown[][] = []
    const handle = createWebhookHandler<string>({
      secretKey: SECRET_KEY,
      on: { loyaltyReward: (...args) => calls.push(args) },
      once: async (key, work) => work(`transaction of ${key}`)
    })
    const webhook = {
      ...ADVOCATE_REWARD,
      type: 'loyaltyReward',
      data: [{ rewardId: 'a' }, { rewardId: 'b' }]
    }
    expect((await handle(await toRequest(webhook))).status).toBe(200)
    expect(calls).toEqual(
      ['a', 'b'].map((rewardId) => {
        const key = `["loyaltyReward","${rewardId}"]`
        return [{ rewardId }, webhook, { key, transaction: `transaction of ${key}` }]
      })
    )
  })

  it('passes items of an unknown type to on.unknown', async () => {
    const calls: unknown[][] = []
    const handle = createWebhookHandler({
      secretKey: SECRET_KEY,
      on: { unknown: (...args) => calls.push(args) }
    })
    const body = { id: 'w-1', type: 'newType', data: [1], createdOn: '2026-01-01T00:00:00Z' }
    expect((await handle(await toRequest(body))).status).toBe(200)
    expect(calls).toEqual([
      [
        1,
        { ...body, type: 'unknown', typeName: 'newType' },
        { key: '["newType","w-1",0]', transaction: undefined }
      ]
    ])
  })

  it('responds 500 only after attempting every item, and reports each failure', async () => {
    const done: unknown[] = []
    const handle = createWebhookHandler({
      secretKey: SECRET_KEY,
      onError,
      on: {
        loyaltyReward: async ({ rewardId }) => {
          await Promise.resolve()
          if (rewardId !== 'b') throw new Error(`cannot credit ${rewardId}`)
          done.push(rewardId)
        }
      }
    })
    const data = [{ rewardId: 'a' }, { rewardId: 'b' }, { rewardId: 'c' }]
    const response = await handle(await toRequest({ ...ADVOCATE_REWARD, type: 'loyaltyReward', data }))
    expect([response.status, response.body]).toEqual([500, null])
    expect(done).toEqual(['b'])
    expect(errors).toEqual([new Error('cannot credit a'), new Error('cannot credit c')])
  })

  it('responds 500 to any error that the shop throws, even a WebhookError', async () => {
    const handle = createWebhookHandler({
      secretKey: SECRET_KEY,
      onError,
      on: { advocateReward: () => Promise.reject(new WebhookError('unreadable', 'of its own')) }
    })
    expect((await handle(await toRequest(ADVOCATE_REWARD))).status).toBe(500)
  })

  it('does not call the function unless once calls work', async () => {
    const advocateReward = jest.fn()
    const handle = createWebhookHandler({
      secretKey: SECRET_KEY,
      on: { advocateReward },
      once: () => undefined
    })
    expect((await handle(await toRequest(ADVOCATE_REWARD))).status).toBe(200)
    expect(advocateReward).not.toHaveBeenCalled()
  })

  it('responds 401 to a webhook older than maxAgeMs', async () => {
    const handle = createWebhookHandler({ secretKey: SECRET_KEY, onError, on: {}, maxAgeMs: 172_800_000 })
    expect((await handle(await toRequest(ADVOCATE_REWARD))).status).toBe(401)
    expect(errors).toEqual([expect.objectContaining({ code: 'too_old' })])
  })

  it('copies the list of keys', async () => {
    const secretKey = [SECRET_KEY]
    const handle = createWebhookHandler({ secretKey, onError, on: {} })
    secretKey[0] = 'another'
    expect((await handle(await toRequest(ADVOCATE_REWARD))).status).toBe(200)
    expect((await handle(await toRequest(ADVOCATE_REWARD, 'another'))).status).toBe(401)
  })

  it('logs errors to the console by default', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    const handle = createWebhookHandler({ secretKey: SECRET_KEY, on: {} })
    await handle(post({ body: '{}' }))
    expect(log.mock.calls).toEqual([['Friendbuy request refused or failed:', expect.any(WebhookError)]])
    log.mockRestore()
  })

  it.each<[string, object, RegExp]>([
    ['a blank key', { secretKey: ' ', on: {} }, /^secretKey: missing or blank/],
    ['no functions', { secretKey: 'k' }, /^on: expected/],
    [
      'a misspelled type',
      { secretKey: 'k', on: { advocateRewards: () => 0 } },
      /^on\.advocateRewards: unknown type/
    ],
    [
      'a handler that is not a function',
      { secretKey: 'k', on: { receipt: 'x' } },
      /^on\.receipt: expected a function/
    ],
    [
      'a once that is not a function',
      { secretKey: 'k', on: {}, once: new Set() },
      /^once: expected a function/
    ],
    ['an invalid age', { secretKey: 'k', on: {}, maxAgeMs: 0 }, /^maxAgeMs: /]
  ])('refuses %s at once', (_what, options, message) => {
    const create = () => createWebhookHandler(options as WebhookHandlerOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe('createRewardValidationHandler', () => {
  const respond = async (isValid: unknown, errors: unknown[] = [], request = toRequest(VALIDATION)) => {
    const onError = (error: unknown) => errors.push(error)
    const options = { secretKey: SECRET_KEY, onError, isValid: isValid as () => boolean }
    return (await createRewardValidationHandler(options)(await request)).status
  }

  it('responds 200 to true and 400 to false', async () => {
    expect(await respond(() => true)).toBe(200)
    expect(await respond(() => Promise.resolve(false))).toBe(400)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ['""', ''],
    ['"false"', 'false'],
    ['an object', {}]
  ])('responds 500 to %s, which does not reject the reward', async (_what, value) => {
    const errors: unknown[] = []
    expect(await respond(() => value, errors)).toBe(500)
    expect(errors).toEqual([expect.any(TypeError)])
  })

  it.each([
    ['an error', new Error('the database is down')],
    ['an error with a status of its own', Object.assign(new Error('Bad Request'), { status: 400 })],
    ['a response', new Response(null, { status: 400 })],
    ['false', false]
  ])('responds 500 if isValid rejects with %s', async (_what, reason) => {
    const errors: unknown[] = []
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- shops may
    expect(await respond(() => Promise.reject(reason), errors)).toBe(500)
    expect(errors).toEqual([reason])
  })

  it('responds 400 only to false', async () => {
    const no = () => false
    expect(await respond(no, [], toRequest(VALIDATION, 'another key'))).toBe(401)
    expect(await respond(no, [], toRequest('{"eventType":"purchase"}'))).toBe(422)
    expect(await respond(no, [], toRequest(' '.repeat(1024 * 1024 + 1)))).toBe(413)
  })

  it('passes the validation as it came', async () => {
    const isValid = jest.fn((_validation: RewardValidation) => true)
    await respond(isValid)
    expect(isValid.mock.calls).toEqual([[VALIDATION]])
  })

  it('converts the form from before September 2021 to the current one', async () => {
    const isValid = jest.fn((_validation: RewardValidation) => true)
    const purchase = {
      id: 'order-66',
      amount: 100,
      currency: 'USD',
      isNewCustomer: true,
      ipAddress: '192.0.2.2',
      date: '2019-11-18T23:48:30.017Z',
      products: [{ sku: 'p-1', name: 'Product', quantity: 1, price: 10 }]
    }
    const { campaignId, advocate } = VALIDATION
    const createdOn = '2019-11-18T23:48:30.017Z'
    const buyer = { email: 'buyer@example.com', customerId: '123' }
    const legacy = {
      eventType: 'purchase',
      createdOn,
      campaignId,
      purchase: { ...purchase, ...buyer },
      advocate
    }
    expect(await respond(isValid, [], toRequest(legacy))).toBe(200)
    expect(isValid.mock.calls).toEqual([
      [
        {
          eventType: 'purchase',
          recipientType: 'advocate',
          campaignId,
          event: { ...purchase, createdOn },
          advocate,
          actor: { ...buyer, ipAddress: '192.0.2.2' }
        }
      ]
    ])
  })

  it('refuses to be made without a function', () => {
    const options = { secretKey: 'k', isValid: true as never }
    expect(() => createRewardValidationHandler(options)).toThrow(/^isValid: expected a function/)
  })
})

describe('createEmailAuthorizationHandler', () => {
  const ask = async (asked: unknown[], allowed: unknown) => {
    const handle = createEmailAuthorizationHandler({
      secretKey: SECRET_KEY,
      onError: () => undefined,
      allowed: () => allowed as string[]
    })
    const response = await handle(await toRequest({ ...EMAIL_AUTHORIZATION, data: asked }))
    return response.status === 200 ? ((await response.json()) as unknown) : response.status
  }

  it.each<[string, string[], string[], string[]]>([
    ['no address if none is allowed', ['a@x.com'], [], []],
    ['no address if none was asked', [], ['a@x.com'], []],
    [
      'addresses in the order asked',
      ['a@x.com', 'b@x.com', 'c@x.com'],
      ['c@x.com', 'a@x.com'],
      ['a@x.com', 'c@x.com']
    ],
    ['nothing that was not asked', ['a@x.com'], ['a@x.com', 'z@x.com'], ['a@x.com']],
    ['an address each time that it was asked', ['a@x.com', 'a@x.com'], ['a@x.com'], ['a@x.com', 'a@x.com']],
    ['an address once, however often it is given back', ['a@x.com'], ['a@x.com', 'a@x.com'], ['a@x.com']],
    ['an address as the question spells it', ['A@x.com'], ['a@x.com'], ['A@x.com']],
    ['one of two spellings', ['A@x.com', 'a@x.com'], ['a@x.com'], ['a@x.com']]
  ])('responds with %s', async (_what, asked, allowed, expected) => {
    expect(await ask(asked, allowed)).toEqual(expected)
  })

  it('responds with JSON', async () => {
    const response = await HANDLERS.createEmailAuthorizationHandler(() => undefined)(
      await toRequest(EMAIL_AUTHORIZATION)
    )
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual(EMAIL_AUTHORIZATION.data)
  })

  it.each([
    ['true', true],
    ['undefined', undefined],
    ['a list of others', [1]],
    ['a text', 'a@x.com']
  ])('responds 500 if allowed returns %s', async (_what, given) => {
    expect(await ask(['a@x.com'], given)).toBe(500)
  })

  it('responds 422 to addresses that are not strings', async () => {
    expect(await ask([{ emailAddress: 'a@x.com' }], [])).toBe(422)
  })

  it('accepts a callback without a signature with unsigned, and needs no key then', async () => {
    const { body } = await toSigned(EMAIL_AUTHORIZATION)
    const handle = createEmailAuthorizationHandler({ unsigned: true, allowed: (addresses) => addresses })
    expect(await (await handle(post({ body }))).json()).toEqual(EMAIL_AUTHORIZATION.data)
    expect(() => createEmailAuthorizationHandler({ allowed: (addresses) => addresses })).toThrow(/^secretKey/)
  })
})
