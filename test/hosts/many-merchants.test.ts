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
import { mayRetry } from '../../src/mapi/retryable'
import { startSandbox } from '../../src/sandbox'
import { atOnce } from '../support/at-once'
import { setClock } from '../support/clock'
import { newSettings } from '../support/credentials'
import { type AnsweredCall, createInMemoryMapi } from '../support/in-memory-mapi'
import { merchantOfSettings } from '../support/sandboxed'
import { seededRandom, shuffle } from '../support/seeded-random'

const MINUTE = 60_000
const ACTIONS = Object.keys(actions) as ActionKey[]

/** What happens at MAPI, in order: a call that it answers, or the end of a merchant's tokens before their time. */
type Happening = AnsweredCall | { revoked: string }

const NONE = { missing: [], unexpected: [] }

/** An event of a merchant's, and the one call that is to come of it. */
interface MerchantEvent {
  action: ActionKey
  settings: Settings
  payload: JSONObject
  call: { merchant: string; path: string; body: unknown }
}

/** A payload of each action that nothing is left out of, and its body. */
const toCall = {
  trackCustomer: (id) => asItIs({ customerId: id, email: `${id}@example.com` }),
  trackPurchase: (id) => asItIs({ orderId: id, amount: 10.5, currency: 'USD' }),
  trackSignUp: (id) => asItIs({ customerId: id, email: `${id}@example.com` }),
  trackCustomEvent: (id) => {
    const own = { eventType: 'Downloaded', customerId: id, email: `${id}@example.com`, deduplicationId: id }
    const file = { file: 'MyApp' }
    return { payload: { ...own, eventProperties: file }, body: { ...own, additionalProperties: file } }
  }
} as const satisfies Record<ActionKey, (id: string) => { payload: JSONObject; body: JSONObject }>

const asItIs = (payload: JSONObject) => ({ payload, body: payload })

/** Events of each merchant, of all actions by turns. */
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

/** What is wrong with the events that MAPI took: each is to arrive once, as the right merchant's, and nothing else. */
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

/** As many as a message can show. */
const some = <Item>(items: readonly Item[]) => items.slice(0, 5)

/** The ID of an event, which its body carries. */
const cacheKey = (body: unknown) => {
  const { orderId, customerId } = body as { orderId?: string; customerId?: string }
  return orderId ?? customerId
}

/**
 * The authorizations that nobody needed. Needed are a merchant's first, and one after each token of its that was
 * revoked or has less than a minute to live; fewer than these cannot do. So this is the distance from the least possible.
 */
const needless = (log: readonly Happening[]) => {
  const goodUntil = new Map<string, number>()
  const found = log.filter((happening) => {
    if (!isCall(happening)) {
      goodUntil.delete(happening.revoked)
      return false
    }
    const { merchant = 'nobody', at } = happening
    if (!isAuthorization(happening)) return false
    const isNeedless = (goodUntil.get(merchant) ?? 0) > Date.parse(at)
    goodUntil.set(merchant, Date.parse(at) + 19 * MINUTE)
    return isNeedless
  })
  return some(found)
}

const count = (log: readonly Happening[], matches: (call: AnsweredCall) => boolean) =>
  log.filter(isCall).filter(matches).length

/**
 * Sends while time goes by, and tokens expire and are revoked.
 *
 * @param duration how long all of it takes, by the clock of this process
 * @param every a merchant's tokens are revoked each time that so many are sent
 */
const sendWhileTokensEnd = async <Item>(
  items: readonly Item[],
  send: (item: Item) => Promise<unknown>,
  { concurrency, duration, every }: { concurrency: number; duration: number; every: number },
  revokeNext: () => void
) => {
  const start = Date.now()
  setClock(start)
  let begun = 0
  await atOnce(concurrency, items, (item) => {
    begun += 1
    jest.setSystemTime(start + (duration * begun) / items.length)
    if (begun % every === 0) revokeNext()
    return send(item)
  })
}

/** Revokes one merchant's tokens after the other's: no event loses two tokens, after which it would fail. */
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

