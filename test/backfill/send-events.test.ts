import type { SegmentEvent } from '@segment/actions-core'
import { createSender } from '../../src/host/deliver'
import { RateLimit } from '../../src/backfill/rate-limit'
import type { EventLine } from '../../src/events/read-events'
import {
  UnauthorizedError,
  type FinalOutcome,
  sendEvents,
  type SendEventsOptions
} from '../../src/backfill/send-events'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { taken } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

const orderIds = (count: number) => Array.from({ length: count }, (_, index) => `o-${index}`)

const anOrder = (orderId: string): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: orderId, total: 1, currency: 'USD' }
})

const lineOf = (event: SegmentEvent, index: number): EventLine => ({
  source: 'test',
  index,
  line: index + 1,
  event,
  raw: JSON.stringify(event)
})

// eslint-disable-next-line @typescript-eslint/require-await -- a reader is a generator like this
async function* linesOf(events: Iterable<SegmentEvent>) {
  let index = 0
  for (const event of events) yield lineOf(event, index++)
}

/** Sends events to the sandbox and returns the outcomes of completed lines, by line number. */
const send = async (lines: AsyncGenerator<EventLine>, options: Partial<SendEventsOptions> = {}) => {
  const completed = new Map<number, readonly FinalOutcome[]>()
  await sendEvents(lines, {
    sender: createSender({ settings: newSettings(), mapiUrl: sandbox.url }),
    concurrency: 20,
    maxRetryAgeMs: 60_000,
    rate: new RateLimit(),
    wants: () => true,
    complete: (line, outcomes) => {
      completed.set(line.line, outcomes)
      return Promise.resolve()
    },
    signal: new AbortController().signal,
    ...options
  })
  return completed
}

const sentIds = () => taken(sandbox).map(({ body }) => (body as { orderId: string }).orderId)

describe('sendEvents', () => {
  it('counts one call per event against the rate, however many presets there are', async () => {
    const rate = new RateLimit()
    const take = jest.spyOn(rate, 'take')
    await send(linesOf(orderIds(5).map(anOrder)), { rate })
    expect(taken(sandbox)).toHaveLength(5)
    expect(take).toHaveBeenCalledTimes(5)
  })

  it('sends each event once, and completes each line', async () => {
    const completed = await send(linesOf(orderIds(200).map(anOrder)))
    expect(sentIds().sort()).toEqual(orderIds(200).sort())
    expect(completed.size).toBe(200)
    expect(completed.get(1)).toEqual([
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        status: 201,
        eventId: expect.any(String) as string,
        dropped: [],
        retries: 0
      }
    ])
  })

  it('has at most `concurrency` events in flight', async () => {
    let inFlight = 0
    let most = 0
    async function* lines() {
      for await (const line of linesOf(orderIds(100).map(anOrder))) {
        most = Math.max(most, (inFlight += 1))
        yield line
      }
    }
    await send(lines(), {
      concurrency: 7,
      complete: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        inFlight -= 1
      }
    })
    expect(most).toBe(7)
  })

  it('completes an invalid line, and one that is filtered out, without sending', async () => {
    async function* lines(): AsyncGenerator<EventLine> {
      yield { source: 'test', index: 0, line: 1, error: 'not JSON', raw: '{' }
      yield* [lineOf(anOrder('o-1'), 1)]
      await Promise.resolve()
    }
    const completed = await send(lines(), { wants: () => false })
    expect([...completed]).toEqual([
      [1, []],
      [2, []]
    ])
    expect(sandbox.records).toEqual([])
  })

  it.each([
    ['a 500', { status: 500 }],
    ['a 429', { status: 429, headers: { 'retry-after': '0' } }],
    ["a gateway's HTML", { html: 502 }],
    ['a dropped connection', { drop: 'before' }],
    ['a connection dropped after the event was accepted', { drop: 'after' }]
  ] as const)('retries an event after %s', async (_what, fault) => {
    jest.spyOn(Math, 'random').mockReturnValue(0)
    sandbox.injectFault(fault, { path: '/v1/event/purchase', times: 3 })
    const completed = await send(linesOf([anOrder('o-1')]))
    expect(completed.get(1)).toMatchObject([{ status: 201, retries: 3 }])
  })

  it('does not retry an event that cannot succeed', async () => {
    sandbox.injectFault({ status: 422, body: { message: 'no' } }, { path: '/v1/event/purchase' })
    const completed = await send(linesOf([anOrder('o-1')]))
    expect(completed.get(1)).toMatchObject([
      { status: 422, retries: 0, error: expect.stringContaining(': no') as string }
    ])
  })

  it('does not retry a sign-up that MAPI may have seen', async () => {
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/account-sign-up' })
    const properties = { email: 'a@example.com' }
    const completed = await send(linesOf([{ type: 'track', event: 'Signed Up', userId: 'c-1', properties }]))
    expect(completed.get(1)).toMatchObject([{ action: 'trackSignUp', retries: 0 }])
    expect(sandbox.records.filter(({ path }) => path === '/v1/event/account-sign-up')).toHaveLength(1)
  })

  it('stops retrying an event after `maxRetryAgeMs`', async () => {
    sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase' })
    const completed = await send(linesOf([anOrder('o-1')]), { maxRetryAgeMs: 0 })
    expect(completed.get(1)).toMatchObject([{ status: 503, retries: 0 }])
  })

  it('stops at once if MAPI refuses the credentials, and completes no event that it refused', async () => {
    await sandbox.close()
    sandbox = await startSandbox({ credentials: [] })
    const completed = new Map<number, unknown>()
    const sending = send(linesOf(orderIds(500).map(anOrder)), {
      complete: (line) => Promise.resolve(void completed.set(line.line, line))
    })
    await expect(sending).rejects.toThrow(UnauthorizedError)
    expect(completed.size).toBe(0)
    expect(sandbox.records.length).toBeLessThanOrEqual(20)
  })

  it('finishes calls in flight when it is stopped, and begins no more', async () => {
    const controller = new AbortController()
    sandbox.injectFault({ latencyMs: 20 }, { path: '/v1/event/purchase' })
    const completed = await send(linesOf(orderIds(200).map(anOrder)), {
      concurrency: 5,
      signal: controller.signal,
      complete: () => {
        controller.abort()
        return Promise.resolve()
      }
    })
    expect(completed.size).toBe(0)
    expect(taken(sandbox)).toHaveLength(5)
  })

  it('abandons events that wait for a retry when it is stopped', async () => {
    const controller = new AbortController()
    sandbox.injectFault({ status: 503, headers: { 'retry-after': '30' } }, { path: '/v1/event/purchase' })
    const stopping = setInterval(() => {
      if (sandbox.records.some(({ status }) => status === 503)) controller.abort()
    }, 5)
    const completed = await send(linesOf([anOrder('o-1')]), { signal: controller.signal })
    clearInterval(stopping)
    expect(completed.size).toBe(0)
  })

  it.each(['reading', 'completing'])(
    'rejects with the error of %s, after the calls in flight',
    async (what) => {
      async function* lines() {
        yield* linesOf(orderIds(3).map(anOrder))
        if (what === 'reading') throw new Error('disk gone')
      }
      const complete = () =>
        what === 'completing' ? Promise.reject(new Error('disk gone')) : Promise.resolve()
      await expect(send(lines(), { complete })).rejects.toThrow('disk gone')
      expect(taken(sandbox).length).toBeGreaterThan(0)
    }
  )
})
