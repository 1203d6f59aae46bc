import {
  Destination,
  type DestinationDefinition,
  type JSONObject,
  type RequestClient,
  type SegmentEvent
} from '@segment/actions-core'
import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type ActionKey, actions, createFriendbuyDestination, type Settings } from '../../src'
import { isRetryableStatus } from '../../src/mapi/errors'
import { toStatus } from '../../src/messages'
import { startSandbox } from '../../src/sandbox'
import { atOnce } from '../support/at-once'
import { setClock } from '../support/clock'
import { newSettings } from '../support/credentials'
import { type AnsweredCall, createInMemoryMapi } from '../support/in-memory-mapi'
import { merchantOfSettings } from '../support/sandboxed'
import { seededRandom, shuffle } from '../support/seeded-random'

const MINUTE = 60_000
const ACTIONS = Object.keys(actions) as ActionKey[]

/** An entry of MAPI's log: a call, or the revocation of a merchant's tokens. */
type Happening = AnsweredCall | { revoked: string }

const NONE = { missing: [], unexpected: [] }

/** An event of a merchant, and the one call expected for it. */
interface MerchantEvent {
  action: ActionKey
  settings: Settings
  payload: JSONObject
  call: { merchant: string; path: string; body: unknown }
}

/** A payload of each action without dropped values, and its body. */
const toCall = {
  trackCustomer: (id) => unchanged({ customerId: id, email: `${id}@example.com` }),
  trackPurchase: (id) => unchanged({ orderId: id, amount: 10.5, currency: 'USD' }),
  trackSignUp: (id) => unchanged({ customerId: id, email: `${id}@example.com` }),
  trackCustomEvent: (id) => {
    const own = { eventType: 'Downloaded', customerId: id, email: `${id}@example.com`, deduplicationId: id }
    const file = { file: 'MyApp' }
    return { payload: { ...own, eventProperties: file }, body: { ...own, additionalProperties: file } }
  }
} as const satisfies Record<ActionKey, (id: string) => { payload: JSONObject; body: JSONObject }>

const unchanged = (payload: JSONObject) => ({ payload, body: payload })

/** Events of each merchant, with the actions in turn. */
const eventsOf = (merchants: readonly Settings[], each: number): MerchantEvent[] =>
  merchants.flatMap((settings, owner) => {
    const merchant = merchantOfSettings(settings)
    return Array.from({ length: each }, (_, index) => {
      const action = ACTIONS[index % ACTIONS.length] ?? 'trackPurchase'
      const { payload, body } = toCall[action](`event-${index}-of-${owner}`)
      return { action, settings, payload, call: { merchant, path: actions[action].path, body } }
    })
  })

const newMerchants = (count: number) => Array.from({ length: count }, newSettings)

const isCall = (happening: Happening): happening is AnsweredCall => 'path' in happening

const isAuthorization = ({ path, status }: AnsweredCall) => path === '/v1/authorization' && status === 200

/** Events that did not arrive exactly once with their merchant's token, and calls that nobody expected. */
const faults = (log: readonly Happening[], events: readonly MerchantEvent[]) => {
  const missing = new Map(events.map(({ call }) => [cacheKey(call.body), call]))
  const unexpected = log.filter(isCall).filter(({ merchant, path, status = 0, body }) => {
    if (path === '/v1/authorization' || status < 200 || status >= 300) return false
    const id = cacheKey(body)
    const isExpected = isDeepStrictEqual(missing.get(id), { merchant, path, body })
    missing.delete(id)
    return !isExpected
  })
  return { missing: some([...missing.values()]), unexpected: some(unexpected) }
}

/** The first few, for a failure message. */
const some = <Item>(items: readonly Item[]) => items.slice(0, 5)

/** The ID of an event, from its body. */
const cacheKey = (body: unknown) => {
  const { orderId, customerId } = body as { orderId?: string; customerId?: string }
  return orderId ?? customerId
}

