import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../../src'
import type { Deliver, Outcome } from '../../src/host/deliver'
import { toDefaultSubscription, type FriendbuySubscription } from '../../src/host/subscriptions'
import { CircuitBreakers } from '../../src/queue/circuit-breakers'
import { attemptDelivery, type AttemptOptions } from '../../src/queue/attempt'
import type { Merchant } from '../../src/merchants/merchant'
import { fingerprintOf, type QueuedEvent, type CompletedSubscription } from '../../src/queue/job-data'
import { setClock } from '../support/clock'
import { newSettings, noteOutput } from '../support/credentials'

const START = Date.parse('2026-03-02T09:00:00Z')
const HOUR = 3_600_000

/** The monotonic clock. */
let elapsed = 0

const order: SegmentEvent = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'm-1',
  userId: 'c-1',
  properties: { order_id: 'o-1', total: 10, currency: 'USD', email: 'ada.byron@example.com' }
}

const signUp: SegmentEvent = { ...order, event: 'Signed Up', messageId: 'm-2' }

const purchases = toDefaultSubscription('trackPurchase')
const signUps = toDefaultSubscription('trackSignUp')
const customEvents = { ...toDefaultSubscription('trackCustomEvent'), subscribe: 'type = "track"' }

const completedBy = (
  subscription: FriendbuySubscription,
  rest: Pick<Outcome, 'status' | 'error'>
): CompletedSubscription => ({
  subscription: fingerprintOf(subscription),
  action: subscription.partnerAction,
  ...rest
})

/** An outcome of an action, delivered by default. */
const outcomeOf = (action: ActionKey, rest: Partial<Outcome> = { status: 201 }): Outcome => ({
  action,
  path: actions[action].path,
  dropped: [],
  ...rest
})

const unavailable: Partial<Outcome> = { status: 503, error: 'MAPI is down', retry: {} }
const invalid: Partial<Outcome> = { status: 422, error: 'no such currency' }

/** Delivers the events of one merchant; an action without an outcome matches no event. */
const newShop = (
  outcomes: Partial<Record<ActionKey, Partial<Outcome>>>,
  options: Partial<AttemptOptions> & { merchant?: Partial<Merchant> } = {}
) => {
  const merchant: Merchant = { settings: newSettings(), ...options.merchant }
  const calls: [SegmentEvent, FriendbuySubscription, object][] = []
  const reported: [QueuedEvent, Outcome][] = []
  const delivered: [QueuedEvent, readonly FriendbuySubscription[]][] = []
  const circuit: string[] = []
  const breakers = new CircuitBreakers({
    opened: (id, { status, reason }) => circuit.push(`${id} paused: ${status ?? 'no status'}, ${reason}`),
    closed: (id) => circuit.push(`${id} resumed`)
  })
  const deliver: Deliver = (event, subscription, settings) => {
    const outcome = outcomes[subscription.partnerAction]
    if (!outcome) return Promise.resolve(undefined)
    calls.push([event, subscription, settings])
    return Promise.resolve(outcomeOf(subscription.partnerAction, outcome))
  }
  const all: AttemptOptions = {
    deliver,
    resolveMerchant: (id) => (id === 'shop' ? merchant : undefined),
    breakers,
    maxRetryAgeMs: 24 * HOUR,
    onOutcome: (queued, outcome) => reported.push([queued, outcome]),
    onDelivered: (queued, matching) => delivered.push([queued, matching]),
    ...options
  }
  return {
    merchant,
    outcomes,
    breakers,
    circuit,
    calls,
    reported,
    delivered,
    /** The actions called since the last look. */
    called: () => calls.splice(0).map(([, { partnerAction }]) => partnerAction),
    /** Makes an attempt, by default the first one of an event. */
    attempt: async (queued: Partial<QueuedEvent> = {}, retries = 0) => {
      const result = await attemptDelivery({ merchant: 'shop', event: order, ...queued }, retries, all)
      noteOutput(JSON.stringify(result))
      return result
    }
  }
}

