import { inspect } from 'node:util'
import { RetryableError } from '@segment/actions-core'
import { callMapi } from '../../../src/mapi/call'
import { gotTransport } from '../../../src/mapi/transports/got'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { aPurchase, authorizations, newAccount, rejectionOf, taken } from '../../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
  // The shortest of the random pauses.
  jest.spyOn(Math, 'random').mockReturnValue(0)
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

/** Makes the pauses between tries take no time; gives how long they would have been, in milliseconds. */
const spyOnPauses = () => {
  const { setTimeout: realSetTimeout } = globalThis
  const isTimeout = (ms: number) => ms >= 9000
  const asked: number[] = []
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms = 0) => {
    asked.push(ms)
    return realSetTimeout(work, isTimeout(ms) ? ms : 0)
  })
  return () => asked.filter((ms) => ms > 100 && !isTimeout(ms))
}

const purchases = () => sandbox.records.filter(({ path }) => path === '/v1/event/purchase')

describe('The transport over got', () => {
  it.each([408, 423, 429, 500, 502, 503, 504, 520])('tries again after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/event/purchase', times: 2 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(purchases().map((record) => record.status)).toEqual([status, status, 201])
  })

  it.each([400, 403, 404, 409, 422])('does not try again after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/event/purchase' })
    await rejectionOf(callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1')))
    expect(purchases()).toHaveLength(1)
  })

  it.each([
    ['dropped', { drop: 'before' }],
    ['dropped after it was processed', { drop: 'after' }],
    ['cut short', { cutShort: true }]
  ] as const)('tries again after a connection that was %s', async (_what, fault) => {
    sandbox.injectFault(fault, { path: '/v1/event/purchase', times: 1 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(purchases()).toHaveLength(2)
    expect(purchases().at(-1)?.status).toBe(201)
  })

  it.each([
    ['a sign-up', '/v1/event/account-sign-up', { customerId: 'c-1', email: 'a@example.com' }],
    [
      'a custom event without a deduplicationId',
      '/v1/event/custom',
      { eventType: 'E', email: 'a@example.com' }
    ]
  ] as const)(
    'does not repeat %s that MAPI may have seen, only one that it has not',
    async (_what, path, body) => {
      const account = newAccount(sandbox)
      sandbox.injectFault({ drop: 'after' }, { path, times: 1 })
      const error = await rejectionOf(callMapi(account, gotTransport(), { method: 'POST', path, body }))
      expect(error).toBeInstanceOf(RetryableError)
      expect(taken(sandbox)).toHaveLength(1)

      sandbox.injectFault({ status: 503 }, { path, times: 1 })
      await callMapi(account, gotTransport(), { method: 'POST', path, body })
      expect(taken(sandbox)).toHaveLength(2)
    }
  )

  it.each([
    [
      'a custom event with a deduplicationId',
      '/v1/event/custom',
      { eventType: 'E', email: 'a', deduplicationId: 'd' }
    ],
    ['a customer', '/v1/customer', { customerId: 'c-1', email: 'a@example.com' }]
  ] as const)('repeats %s that MAPI may have seen', async (_what, path, body) => {
    sandbox.injectFault({ drop: 'after' }, { path, times: 1 })
    await callMapi(newAccount(sandbox), gotTransport(), { method: 'POST', path, body })
    expect(taken(sandbox)).toHaveLength(2)
  })

  it('lets a body that is no JSON fail as the mistake of the caller that it is', async () => {
    const body = { orderId: 1n }
    const call = { method: 'POST', path: '/v1/event/purchase', body } as const
    expect(await rejectionOf(callMapi(newAccount(sandbox), gotTransport(), call))).toBeInstanceOf(TypeError)
  })

  it('tries an authorization again too', async () => {
    sandbox.injectFault({ status: 503 }, { path: '/v1/authorization', times: 1 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(authorizations(sandbox).map(({ status }) => status)).toEqual([503, 200])
    expect(taken(sandbox)).toHaveLength(1)
  })

  it.each([
    ['a question', 'GET'],
    ['a deletion', 'DELETE']
  ] as const)('tries %s again too', async (_what, method) => {
    const path = '/v1/user-data'
    sandbox.injectFault({ status: 503 }, { path, times: 1 })
    const call = { method, path, query: { customerId: 'c-1' } } as const
    await callMapi(newAccount(sandbox), gotTransport(), call)
    expect(sandbox.records.slice(1).map((record) => [record.method, record.status])).toEqual([
      [method, 503],
      [method, 200]
    ])
  })

  it('gives up after as many retries as it is told to make, with the last response', async () => {
    sandbox.injectFault({ html: 502 }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(
      callMapi(newAccount(sandbox), gotTransport({ retries: 2 }), aPurchase('o-1'))
    )
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({
      status: 502,
      message: 'Friendbuy MAPI answered 502 to POST /v1/event/purchase'
    })
    expect(purchases()).toHaveLength(3)
  })

  it.each([
    ['in seconds', () => '1'],
    ['as a date', () => new Date(Date.now() + 2500).toUTCString()]
  ])('waits as long as a Retry-After %s says', async (_what, header) => {
    const headers = { 'retry-after': header() }
    sandbox.injectFault({ status: 429, headers }, { path: '/v1/event/purchase', times: 1 })
    const pauses = spyOnPauses()
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(pauses()).toEqual([expect.any(Number)])
    expect(pauses()[0]).toBeGreaterThan(900)
    expect(pauses()[0]).toBeLessThanOrEqual(2500)
    expect(purchases().map(({ status }) => status)).toEqual([429, 201])
  })

  it('pauses as without a Retry-After where that is past', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    const headers = { 'retry-after': new Date(Date.now() - 60_000).toUTCString() }
    sandbox.injectFault({ status: 429, headers }, { path: '/v1/event/purchase' })
    const pauses = spyOnPauses()
    await rejectionOf(callMapi(newAccount(sandbox), gotTransport({ retries: 3 }), aPurchase('o-1')))
    expect(pauses()).toEqual([500, 1000, 2000])
  })

  it('leaves a Retry-After that is too long to the caller', async () => {
    sandbox.injectFault({ status: 429, headers: { 'retry-after': '120' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1')))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 120_000 })
    expect(purchases()).toHaveLength(1)
  })

  it.each([
    [0.5, [500, 1000, 2000]],
    [0.999, [999, 1998, 3996]]
  ])('pauses for a random part, here %d, of a power of two seconds', async (random, expected) => {
    jest.spyOn(Math, 'random').mockReturnValue(random)
    sandbox.injectFault({ status: 500 }, { path: '/v1/event/purchase' })
    const pauses = spyOnPauses()
    await rejectionOf(callMapi(newAccount(sandbox), gotTransport({ retries: 3 }), aPurchase('o-1')))
    expect(pauses()).toEqual(expected)
  })

  it('ends with a RetryableError where MAPI takes too long, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    sandbox.injectFault({ latencyMs: 5000 })
    const error = await rejectionOf(
      callMapi(account, gotTransport({ timeoutMs: 20, retries: 0 }), aPurchase('o-1'))
    )
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({
      status: 408,
      message: "Friendbuy MAPI did not answer POST /v1/authorization: Timeout awaiting 'request' for 20ms"
    })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })

  it('ends with a RetryableError where there is no MAPI, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    await sandbox.close()
    const error = await rejectionOf(callMapi(account, gotTransport({ retries: 1 }), aPurchase('o-1')))
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.status).toBe(503)
    expect(error.message).toMatch(/^Friendbuy MAPI did not answer POST \/v1\/authorization: .*ECONNREFUSED/)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })
})