/**
 * Unnecessary authorizations. Necessary are a merchant's first one, and one for each of its tokens that was revoked or
 * is about to expire within a minute.
 */
const unnecessary = (log: readonly Happening[]) => {
  const goodUntil = new Map<string, number>()
  const found = log.filter((happening) => {
    if (!isCall(happening)) {
      goodUntil.delete(happening.revoked)
      return false
    }
    const { merchant = 'nobody', at } = happening
    if (!isAuthorization(happening)) return false
    const isUnnecessary = (goodUntil.get(merchant) ?? 0) > Date.parse(at)
    goodUntil.set(merchant, Date.parse(at) + 19 * MINUTE)
    return isUnnecessary
  })
  return some(found)
}

const count = (log: readonly Happening[], matches: (call: AnsweredCall) => boolean) =>
  log.filter(isCall).filter(matches).length

/**
 * Sends items while the clock advances, and tokens expire and are revoked.
 *
 * @param duration total time by the fake clock, in milliseconds
 * @param every number of items between two revocations
 */
const sendWhileTokensEnd = async <Item>(
  items: readonly Item[],
  send: (item: Item) => Promise<unknown>,
  { concurrency, duration, every }: { concurrency: number; duration: number; every: number },
  revokeNext: () => void
) => {
  const start = Date.now()
  setClock(start)
  let started = 0
  await atOnce(concurrency, items, (item) => {
    started += 1
    jest.setSystemTime(start + (duration * started) / items.length)
    if (started % every === 0) revokeNext()
    return send(item)
  })
}

/** Revokes the merchants' tokens in turn, so that no event loses two tokens and fails. */
const revokeInTurn = (
  merchants: readonly Settings[],
  log: Happening[],
  revokeTokens: (merchant: string) => void
) => {
  let turn = 0
  return () => {
    const settings = merchants[turn++ % merchants.length]
    if (!settings) return
    const revoked = merchantOfSettings(settings)
    revokeTokens(revoked)
    log.push({ revoked })
  }
}

/** Sends an event as a host does that only calls `perform`. */
const sendBy =
  (friendbuy: DestinationDefinition<Settings>, request: RequestClient) =>
  async ({ action, settings, payload }: MerchantEvent) => {
    await friendbuy.actions[action]?.perform(request, { payload, settings })
  }

/** Used heap after a garbage collection, in bytes. */
const usedHeap = () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

afterEach(() => {
  jest.useRealTimers()
})

describe('1,000 merchants with 20,000 events, 200 in flight', () => {
  it('have each event delivered once with their token, and no unnecessary authorization', async () => {
    const random = seededRandom(1)
    const merchants = newMerchants(1000)
    const events = shuffle(eventsOf(merchants, 20), random)
    const log: Happening[] = []
    const mapi = createInMemoryMapi(random, (call) => log.push(call))

    await sendWhileTokensEnd(
      events,
      sendBy(createFriendbuyDestination(), mapi.request),
      { concurrency: 200, duration: 60 * MINUTE, every: 20 },
      revokeInTurn(shuffle(merchants, random), log, mapi.revokeTokens)
    )

    expect(faults(log, events)).toEqual(NONE)
    expect(unnecessary(log)).toEqual([])
    // Tokens expire two or three times in the hour, and are revoked once.
    expect(count(log, isAuthorization)).toBeGreaterThan(3000)
    expect(count(log, ({ status }) => status === 401)).toBeGreaterThan(500)
  }, 120_000)
})

describe('More merchants than cached tokens', () => {
  it('have each event delivered with their token, and use no more memory', async () => {
    const friendbuy = createFriendbuyDestination()
    const random = seededRandom(2)

    const sendAll = async (merchants: readonly Settings[]) => {
      const events = eventsOf(merchants, 1)
      const log: Happening[] = []
      const { request } = createInMemoryMapi(random, (call) => log.push(call))
      await atOnce(200, events, sendBy(friendbuy, request))
      expect(faults(log, events)).toEqual(NONE)
      return {
        authorizations: count(log, isAuthorization),
        refusals: count(log, ({ status }) => status === 401)
      }
    }

    const first = newMerchants(10_100)
    await sendAll(first)
    const before = usedHeap()
    await sendAll(newMerchants(10_100))
    // Their tokens would be about 3 MB.
    expect(usedHeap() - before).toBeLessThan(1_500_000)
    // Merchants whose tokens were evicted are authorized again.
    expect(await sendAll(first.slice(0, 100))).toEqual({ authorizations: 100, refusals: 0 })
  }, 120_000)
})