beforeEach(() => {
  setClock(START)
  elapsed = 0
  jest.spyOn(performance, 'now').mockImplementation(() => elapsed)
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

describe('attemptDelivery', () => {
  it("delivers an event through its merchant's subscriptions, with the merchant's settings", async () => {
    const shop = newShop({ trackPurchase: { status: 201, eventId: 'e-1' } })
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.calls).toEqual([[order, purchases, shop.merchant.settings]])
    expect(shop.reported).toEqual([
      [{ merchant: 'shop', event: order }, outcomeOf('trackPurchase', { status: 201, eventId: 'e-1' })]
    ])
  })

  it('reports an event that no subscription matches', async () => {
    const shop = newShop({})
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    expect([shop.reported, shop.delivered]).toEqual([[], []])
  })

  it('reports an event of a merchant without subscriptions', async () => {
    const shop = newShop({ trackPurchase: {} }, { merchant: { subscriptions: [] } })
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    expect(shop.calls).toEqual([])
  })

  it("delivers the merchant's custom events as such as well", async () => {
    const shop = newShop(
      { trackPurchase: {}, trackCustomEvent: {} },
      { merchant: { customEvents: ['Order Completed'] } }
    )
    await shop.attempt()
    expect(shop.called()).toEqual(['trackPurchase', 'trackCustomEvent'])
  })

  it.each<[string, Partial<Outcome>, object]>([
    ['MAPI refuses', invalid, { kind: 'invalid_event', httpStatus: 422 }],
    [
      'lacks a required field',
      { status: 400, error: 'no order ID' },
      { kind: 'invalid_event', httpStatus: 400 }
    ],
    ['is for an unknown customer', { status: 404, error: 'unknown' }, { kind: 'refused', httpStatus: 404 }],
    ['MAPI may have counted', { error: 'MAPI did not answer' }, { kind: 'no_response' }]
  ])('fails permanently with an event that %s', async (_how, outcome, failure) => {
    const shop = newShop({ trackPurchase: outcome })
    expect(await shop.attempt()).toEqual({
      status: 'failed',
      reason: `Track Purchase: ${outcome.error ?? ''}`,
      ...failure,
      completed: [completedBy(purchases, { status: outcome.status, error: outcome.error })]
    })
    expect(shop.reported).toEqual([[{ merchant: 'shop', event: order }, outcomeOf('trackPurchase', outcome)]])
    for (let events = 0; events < 10; events += 1) await shop.attempt()
    expect([shop.circuit, shop.delivered]).toEqual([[], []])
  })

  it.each<[string, Partial<Outcome>, object]>([
    ['a 5xx', unavailable, { kind: 'unavailable', httpStatus: 503 }],
    ['a 429', { status: 429, error: 'too many', retry: {} }, { kind: 'rate_limited', httpStatus: 429 }],
    ['a broken connection', { error: 'MAPI did not answer', retry: {} }, { kind: 'no_response' }]
  ])(
    "retries after %s: after MAPI's Retry-After, or with exponential backoff",
    async (_, outcome, failure) => {
      const reason = `Track Purchase: ${outcome.error ?? ''}`
      const delayed = { status: 'delayed', reason, ...failure, completed: [] }
      for (const [tries, delayMs] of [
        [0, 250],
        [1, 500],
        [4, 4000],
        [6, 15_000],
        [1_000_000, 15_000]
      ] as const) {
        expect(await newShop({ trackPurchase: outcome }).attempt({}, tries)).toEqual({
          ...delayed,
          delayMs
        })
      }
      const asked = newShop({ trackPurchase: { ...outcome, retry: { afterMs: 20_000 } } })
      expect(await asked.attempt({}, 6)).toEqual({ ...delayed, delayMs: 20_000 })
      expect(asked.reported).toHaveLength(1)
    }
  )

  it('retries if credentials are refused, and pauses the merchant', async () => {
    const shop = newShop({ trackPurchase: { status: 401, error: 'refused', isUnauthorized: true } })
    const reason = 'Track Purchase: refused'
    const delayed = { status: 'delayed', reason, completed: [] }
    const refused = { kind: 'unauthorized', httpStatus: 401 }
    expect(await shop.attempt()).toEqual({ ...delayed, ...refused, delayMs: 250 })
    expect(shop.circuit).toEqual([`shop paused: 401, ${reason}`])
    expect(await shop.attempt()).toEqual({ ...delayed, kind: 'merchant_paused', delayMs: 5005 })
    expect(shop.called()).toEqual(['trackPurchase'])
    shop.outcomes.trackPurchase = { status: 201 }
    elapsed = 5000
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.circuit.slice(1)).toEqual(['shop resumed'])
  })

  it('calls nothing for a paused merchant, and keeps what is completed', async () => {
    const shop = newShop({ trackPurchase: unavailable })
    for (let events = 0; events < 5; events += 1) await shop.attempt()
    shop.called()
    const completed = [completedBy(signUps, { status: 201 })]
    expect(await shop.attempt({ completed })).toEqual({
      status: 'delayed',
      reason: 'Track Purchase: MAPI is down',
      kind: 'merchant_paused',
      completed,
      delayMs: 5005
    })
    expect(shop.called()).toEqual([])
  })

  it('lets the next event probe if the first one proves nothing about the merchant', async () => {
    const shop = newShop({ trackPurchase: { status: 429, error: 'too many', retry: {} } })
    await shop.attempt()
    elapsed = 1000
    shop.outcomes.trackPurchase = invalid
    expect(await shop.attempt()).toMatchObject({ status: 'failed' })
    delete shop.outcomes.trackPurchase
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    shop.outcomes.trackPurchase = { status: 201 }
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.circuit).toEqual(['shop paused: 429, Track Purchase: too many', 'shop resumed'])
  })
})

