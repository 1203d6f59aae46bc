import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../../src'
import { createDelivery, type Deliver, type Outcome } from '../../src/host/deliver'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import {
  toDefaultSubscription,
  type FriendbuySubscription,
  presetSubscriptions
} from '../../src/host/subscriptions'
import { CircuitBreakers } from '../../src/queue/circuit-breakers'
import { attemptDelivery, type AttemptOptions } from '../../src/queue/attempt'
import type { Merchant } from '../../src/merchants/merchant'
import { fingerprintOf, type QueuedEvent, type CompletedSubscription } from '../../src/queue/job-data'
import { setClock } from '../support/clock'
import { newSettings, noteOutput } from '../support/credentials'
import { authorizations, merchantOfSettings, taken } from '../support/sandboxed'

const START = Date.parse('2026-03-02T09:00:00Z')
const HOUR = 3_600_000

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

const settledBy = (
  subscription: FriendbuySubscription,
  rest: Pick<Outcome, 'status' | 'error'>
): CompletedSubscription => ({
  subscription: fingerprintOf(subscription),
  action: subscription.partnerAction,
  ...rest
})

/** An outcome of an action; it is delivered where nothing else is said. */
const outcomeOf = (action: ActionKey, rest: Partial<Outcome> = { status: 201 }): Outcome => ({
  action,
  path: actions[action].path,
  dropped: [],
  ...rest
})

const unavailable: Partial<Outcome> = { status: 503, error: 'MAPI is down', retry: {} }
const invalid: Partial<Outcome> = { status: 422, error: 'no such currency' }