describe('50 merchants with 2,000 events over HTTP, while MAPI fails', () => {
  it('have each event delivered once with their token, and no unnecessary authorization', async () => {
    const random = seededRandom(3)
    const merchants = newMerchants(50)
    const log: Happening[] = []
    const sandbox = await startSandbox({ random, onCall: (call) => log.push(call) })
    try {
      for (const fault of [{ status: 503 }, { status: 429 }, { html: 502 }, { drop: 'before' }] as const) {
        sandbox.injectFault(fault, { share: 0.02 })
      }
      sandbox.injectFault({ latencyMs: 10 }, { share: 0.1 })
      const friendbuy = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
      const events = eventsOf(merchants, 40)

      await sendWhileTokensEnd(
        shuffle(inSingleAndBatches(events), random),
        (unit) => sendUntilTaken(friendbuy, unit),
        { concurrency: 20, duration: 30 * MINUTE, every: 10 },
        revokeInTurn(shuffle(merchants, random), log, sandbox.revokeTokens)
      )

      expect(faults(log, events)).toEqual(NONE)
      expect(unnecessary(log)).toEqual([])
      expect(count(log, isAuthorization)).toBeGreaterThan(150)
      expect(count(log, ({ status }) => status === 401)).toBeGreaterThan(50)
      expect(count(log, ({ status = 500 }) => status >= 429)).toBeGreaterThan(100)
    } finally {
      await sandbox.close()
    }
  }, 120_000)
})

/** Half of the events as single ones, half in batches of one merchant and action. */
const inSingleAndBatches = (events: readonly MerchantEvent[]): MerchantEvent[][] => {
  const batches = new Map<string, MerchantEvent[]>()
  for (const event of events.filter((_, index) => index % 8 < 4)) {
    const { action, call } = event
    const key = `${call.merchant} ${action}`
    batches.set(key, [...(batches.get(key) ?? []), event])
  }
  return [...batches.values(), ...events.filter((_, index) => index % 8 >= 4).map((event) => [event])]
}

/** Sends a single event or a batch as a host does, and retries what may succeed later. */
const sendUntilTaken = async (friendbuy: Destination<Settings>, events: readonly MerchantEvent[]) => {
  let left = [...events]
  for (let retries = 0; left.length > 0; retries += 1) {
    if (retries === 50) throw new Error('MAPI never accepted it')
    const [first] = left
    if (!first) return
    const subscribed = { ...first.settings, subscription: subscriptionOf(first) }
    if (left.length === 1) {
      left = await friendbuy.onEvent(toEvent(first), subscribed).then(
        () => [],
        (error: unknown) =>
          isRetryableStatus(toStatus(error) ?? 500) ? left : Promise.reject(error as Error)
      )
    } else {
      const [{ multistatus = [] } = {}] = await friendbuy.onBatch(left.map(toEvent), subscribed)
      expect(multistatus).toHaveLength(left.length)
      left = left.filter((_, index) => (multistatus[index]?.status ?? 0) >= 300)
    }
  }
}

/** A track event with the payload as its properties. */
const toEvent = ({ payload }: MerchantEvent): SegmentEvent => ({ type: 'track', properties: payload })

const subscriptionOf = ({ action, payload }: MerchantEvent) => ({
  partnerAction: action,
  subscribe: 'type = "track"',
  mapping: Object.fromEntries(Object.keys(payload).map((key) => [key, { '@path': `$.properties.${key}` }]))
})