describe('attemptDelivery, of an event with a retryable failure', () => {
  const reason = 'Track Purchase: MAPI is down'
  const down = { kind: 'unavailable', httpStatus: 503 }
  const begun = START - 24 * HOUR

  it('makes the last attempt at the maximum age, and gives up after that', async () => {
    const shop = newShop({ trackPurchase: { ...unavailable, retry: { afterMs: HOUR } } })
    const delayed = { status: 'delayed', reason, ...down, completed: [] }
    expect(await shop.attempt({ since: begun + HOUR })).toEqual({ ...delayed, delayMs: HOUR })
    expect(await shop.attempt({ since: begun + 1 })).toEqual({ ...delayed, delayMs: 1 })
    expect(await shop.attempt({ since: begun })).toEqual({
      status: 'failed',
      reason: `given up after 24 h: ${reason}`,
      ...down,
      completed: []
    })
    expect(shop.called()).toHaveLength(3)
  })

  it('delivers it with the last attempt', async () => {
    expect(await newShop({ trackPurchase: {} }).attempt({ since: begun })).toEqual({ status: 'delivered' })
  })

  it('gives up as well while its merchant is paused', async () => {
    const shop = newShop({ trackPurchase: { status: 429, error: 'too many', retry: {} } })
    await shop.attempt()
    expect(await shop.attempt({ since: begun + 500 })).toMatchObject({ delayMs: 500 })
    expect(await shop.attempt({ since: begun })).toEqual({
      status: 'failed',
      reason: 'given up after 24 h: Track Purchase: too many',
      kind: 'merchant_paused',
      completed: []
    })
  })

  it('counts the age from when it was put back', async () => {
    const shop = newShop({ trackPurchase: unavailable })
    expect(await shop.attempt({ since: START - 24 * HOUR + 1 })).toMatchObject({
      status: 'delayed',
      delayMs: 1
    })
    expect(await shop.attempt({ since: begun })).toMatchObject({ status: 'failed' })
  })

  it.each([
    [1.5 * HOUR, '1.5 h'],
    [90_000, '90 s'],
    [1000, '1 s']
  ])('says for how long it was retried: %d ms', async (maxRetryAgeMs, time) => {
    const shop = newShop({ trackPurchase: unavailable }, { maxRetryAgeMs })
    expect(await shop.attempt({ since: START - maxRetryAgeMs })).toMatchObject({
      reason: `given up after ${time}: ${reason}`
    })
  })
})