/** Delivers the events of one merchant; each action has an outcome, or takes no event. */
const newShop = (
  outcomes: Partial<Record<ActionKey, Partial<Outcome>>>,
  options: Partial<AttemptOptions> & { merchant?: Partial<Merchant> } = {}
) => {
  const merchant: Merchant = { settings: newSettings(), ...options.merchant }
  const calls: [SegmentEvent, FriendbuySubscription, object][] = []
  const told: [QueuedEvent, Outcome][] = []
  const breaks: string[] = []
  const breakers = new CircuitBreakers({
    opened: (id, { status, reason }) => breaks.push(`${id} waits: ${status ?? 'no status'}, ${reason}`),
    closed: (id) => breaks.push(`${id} goes`)
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
    onOutcome: (queued, outcome) => told.push([queued, outcome]),
    ...options
  }
  return {
    merchant,
    outcomes,
    breakers,
    breaks,
    calls,
    told,
    /** The actions that were asked, since the last time. */
    asked: () => calls.splice(0).map(([, { partnerAction }]) => partnerAction),
    /** Makes a try, the first one of an event that was just enqueued unless something else is said. */
    attempt: async (queued: Partial<QueuedEvent> = {}, tries = 0) => {
      const verdict = await attemptDelivery({ merchant: 'shop', event: order, ...queued }, tries, all)
      noteOutput(JSON.stringify(verdict))
      return verdict
    }
  }
}

beforeEach(() => {
  setClock(START)
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

describe('attemptDelivery', () => {
  it('gives an event to each subscription of its merchant, with the settings of this one', async () => {
    const shop = newShop({ trackPurchase: { status: 201, eventId: 'e-1' } })
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.calls).toEqual([[order, purchases, shop.merchant.settings]])
    expect(shop.told).toEqual([
      [{ merchant: 'shop', event: order }, outcomeOf('trackPurchase', { status: 201, eventId: 'e-1' })]
    ])
  })

  it('is done with an event that no subscription takes', async () => {
    const shop = newShop({})
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    expect(shop.told).toEqual([])
  })

  it('is done with an event of a merchant without subscriptions', async () => {
    const shop = newShop({ trackPurchase: {} }, { merchant: { subscriptions: [] } })
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    expect(shop.calls).toEqual([])
  })

  it('gives an event that a merchant names as a custom one to that action as well', async () => {
    const shop = newShop(
      { trackPurchase: {}, trackCustomEvent: {} },
      { merchant: { customEvents: ['Order Completed'] } }
    )
    await shop.attempt()
    expect(shop.asked()).toEqual(['trackPurchase', 'trackCustomEvent'])
  })

  it.each<[string, Partial<Outcome>]>([
    ['MAPI refuses', invalid],
    ['lacks something', { status: 400, error: 'no order ID' }],
    ['MAPI may have counted', { error: 'MAPI did not answer' }]
  ])('fails for good with an event that %s', async (_how, outcome) => {
    const shop = newShop({ trackPurchase: outcome })
    expect(await shop.attempt()).toEqual({
      status: 'failed',
      reason: `Track Purchase: ${outcome.error ?? ''}`,
      completed: [settledBy(purchases, { status: outcome.status, error: outcome.error })]
    })
    expect(shop.told).toEqual([[{ merchant: 'shop', event: order }, outcomeOf('trackPurchase', outcome)]])
    for (let events = 0; events < 10; events += 1) await shop.attempt()
    expect(shop.breaks).toEqual([])
  })

  it.each<[string, Partial<Outcome>]>([
    ['a 5xx', unavailable],
    ['a 429', { status: 429, error: 'too many', retry: {} }],
    ['a broken connection', { error: 'MAPI did not answer', retry: {} }]
  ])('tries again after %s: as long after as MAPI says, or with growing pauses', async (_how, outcome) => {
    const reason = `Track Purchase: ${outcome.error ?? ''}`
    const delayed = { status: 'delayed', reason, completed: [] }
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
    const asked = newShop({ trackPurchase: { ...outcome, retry: { afterMs: 7000 } } })
    expect(await asked.attempt({}, 6)).toEqual({ ...delayed, delayMs: 7000 })
    expect(asked.told).toHaveLength(1)
  })

  it('tries again where credentials are refused, and has the other events of the merchant wait', async () => {
    const shop = newShop({ trackPurchase: { status: 401, error: 'refused', isUnauthorized: true } })
    const reason = 'Track Purchase: refused'
    expect(await shop.attempt()).toEqual({ status: 'delayed', reason, completed: [], delayMs: 250 })
    expect(shop.breaks).toEqual([`shop waits: 401, ${reason}`])
    expect(await shop.attempt()).toEqual({ status: 'delayed', reason, completed: [], delayMs: 5005 })
    expect(shop.asked()).toEqual(['trackPurchase'])
    shop.outcomes.trackPurchase = { status: 201 }
    jest.setSystemTime(START + 5000)
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.breaks.slice(1)).toEqual(['shop goes'])
  })

  it('sends nothing of a merchant whose events wait, and keeps what is completed', async () => {
    const shop = newShop({ trackPurchase: unavailable })
    for (let events = 0; events < 5; events += 1) await shop.attempt()
    shop.asked()
    const completed = [settledBy(signUps, { status: 201 })]
    expect(await shop.attempt({ completed })).toEqual({
      status: 'delayed',
      reason: 'Track Purchase: MAPI is down',
      completed,
      delayMs: 5005
    })
    expect(shop.asked()).toEqual([])
  })

  it('lets the next event probe where the first one says nothing of the merchant', async () => {
    const shop = newShop({ trackPurchase: { status: 429, error: 'too many', retry: {} } })
    await shop.attempt()
    jest.setSystemTime(START + 1000)
    shop.outcomes.trackPurchase = invalid
    expect(await shop.attempt()).toMatchObject({ status: 'failed' })
    delete shop.outcomes.trackPurchase
    expect(await shop.attempt()).toEqual({ status: 'unmatched' })
    shop.outcomes.trackPurchase = { status: 201 }
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
    expect(shop.breaks).toEqual(['shop waits: 429, Track Purchase: too many', 'shop goes'])
  })
})

describe('attemptDelivery, of an event that fails for now', () => {
  const reason = 'Track Purchase: MAPI is down'
  const begun = START - 24 * HOUR

  it('makes the last try when its time is up, and gives up after that', async () => {
    const shop = newShop({ trackPurchase: { ...unavailable, retry: { afterMs: HOUR } } })
    const delayed = { status: 'delayed', reason, completed: [] }
    expect(await shop.attempt({ since: begun + HOUR })).toEqual({ ...delayed, delayMs: HOUR })
    expect(await shop.attempt({ since: begun + 1 })).toEqual({ ...delayed, delayMs: 1 })
    expect(await shop.attempt({ since: begun })).toEqual({
      status: 'failed',
      reason: `given up after 24 h: ${reason}`,
      completed: []
    })
    expect(shop.asked()).toHaveLength(3)
  })

  it('delivers it by the last try', async () => {
    expect(await newShop({ trackPurchase: {} }).attempt({ since: begun })).toEqual({ status: 'delivered' })
  })

  it('gives up as well while the events of its merchant wait', async () => {
    const shop = newShop({ trackPurchase: { status: 429, error: 'too many', retry: {} } })
    await shop.attempt()
    expect(await shop.attempt({ since: begun + 500 })).toMatchObject({ delayMs: 500 })
    expect(await shop.attempt({ since: begun })).toEqual({
      status: 'failed',
      reason: 'given up after 24 h: Track Purchase: too many',
      completed: []
    })
  })

  it('tries it for a whole new time where it was put back', async () => {
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
  ])('says for how long it was tried: %d ms', async (maxRetryAgeMs, time) => {
    const shop = newShop({ trackPurchase: unavailable }, { maxRetryAgeMs })
    expect(await shop.attempt({ since: START - maxRetryAgeMs })).toMatchObject({
      reason: `given up after ${time}: ${reason}`
    })
  })
})

describe('attemptDelivery, of a merchant', () => {
  it('fails for good where there is none, and says so', async () => {
    const shop = newShop({ trackPurchase: {} })
    expect(await shop.attempt({ merchant: 'shop\n"2"' })).toEqual({
      status: 'failed',
      reason: 'there is no merchant "shop\\n\\"2\\""',
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
  ])('tries again where it cannot be had, without words of an error with %s', async (_what, error, shown) => {
    const shop = newShop({ trackPurchase: {} }, { resolveMerchant: () => Promise.reject(error) })
    const reason = `the settings of the merchant cannot be had (${shown})`
    expect(await shop.attempt({}, 1)).toEqual({ status: 'delayed', reason, completed: [], delayMs: 500 })
    expect(shop.calls).toEqual([])
    for (let events = 0; events < 4; events += 1) await shop.attempt()
    expect(shop.breaks).toEqual([`shop waits: no status, ${reason}`])
    expect(await shop.attempt({ since: START - 24 * HOUR })).toEqual({
      status: 'failed',
      reason: `given up after 24 h: ${reason}`,
      completed: []
    })
  })

  it.each([
    [
      'an action that there is not',
      { partnerAction: 'trackPurchas' },
      '[0].partnerAction: it must be one of'
    ],
    ['a condition that cannot be read', { subscribe: 'type == "track"' }, '[0].subscribe: '],
    ['a field that there is not', { mapping: { orderIdd: '1' } }, '[0].mapping.orderIdd: ']
  ])(
    'tries again where a subscription has %s, and takes it up once it is in order',
    async (_, mistake, at) => {
      const wrong = { ...purchases, ...mistake } as FriendbuySubscription
      const subscriptions = [wrong]
      const shop = newShop({ trackPurchase: { status: 201 } }, { merchant: { subscriptions } })
      expect(await shop.attempt()).toMatchObject({
        status: 'delayed',
        reason: expect.stringContaining(`the subscriptions of the merchant have issues: ${at}`) as string
      })
      expect(shop.calls).toEqual([])
      shop.merchant.subscriptions = [purchases]
      expect(await shop.attempt()).toEqual({ status: 'delivered' })
      expect(shop.asked()).toEqual(['trackPurchase'])
    }
  )

  it('lets the next event probe where a merchant whose events wait is gone, and comes back', async () => {
    let merchant: Merchant | undefined = { settings: newSettings() }
    const shop = newShop(
      { trackPurchase: { status: 401, error: 'refused', isUnauthorized: true } },
      { resolveMerchant: () => merchant }
    )
    await shop.attempt()
    jest.setSystemTime(START + 5000)
    merchant = undefined
    expect(await shop.attempt()).toMatchObject({ status: 'failed' })
    merchant = { settings: newSettings() }
    shop.outcomes.trackPurchase = { status: 201 }
    expect(await shop.attempt()).toEqual({ status: 'delivered' })
  })

  it('takes what a function gives at once, or throws at once', async () => {
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

describe('attemptDelivery, of an event that two subscriptions take', () => {
  const merchant = { subscriptions: [signUps, customEvents] }

  it('asks only the one again that failed for now', async () => {
    const shop = newShop({ trackSignUp: { status: 201 }, trackCustomEvent: unavailable }, { merchant })
    const first = await shop.attempt({ event: signUp })
    const completed = [settledBy(signUps, { status: 201 })]
    expect(first).toEqual({
      status: 'delayed',
      reason: 'Track Custom Event: MAPI is down',
      completed,
      delayMs: 250
    })
    expect(shop.asked()).toEqual(['trackSignUp', 'trackCustomEvent'])
    expect(await shop.attempt({ event: signUp, completed }, 1)).toEqual({ ...first, delayMs: 500 })
    expect(shop.asked()).toEqual(['trackCustomEvent'])
    shop.outcomes.trackCustomEvent = { status: 201 }
    expect(await shop.attempt({ event: signUp, completed })).toEqual({ status: 'delivered' })
    expect(shop.asked()).toEqual(['trackCustomEvent'])
    expect(completed).toHaveLength(1)
    expect(shop.told).toHaveLength(4)
  })

  it('ends as failed where one fails for good, with its reason, once the other is delivered', async () => {
    const shop = newShop({ trackSignUp: invalid, trackCustomEvent: unavailable }, { merchant })
    const completed = [settledBy(signUps, invalid)]
    expect(await shop.attempt({ event: signUp })).toEqual({
      status: 'delayed',
      reason: 'Track Custom Event: MAPI is down',
      completed,
      delayMs: 250
    })
    shop.asked()
    shop.outcomes.trackCustomEvent = { status: 201 }
    expect(await shop.attempt({ event: signUp, completed })).toEqual({
      status: 'failed',
      reason: 'Track Sign Up: no such currency',
      completed: [...completed, settledBy(customEvents, { status: 201 })]
    })
    expect(shop.asked()).toEqual(['trackCustomEvent'])
  })

  it('gives both reasons where both fail for good', async () => {
    const shop = newShop({ trackSignUp: invalid, trackCustomEvent: { error: 'too old' } }, { merchant })
    expect(await shop.attempt()).toMatchObject({
      status: 'failed',
      reason: 'Track Sign Up: no such currency; Track Custom Event: too old'
    })
  })

  it('keeps what was delivered of one that is given up', async () => {
    const shop = newShop({ trackSignUp: { status: 201 }, trackCustomEvent: unavailable }, { merchant })
    expect(await shop.attempt({ since: START - 24 * HOUR })).toEqual({
      status: 'failed',
      reason: 'given up after 24 h: Track Custom Event: MAPI is down',
      completed: [settledBy(signUps, { status: 201 })]
    })
  })
})

describe('attemptDelivery, over HTTP', () => {
  let sandbox: Sandbox

  beforeEach(async () => {
    sandbox = await startSandbox()
  })

  afterEach(async () => {
    await sandbox.close()
  })

  const newSandboxedShop = (subscriptions: readonly FriendbuySubscription[] = presetSubscriptions) =>
    newShop({}, { deliver: createDelivery({ mapiUrl: sandbox.url }), merchant: { subscriptions } })

  const paths = () => taken(sandbox).map(({ path }) => path)

  it('files a sign-up once that a second subscription fails for now', async () => {
    sandbox.injectFault(
      { status: 503, headers: { 'Retry-After': '3' } },
      { path: '/v1/event/custom', times: 2 }
    )
    const shop = newSandboxedShop([signUps, customEvents])
    const delayed = {
      status: 'delayed',
      reason: 'Track Custom Event: Friendbuy MAPI answered 503 to POST /v1/event/custom',
      completed: [settledBy(signUps, { status: 201 })],
      delayMs: 3000
    }
    expect(await shop.attempt({ event: signUp })).toEqual(delayed)
    const { completed } = delayed
    expect(await shop.attempt({ event: signUp, completed })).toEqual(delayed)
    expect(await shop.attempt({ event: signUp, completed })).toEqual({ status: 'delivered' })
    expect(paths()).toEqual(['/v1/event/account-sign-up', '/v1/event/custom'])
    expect(taken(sandbox)[1]?.body).toMatchObject({ deduplicationId: 'm-2' })
  })

  it('does not repeat a sign-up whose answer was lost, and repeats a purchase', async () => {
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/account-sign-up' })
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/purchase' })
    const shop = newSandboxedShop()
    expect(await shop.attempt({ event: signUp })).toMatchObject({ status: 'failed' })
    expect(await shop.attempt()).toMatchObject({ status: 'delayed', completed: [] })
  })

  it("files each merchant's events under its own token, and holds up none for the other's refusal", async () => {
    const [good, bad] = [newSettings(), newSettings()]
    const shop = newShop(
      {},
      {
        deliver: createDelivery({ mapiUrl: sandbox.url }),
        resolveMerchant: (id) => ({ settings: id === 'good' ? good : bad })
      }
    )
    sandbox.injectFault({ status: 401 }, { path: '/v1/authorization', times: 1 })
    expect(await shop.attempt({ merchant: 'bad' })).toMatchObject({ status: 'delayed' })
    expect(await shop.attempt({ merchant: 'bad' })).toMatchObject({ status: 'delayed', delayMs: 5005 })
    expect(await shop.attempt({ merchant: 'good' })).toEqual({ status: 'delivered' })
    expect(taken(sandbox).map(({ merchant }) => merchant)).toEqual([merchantOfSettings(good)])
    expect(authorizations(sandbox)).toHaveLength(2)
  })

  it('delivers an event without messageId, timestamp, context or anything else that it can do without', async () => {
    const { type, event, properties } = order
    expect(await newSandboxedShop().attempt({ event: { type, event, properties } })).toEqual({
      status: 'delivered'
    })
    expect(taken(sandbox)[0]?.body).toEqual({
      orderId: 'o-1',
      amount: 10,
      currency: 'USD',
      email: 'ada.byron@example.com'
    })
  })

  it('fails for good with an event that lacks what is required, without a call', async () => {
    expect(await newSandboxedShop().attempt({ event: { ...order, properties: {} } })).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^Track Purchase: .*'orderId'/) as string,
      completed: [
        settledBy(purchases, { status: 400, error: expect.stringContaining("'orderId'") as string })
      ]
    })
    expect(sandbox.records).toEqual([])
  })
})
