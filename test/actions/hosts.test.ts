import type { JSONObject, ModifiedResponse, RequestClient } from '@segment/actions-core'
import { type ActionKey, createFriendbuyDestination } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { rejectionOf, taken } from '../support/sandboxed'

/** The error of a host that knows it by its class. */
class HostFetchError extends Error {}

/**
 * A host that runs no schema: it calls `perform` with one object that is payload and settings at once, with nulls
 * for what is missing, lists within lists, and a request of its own.
 */
const newHost = (sandbox: Sandbox, { isTest = false, isRetrying = false } = {}) => {
  const logged: unknown[] = []
  const request = async (url: string, options: Parameters<RequestClient>[1] = {}) => {
    const { method = 'GET', json, headers = {} } = options
    if (isTest && method !== 'GET') {
      logged.push({ url, json, headers })
      return toResponse(200, {}, '{"status":"OK","message":"Test function"}')
    }
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(json !== undefined && { body: JSON.stringify(json) })
    })
    const text = await response.text()
    if (response.status >= 400 && (isRetrying || options.throwHttpErrors !== false)) {
      throw new HostFetchError(`Request failed with status ${response.status}`)
    }
    return toResponse(response.status, Object.fromEntries(response.headers), text)
  }
  const definition = createFriendbuyDestination({ mapiUrl: sandbox.url })
  const run = async (action: ActionKey, payload: JSONObject): Promise<unknown> => {
    const inputs = { ...payload, ...newSettings(), internal_partner_action: action, debug_mode: false }
    const input = { payload: inputs, settings: inputs }
    return definition.actions[action]?.perform(request as RequestClient, input) as Promise<unknown>
  }
  return { run, logged }
}

const toResponse = (status: number, headers: Record<string, string>, text: string) => {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    data = undefined
  }
  return {
    status,
    headers: new Headers(headers),
    content: text,
    data,
    ok: status < 300
  } as unknown as ModifiedResponse
}

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
    await newHost(sandbox).run(action, payload)
    expect(taken(sandbox).map((record) => ({ path: record.path, body: record.body }))).toEqual([
      { path, body }
    ])
  })

  const order = { orderId: 'o-1', amount: 1, currency: 'USD' }

  it('gets its own error back where it throws to try again', async () => {
    sandbox.misbehave({ status: 503 }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(newHost(sandbox, { isRetrying: true }).run('trackPurchase', order))
    expect(error.constructor).toBe(HostFetchError)
    expect(error.message).toBe('Request failed with status 503')
  })

  it("gets actions-core's error where it leaves the response to the action", async () => {
    sandbox.misbehave({ status: 422, body: { message: 'no' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(newHost(sandbox).run('trackPurchase', order))
    expect(error).toMatchObject({ status: 422, code: 'PAYLOAD_VALIDATION_FAILED' })
  })

  it('tests an event in its test mode, and sees its body, while nothing reaches MAPI', async () => {
    const { run, logged } = newHost(sandbox, { isTest: true })
    await run('trackPurchase', order)
    expect(logged.at(-1)).toEqual({ url: `${sandbox.url}/v1/event/purchase`, json: order, headers: {} })
    expect(sandbox.records).toEqual([])
  })
})