describe('attemptDelivery, of a merchant', () => {
  it('fails permanently if it is unknown', async () => {
    const shop = newShop({ trackPurchase: {} })
    expect(await shop.attempt({ merchant: 'shop\n"2"' })).toEqual({
      status: 'failed',
      reason: 'unknown merchant "shop\\n\\"2\\""',
      kind: 'merchant_unknown',
      completed: []
    })
    expect(shop.calls).toEqual([])
  })

  it.each([
    [
      'a code',
      Object.assign(new Error('password=not-to-be-shown'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED'
    ],
    ['a name', new TypeError('password=not-to-be-shown'), 'TypeError'],
    ['neither', Object.assign(new Error('password=not-to-be-shown'), { name: undefined }), 'unknown']
  ])(
    'retries if it cannot be resolved, without the message of an error with %s',
    async (_what, error, shown) => {
      const shop = newShop({ trackPurchase: {} }, { resolveMerchant: () => Promise.reject(error) })
      const reason = `cannot resolve the merchant (${shown})`
      expect(await shop.attempt({}, 1)).toEqual({
        status: 'delayed',
        reason,
        kind: 'merchant_unresolved',
        completed: [],
        delayMs: 500
      })
      expect(shop.calls).toEqual([])
      for (let events = 0; events < 4; events += 1) await shop.attempt()
      expect(shop.circuit).toEqual([`shop paused: no status, ${reason}`])
      expect(await shop.attempt({ since: START - 24 * HOUR })).toEqual({
        status: 'failed',
        reason: `given up after 24 h: ${reason}`,
        kind: 'merchant_paused',
        completed: []
      })
    }
  )

  it('retries if it cannot be resolved within 10 seconds', async () => {
    jest.useFakeTimers({ now: START, doNotFake: ['performance'] })
    const shop = newShop({}, { resolveMerchant: () => new Promise(() => undefined) })
    const attempt = shop.attempt()
    await jest.advanceTimersByTimeAsync(10_000)
    expect(await attempt).toMatchObject({
      status: 'delayed',
      reason: 'cannot resolve the merchant (no result within 10 s)'
    })
  })

  it.each([
    ['an unknown action', { partnerAction: 'trackPurchas' }, '[0].partnerAction: expected one of'],
    ['an unreadable condition', { subscribe: 'type == "track"' }, '[0].subscribe: '],
    ['an unknown field', { mapping: { orderIdd: '1' } }, '[0].mapping.orderIdd: ']
  ])('retries if a subscription has %s, and delivers once it is valid', async (_, mistake, at) => {
    const wrong = { ...purchases, ...mistake } as FriendbuySubscription
    const subscriptions = [wrong]
    const shop = newShop({ trackPurchase: { status: 201 } }, { merchant: { subscriptions } })
    expect(await shop.attempt()).toMatchObject({
      status: 'delayed',
      reason: expect.stringContaining(`the merchant's subscriptions are invalid: ${at}`) as string
    })
    expect(shop.calls).toEqual([])
    shop.merchant.subscriptions = [purchases]
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.called()).toEqual(['trackPurchase'])
  })

  it('lets the next event probe if a paused merchant is removed and comes back', async () => {
    let merchant: Merchant | undefined = { settings: newSettings() }
    const shop = newShop(
      { trackPurchase: { status: 401, error: 'refused', isUnauthorized: true } },
      { resolveMerchant: () => merchant }
    )
    await shop.attempt()
    elapsed = 5000
    merchant = undefined
    expect(await shop.attempt()).toMatchObject({ status: 'failed' })
    merchant = { settings: newSettings() }
    shop.outcomes.trackPurchase = { status: 201 }
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
  })

  it('may be resolved synchronously, and may throw synchronously', async () => {
    const { merchant } = newShop({})
    const given = newShop({ trackPurchase: {} }, { resolveMerchant: () => merchant })
    expect(await given.attempt({ merchant: 'any' })).toEqual({ status: 'delivered' })
    expect(given.calls[0]?.[2]).toEqual(merchant.settings)
    const thrown = newShop(
      {},
      {
        resolveMerchant: () => {
          throw new RangeError()
        }
      }
    )
    expect(await thrown.attempt()).toMatchObject({ status: 'delayed' })
  })
})

describe('attemptDelivery, of an event that two subscriptions match', () => {
  const merchant = { subscriptions: [signUps, customEvents] }
  const down = { kind: 'unavailable', httpStatus: 503 }

  it('retries only the one that failed', async () => {
    const shop = newShop({ trackSignUp: { status: 201 }, trackCustomEvent: unavailable }, { merchant })
    const first = await shop.attempt({ event: signUp })
    const completed = [completedBy(signUps, { status: 201 })]
    expect(first).toEqual({
      status: 'delayed',
      reason: 'Track Custom Event: MAPI is down',
      ...down,
      completed,
      delayMs: 250
    })
    expect(shop.called()).toEqual(['trackSignUp', 'trackCustomEvent'])
    expect(await shop.attempt({ event: signUp, completed }, 1)).toEqual({ ...first, delayMs: 500 })
    expect(shop.called()).toEqual(['trackCustomEvent'])
    shop.outcomes.trackCustomEvent = { status: 201 }
    expect(await shop.attempt({ event: signUp, completed })).toEqual({ status: 'delivered' })
    expect(shop.called()).toEqual(['trackCustomEvent'])
    expect(completed).toHaveLength(1)
    expect(shop.reported).toHaveLength(4)
    // Once, with the subscription that had delivered it before.
    const queued = { merchant: 'shop', event: signUp, completed }
    expect(shop.delivered).toEqual([[queued, merchant.subscriptions]])
  })

  it('fails with the reason of the one that failed permanently, once the other is delivered', async () => {
    const shop = newShop({ trackSignUp: invalid, trackCustomEvent: unavailable }, { merchant })
    const completed = [completedBy(signUps, invalid)]
    expect(await shop.attempt({ event: signUp })).toEqual({
      status: 'delayed',
      reason: 'Track Custom Event: MAPI is down',
      ...down,
      completed,
      delayMs: 250
    })
    shop.called()
    shop.outcomes.trackCustomEvent = { status: 201 }
    expect(await shop.attempt({ event: signUp, completed })).toEqual({
      status: 'failed',
      reason: 'Track Sign Up: no such currency',
      kind: 'invalid_event',
      httpStatus: 422,
      completed: [...completed, completedBy(customEvents, { status: 201 })]
    })
    expect(shop.called()).toEqual(['trackCustomEvent'])
  })

  it('gives both reasons if both fail permanently', async () => {
    const shop = newShop({ trackSignUp: invalid, trackCustomEvent: { error: 'too old' } }, { merchant })
    expect(await shop.attempt()).toMatchObject({
      status: 'failed',
      reason: 'Track Sign Up: no such currency; Track Custom Event: too old'
    })
  })

  it('keeps what was delivered of an event that is given up', async () => {
    const shop = newShop({ trackSignUp: { status: 201 }, trackCustomEvent: unavailable }, { merchant })
    expect(await shop.attempt({ since: START - 24 * HOUR })).toEqual({
      status: 'failed',
      reason: 'given up after 24 h: Track Custom Event: MAPI is down',
      ...down,
      completed: [completedBy(signUps, { status: 201 })]
    })
  })
})
