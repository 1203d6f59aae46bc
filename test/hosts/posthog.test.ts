import type { JSONObject } from '@segment/actions-core'
import type { ActionKey } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { createPostHog, HostFetchError } from '../support/hosts/posthog'
import { newSettings } from '../support/credentials'
import { rejectionOf, taken } from '../support/sandboxed'

const missing = Object.fromEntries(
  [
    'anonymousId',
    'firstName',
    'lastName',
    'name',
    'age',
    'birthday',
    'isNewCustomer',
    'loyaltyStatus',
    'pageUrl'
  ].map((key) => [key, null])
)

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

describe('A host that merges payload and settings, and validates nothing', () => {
  it.each<[ActionKey, JSONObject, string, JSONObject]>([
    [
      'trackCustomer',
      { ...missing, customerId: 7, email: 'a@example.com', age: '41', friendbuyAttributes: {} },
      '/v1/customer',
      { customerId: '7', email: 'a@example.com', age: 41 }
    ],
    [
      'trackPurchase',
      {
        ...missing,
        orderId: 'o-1',
        amount: '12.99',
        currency: 'usd',
        customerId: 'c-1',
        giftCardCodes: [['g-1', 'g-2']],
        products: {
          0: [
            { sku: 's-1', price: '3' },
            { sku: 's-2', price: null }
          ]
        }
      },
      '/v1/event/purchase',
      {
        orderId: 'o-1',
        amount: 12.99,
        currency: 'USD',
        customerId: 'c-1',
        giftCardCodes: ['g-1', 'g-2'],
        products: [
          { sku: 's-1', name: 'unknown', quantity: 1, price: 3 },
          { sku: 's-2', name: 'unknown', quantity: 1 }
        ]
      }
    ],
    [
      'trackPurchase',
      {
        orderId: 'o-2',
        amount: 0,
        currency: 'EUR',
        giftCardCodes: [null],
        products: [{ 0: [{ sku: 's' }] }]
      },
      '/v1/event/purchase',
      { orderId: 'o-2', amount: 0, currency: 'EUR', products: [{ sku: 's', name: 'unknown', quantity: 1 }] }
    ],
    [
      'trackSignUp',
      { ...missing, customerId: 'c-1', email: 'a@example.com', coupon: null, products: [null] },
      '/v1/event/account-sign-up',
      { customerId: 'c-1', email: 'a@example.com' }
    ],
    [
      'trackCustomEvent',
      {
        customerId: 'c-1',
        email: 'a@example.com',
        eventType: 'Downloaded',
        deduplicationId: 'd-1',
        eventProperties: { $lib: 'web', $ip: '203.0.113.1', token: 'phc_x', file: 'MyApp' }
      },
      '/v1/event/custom',
      {
        customerId: 'c-1',
        email: 'a@example.com',
        eventType: 'Downloaded',
        deduplicationId: 'd-1',
        additionalProperties: { token: 'phc_x', file: 'MyApp' }
      }
    ]
  ])('has %s deliver what MAPI takes, and no setting', async (action, payload, path, body) => {
    await createPostHog(sandbox.url).run(action, payload)
    expect(taken(sandbox).map((record) => ({ path: record.path, body: record.body }))).toEqual([
      { path, body }
    ])
  })

  const order = { orderId: 'o-1', amount: 1, currency: 'USD' }

  it('gets its own error back, the same object, where it throws to try again', async () => {
    sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase' })
    const { run, thrown } = createPostHog(sandbox.url, { isRetrying: true })
    const error = await rejectionOf(run('trackPurchase', order))
    expect(error).toBeInstanceOf(HostFetchError)
    expect(error).toBe(thrown.at(-1))
    expect(error.message).toBe('Request failed with status 503')
  })

  // It doesn't retry an event once any of its POSTs has succeeded.
  describe.each([
    ['throws for a 503', { isRetrying: true }],
    ['leaves a 503 to the action', {}]
  ])('and %s', (_what, options) => {
    const statuses = (path: string) =>
      sandbox.records.filter((record) => record.path === path).map(({ status }) => status)

    it('loses no event whose authorization succeeded and whose call failed', async () => {
      sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase', times: 1 })
      await createPostHog(sandbox.url, options).run('trackPurchase', order)
      expect(statuses('/v1/event/purchase')).toEqual([503, 201])
    })

    it('has the action try once where the token was there before, or the authorization failed', async () => {
      const { run } = createPostHog(sandbox.url, options)
      const settings = newSettings()
      sandbox.injectFault({ status: 503 }, { path: '/v1/authorization', times: 1 })
      await rejectionOf(run('trackPurchase', order, settings))
      expect(sandbox.records.map(({ status }) => status)).toEqual([503])
      await run('trackPurchase', order, settings)
      sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase' })
      await rejectionOf(run('trackPurchase', { ...order, orderId: 'o-2' }, settings))
      expect(statuses('/v1/event/purchase')).toEqual([201, 503])
    })
  })

  it('has no sign-up sent twice that MAPI may have counted', async () => {
    const path = '/v1/event/account-sign-up'
    const signUp = { customerId: 'c-1', email: 'a@example.com' }
    for (const fault of [{ drop: 'after' }, { status: 502 }] as const) {
      const before = sandbox.records.length
      sandbox.injectFault(fault, { path, times: 1 })
      await rejectionOf(createPostHog(sandbox.url).run('trackSignUp', signUp))
      expect(sandbox.records.slice(before).map((record) => record.path)).toEqual(['/v1/authorization', path])
    }
  })

  it('is told at once of a Retry-After that is too long to wait for', async () => {
    sandbox.injectFault({ status: 429, headers: { 'retry-after': '7' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(createPostHog(sandbox.url).run('trackPurchase', order))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 7000 })
    expect(sandbox.records.map(({ status }) => status)).toEqual([200, 429])
  })

  it("gets actions-core's error where it leaves the response to the action", async () => {
    sandbox.injectFault({ status: 422, body: { message: 'no' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(createPostHog(sandbox.url).run('trackPurchase', order))
    expect(error).toMatchObject({ status: 422, code: 'PAYLOAD_VALIDATION_FAILED' })
  })

  it('tests an event in its test mode, and sees its body, while nothing reaches MAPI', async () => {
    const { run, noted } = createPostHog(sandbox.url, { isTest: true })
    await run('trackPurchase', order)
    expect(noted.at(-1)).toEqual({ url: `${sandbox.url}/v1/event/purchase`, json: order, headers: {} })
    expect(sandbox.records).toEqual([])
  })
})