/** How a host that calls nothing but `perform` sends an event. */
const sendBy =
  (friendbuy: DestinationDefinition<Settings>, request: RequestClient) =>
  async ({ action, settings, payload }: MerchantEvent) => {
    await friendbuy.actions[action]?.perform(request, { payload, settings })
  }

/** What is left on the heap when nothing is left to collect. */
const usedHeap = () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

afterEach(() => {
  jest.useRealTimers()
})

describe('1,000 merchants with 50,000 events, 200 at once', () => {
  it('have each event filed once as their own, with the least possible authorizations', async () => {
    const random = seededRandom(1)
    const merchants = newMerchants(1000)
    const events = shuffle(eventsOf(merchants, 50), random)
    const log: Happening[] = []
    const mapi = createInMemoryMapi(random, (call) => log.push(call))

    await sendWhileTokensEnd(
      events,
      sendBy(createFriendbuyDestination(), mapi.request),
      { concurrency: 200, duration: 60 * MINUTE, every: 50 },
      revokeInTurn(shuffle(merchants, random), log, mapi.revokeTokens)
    )

    expect(faults(log, events)).toEqual(NONE)
    expect(needless(log)).toEqual([])
    // As many as it takes to say that tokens ended: two or three times in the hour by themselves, and once by revocation.
    expect(count(log, isAuthorization)).toBeGreaterThan(3000)
    expect(count(log, ({ status }) => status === 401)).toBeGreaterThan(500)
  }, 120_000)
})

describe('More merchants than there is room for tokens', () => {
  it('have each event filed as their own, and take up no more memory', async () => {
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
    // Those who come again when their tokens have lost their places are authorized again at once.
    expect(await sendAll(first.slice(0, 100))).toEqual({ authorizations: 100, refusals: 0 })
  }, 120_000)
})

describe('50 merchants with 2,000 events over HTTP, while MAPI misbehaves', () => {
  it('have each event filed once as their own, with the least possible authorizations', async () => {
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
      expect(needless(log)).toEqual([])
      expect(count(log, isAuthorization)).toBeGreaterThan(150)
      expect(count(log, ({ status }) => status === 401)).toBeGreaterThan(50)
      expect(count(log, ({ status = 500 }) => status >= 429)).toBeGreaterThan(100)
    } finally {
      await sandbox.close()
    }
  }, 120_000)
})

/** Half of the events by themselves, half in batches; a batch is one merchant's, and of one action. */
const inSingleAndBatches = (events: readonly MerchantEvent[]): MerchantEvent[][] => {
  const batches = new Map<string, MerchantEvent[]>()
  for (const event of events.filter((_, index) => index % 8 < 4)) {
    const { action, call } = event
    const key = `${call.merchant} ${action}`
    batches.set(key, [...(batches.get(key) ?? []), event])
  }
  return [...batches.values(), ...events.filter((_, index) => index % 8 >= 4).map((event) => [event])]
}

/** As a host does: one event, or a batch, and again what failed and may succeed later. */
const sendUntilTaken = async (friendbuy: Destination<Settings>, events: readonly MerchantEvent[]) => {
  let left = [...events]
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries === 50) throw new Error('MAPI never took it')
    const [first] = left
    if (!first) return
    const subscribed = { ...first.settings, subscription: subscriptionOf(first) }
    if (left.length === 1) {
      left = await friendbuy.onEvent(toEvent(first), subscribed).then(
        () => [],
        (error: unknown) => (mayRetry(error, '', {}) ? left : Promise.reject(error as Error))
      )
    } else {
      const [{ multistatus = [] } = {}] = await friendbuy.onBatch(left.map(toEvent), subscribed)
      expect(multistatus).toHaveLength(left.length)
      left = left.filter((_, index) => (multistatus[index]?.status ?? 0) >= 300)
    }
  }
}

/** A track event whose properties are the payload. */
const toEvent = ({ payload }: MerchantEvent): SegmentEvent => ({ type: 'track', properties: payload })

const subscriptionOf = ({ action, payload }: MerchantEvent) => ({
  partnerAction: action,
  subscribe: 'type = "track"',
  mapping: Object.fromEntries(Object.keys(payload).map((key) => [key, { '@path': `$.properties.${key}` }]))
})
