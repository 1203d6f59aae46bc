import { UnavailableError } from '../../src/mapi'
import type { MapiAccount } from '../../src/mapi/account'
import type { MapiCall } from '../../src/mapi/call'
import { toRepeat } from '../../src/mapi/repeat'
import { callWithRetries, type RetryOptions } from '../../src/mapi/retry'
import { gotTransport } from '../../src/mapi/transports/got'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { aPurchase, authorizations, newAccount, rejectionOf, taken } from '../support/sandboxed'

let sandbox: Sandbox
let pauses: number[]

beforeEach(async () => {
  sandbox = await startSandbox()
  pauses = []
  // Pauses take no time; timeouts of requests stay as they are.
  const { setTimeout: realSetTimeout } = globalThis
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms = 0) => {
    const isPause = ms > 100 && ms < 9000
    if (isPause) pauses.push(ms)
    return realSetTimeout(work, isPause ? 0 : ms)
  })
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

const purchases = () => sandbox.records.filter(({ path }) => path === '/v1/event/purchase')

const call = (
  given: Partial<MapiCall> = {},
  options: RetryOptions = {},
  account: MapiAccount = newAccount(sandbox)
) => callWithRetries(account, gotTransport(), { ...aPurchase('o-1'), ...given }, options)

const signUp = { path: '/v1/event/account-sign-up', body: { customerId: 'c-1', email: 'a@example.com' } }
const customEvent = { path: '/v1/event/custom', body: { eventType: 'E', email: 'a@example.com' } }

describe('callWithRetries', () => {
  it.each([408, 423, 429, 500, 502, 503, 504, 520])('retries after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/event/purchase', times: 2 })
    await call()
    expect(purchases().map((record) => record.status)).toEqual([status, status, 201])
  })

  it("retries after a proxy's page", async () => {
    sandbox.injectFault({ html: 200 }, { path: '/v1/event/purchase', times: 1 })
    await call()
    expect(taken(sandbox).map(({ eventId }) => eventId)).toEqual([undefined, expect.any(String)])
  })

  it.each([400, 403, 404, 409, 422])('does not retry after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/event/purchase' })
    await rejectionOf(call())
    expect(purchases()).toHaveLength(1)
  })

  it('retries the statuses that a call names besides', async () => {
    sandbox.injectFault({ status: 409 }, { path: '/v1/event/purchase', times: 1 })
    await call({ retryStatuses: [409] })
    expect(purchases().map(({ status }) => status)).toEqual([409, 201])
  })

  it.each([
    ['dropped', { drop: 'before' }],
    ['dropped after the call took effect', { drop: 'after' }],
    ['cut short', { cutShort: true }]
  ] as const)('retries after a connection that was %s', async (_what, fault) => {
    sandbox.injectFault(fault, { path: '/v1/event/purchase', times: 1 })
    await call()
    expect(purchases()).toHaveLength(2)
    expect(purchases().at(-1)?.status).toBe(201)
  })

  it.each([
    ['a sign-up', signUp],
    ['a custom event without a deduplicationId', customEvent]
  ])('repeats %s only if MAPI has not acted on it', async (_what, { path, body }) => {
    const given = { path, body, repeat: toRepeat(path, body) }
    for (const fault of [
      { drop: 'after' },
      { status: 500 },
      { status: 502 },
      { status: 504 },
      { html: 200 }
    ] as const) {
      const before = sandbox.records.length
      const undo = sandbox.injectFault(fault, { path })
      expect(await rejectionOf(call(given))).toBeInstanceOf(UnavailableError)
      expect(sandbox.records.slice(before).filter((record) => record.path === path)).toHaveLength(1)
      undo()
    }
    for (const status of [408, 423, 429, 503]) {
      const before = taken(sandbox).length
      sandbox.injectFault({ status }, { path, times: 1 })
      await call(given)
      expect(taken(sandbox)).toHaveLength(before + 1)
    }
  })

  it.each([
    [
      'a custom event with a deduplicationId',
      customEvent.path,
      { ...customEvent.body, deduplicationId: 'd' }
    ],
    ['a customer', '/v1/customer', signUp.body]
  ])('repeats %s that MAPI may have seen', async (_what, path, body) => {
    sandbox.injectFault({ drop: 'after' }, { path, times: 1 })
    await call({ path, body, repeat: toRepeat(path, body) })
    expect(taken(sandbox)).toHaveLength(2)
  })

  it('never repeats a call of the class "never" once MAPI may have acted', async () => {
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/purchase', times: 1 })
    const error = await rejectionOf(call({ repeat: 'never' }))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 504 })
    expect(purchases()).toHaveLength(1)
  })

  it('retries an authorization', async () => {
    sandbox.injectFault({ status: 503 }, { path: '/v1/authorization', times: 1 })
    await call()
    expect(authorizations(sandbox).map(({ status }) => status)).toEqual([503, 200])
    expect(taken(sandbox)).toHaveLength(1)
  })

  it('gives up after `retries` retries with the last error', async () => {
    sandbox.injectFault({ html: 502 }, { path: '/v1/event/purchase' })
    expect(await rejectionOf(call({}, { retries: 2 }))).toMatchObject({
      status: 502,
      message: 'Friendbuy MAPI answered 502 to POST /v1/event/purchase'
    })
    expect(purchases()).toHaveLength(3)
  })

  it('grows its pauses exponentially with jitter', async () => {
    sandbox.injectFault({ status: 500 }, { path: '/v1/event/purchase' })
    await rejectionOf(call({}, { retries: 3 }))
    expect(pauses).toEqual([500, 1000, 2000])
  })

  it.each([
    ['in seconds', () => '2'],
    ['as a date', () => new Date(Date.now() + 2500).toUTCString()]
  ])('waits for a Retry-After %s', async (_what, header) => {
    sandbox.injectFault(
      { status: 429, headers: { 'retry-after': header() } },
      { path: '/v1/event/purchase', times: 1 }
    )
    await call()
    expect(pauses).toEqual([expect.any(Number)])
    expect(pauses[0]).toBeGreaterThan(900)
    expect(pauses[0]).toBeLessThanOrEqual(2500)
  })

  it.each(['0', '-5', '5, 5', new Date(Date.now() - 60_000).toUTCString()])(
    'never pauses shorter because Retry-After is %p',
    async (header) => {
      sandbox.injectFault({ status: 503, headers: { 'retry-after': header } }, { path: '/v1/event/purchase' })
      await rejectionOf(call({}, { retries: 2 }))
      expect(pauses).toEqual([500, 1000])
    }
  )

  it('leaves a Retry-After that is too long to the caller', async () => {
    sandbox.injectFault({ status: 429, headers: { 'retry-after': '120' } }, { path: '/v1/event/purchase' })
    expect(await rejectionOf(call())).toMatchObject({ status: 429, retryAfterMs: 120_000 })
    expect(purchases()).toHaveLength(1)
  })
})
