import type timers from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import { createSender } from '../../src/host/deliver'
import { RateLimit } from '../../src/backfill/rate-limit'
import type { EventLine } from '../../src/events/read-events'
import {
  type FinalOutcome,
  type LineProgress,
  NO_PROGRESS,
  sendEvents,
  type SendEventsOptions,
  UnauthorizedError
} from '../../src/backfill/send-events'
import { type Routing, toDefaultSubscription } from '../../src/host/subscriptions'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { warningsDuring } from '../support/node-warnings'
import { taken } from '../support/sandboxed'

/** Pauses, in milliseconds, instead of waiting; undefined: pauses are waited for. */
let mockPauses: number[] | undefined

jest.mock('node:timers/promises', () => {
  const actual = jest.requireActual<typeof timers>('node:timers/promises')
  return {
    setTimeout: (...[ms, value, options]: Parameters<typeof timers.setTimeout>) => {
      mockPauses?.push(ms ?? 0)
      return mockPauses ? Promise.resolve() : actual.setTimeout(ms, value, options)
    }
  }
})

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  mockPauses = undefined
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

// eslint-disable-next-line @typescript-eslint/require-await -- a reader is a generator like this
async function* failedLinesOf(event: SegmentEvent, ...failed: Pick<EventLine, 'action' | 'subscription'>[]) {
  for (const [index, each] of failed.entries()) yield { ...lineOf(event, index), ...each }
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

  it('causes no warning of Node while many events wait', async () => {
    const rate = new RateLimit(200)
    expect(await warningsDuring(() => send(linesOf(orderIds(15).map(anOrder)), { rate }))).toEqual([])
  })

  it('limits a pause that MAPI asks for, and reports it', async () => {
    mockPauses = []
    const asked: number[] = []
    sandbox.injectFault(
      { status: 429, headers: { 'retry-after': '86400' } },
      { path: '/v1/event/purchase', times: 1 }
    )
    const completed = await send(linesOf([anOrder('o-1')]), {
      maxRetryAgeMs: 900_000,
      onRetryAfter: (ms) => asked.push(ms)
    })
    expect(completed.get(1)).toMatchObject([{ status: 201, retries: 1 }])
    expect(asked).toEqual([86_400_000])
    expect(mockPauses[0]).toBe(300_000)
    // The pause of all calls, which began a moment before.
    expect(mockPauses[1]).toBeCloseTo(300_000, -3)
  })

  it.each(['0', 'Thu, 01 Jan 1970 00:00:00 GMT', '-5', 'soon'])(
    'does not shorten its own pauses for a Retry-After of %s',
    async (header) => {
      jest.spyOn(Math, 'random').mockReturnValue(0.5)
      mockPauses = []
      sandbox.injectFault(
        { status: 503, headers: { 'retry-after': header } },
        { path: '/v1/event/purchase', times: 4 }
      )
      await send(linesOf([anOrder('o-1')]))
      expect(mockPauses).toEqual([250, 500, 1000, 2000])
    }
  )

  it('does not depend on the wall clock', async () => {
    const { now } = Date
    let shiftMs = 0
    jest.spyOn(Date, 'now').mockImplementation(() => now() + shiftMs)
    sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase', times: 1 })
    const startedAt = performance.now()
    const completed = new Map<number, readonly FinalOutcome[]>()
    await send(linesOf(orderIds(50).map(anOrder)), {
      rate: new RateLimit(100),
      complete: (line, outcomes) => {
        completed.set(line.line, outcomes)
        // An hour back, then an hour ahead.
        shiftMs = completed.size < 25 ? -3_600_000 : 3_600_000
        return Promise.resolve()
      }
    })
    expect([...completed.values()].map(([outcome]) => outcome?.status)).toEqual(Array(50).fill(201))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  describe('with an event that several subscriptions match', () => {
    const signUp: SegmentEvent = {
      type: 'track',
      event: 'Signed Up',
      userId: 'c-1',
      properties: { email: 'a@example.com' }
    }
    const senderOf = (routing: Routing = {}) =>
      createSender({ settings: newSettings(), mapiUrl: sandbox.url, customEvents: ['Signed Up'], ...routing })
    const sentPaths = () => taken(sandbox).map(({ path }) => path)

    it('reports the progress after each but the last, and does not repeat it', async () => {
      const progress: LineProgress[] = []
      const advance = (_line: EventLine, made: LineProgress) => progress.push(made)
      const all = (await send(linesOf([signUp]), { sender: senderOf(), advance })).get(1)
      expect(progress).toEqual([{ subscriptions: 1, outcomes: all?.slice(0, 1) }])
      expect(sentPaths()).toEqual(['/v1/event/account-sign-up', '/v1/event/custom'])

      const [made] = progress
      const rest = await send(linesOf([signUp]), {
        sender: senderOf(),
        progressOf: () => made ?? NO_PROGRESS
      })
      expect(sentPaths().slice(2)).toEqual(['/v1/event/custom'])
      expect(rest.get(1)).toEqual([all?.[0], { ...all?.[1], eventId: expect.any(String) as string }])
    })

    it('sends a line of a failed file through the action that failed only', async () => {
      await send(failedLinesOf(signUp, { action: 'trackCustomEvent' }, { action: 'trackSignUp' }), {
        sender: senderOf()
      })
      expect(sentPaths().sort()).toEqual(['/v1/event/account-sign-up', '/v1/event/custom'])
    })

    it('tells subscriptions of one action apart', async () => {
      const { mapping } = toDefaultSubscription('trackCustomEvent')
      const subscriptions = ['A', 'B'].map((eventType) => ({
        partnerAction: 'trackCustomEvent' as const,
        subscribe: 'type = "track"',
        mapping: { ...mapping, eventType }
      }))
      const sender = senderOf({ subscriptions, customEvents: [] })
      const sentTypes = () => taken(sandbox).map(({ body }) => (body as { eventType: string }).eventType)
      const outcomes = (await send(linesOf([signUp]), { sender })).get(1) ?? []
      expect(sentTypes()).toEqual(['A', 'B'])
      for (const [at, { action, subscription }] of outcomes.entries()) {
        await send(failedLinesOf(signUp, { action, subscription }), { sender })
        expect(sentTypes()[2 + at]).toBe(['A', 'B'][at])
      }
      expect(sentTypes()).toHaveLength(4)
    })

    it('fails a line whose subscription is missing, and keeps its action', async () => {
      const lines: EventLine[] = []
      const complete = (line: EventLine) => Promise.resolve(void lines.push(line))
      await send(
        failedLinesOf(signUp, { action: 'trackCustomEvent' }, { action: 'trackSignUp', subscription: 'x' }),
        {
          sender: senderOf({ customEvents: [] }),
          complete
        }
      )
      const advice = 'use the --mapping and --custom-event options of the run that it failed in'
      expect(lines.map((line) => ('error' in line ? [line.action, line.error] : 'sent'))).toEqual([
        ['trackCustomEvent', `no subscription of trackCustomEvent matches this event: ${advice}`],
        ['trackSignUp', `no subscription of trackSignUp with the fingerprint x matches this event: ${advice}`]
      ])
      expect(sandbox.records).toEqual([])
    })
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
