import fc from 'fast-check'
import { CircuitBreakers, type MerchantFailure } from '../../src/queue/circuit-breakers'
import { RUNS } from '../support/arbitraries'

const SECOND = 1000
const MINUTE = 60 * SECOND
const START = 12_345

/** The monotonic clock. */
let now = START

const outage: MerchantFailure = { status: 503, reason: 'MAPI is down' }

/** Circuit breakers, and the calls of their listener. */
const newBreakers = () => {
  const events: unknown[][] = []
  const breakers = new CircuitBreakers({
    opened: (merchant, failure, forMs) => events.push(['opened', merchant, failure, forMs]),
    closed: (merchant) => events.push(['closed', merchant])
  })
  return { breakers, events }
}

/** Opens a merchant's circuit, by default for the first 5 seconds. */
const open = (breakers: CircuitBreakers, merchant = 'shop', failure: MerchantFailure = outage) => {
  for (let failures = 0; failures < 5; failures += 1) breakers.failed(merchant, failure)
}

const pass = (ms: number) => {
  now += ms
}

/** Admits a merchant's probe, and fails it. */
const failProbe = (breakers: CircuitBreakers, failure = outage) => {
  expect(breakers.admit('shop')).toBeUndefined()
  breakers.failed('shop', failure)
}

beforeEach(() => {
  now = START
  jest.spyOn(performance, 'now').mockImplementation(() => now)
  // The middle of the range: no jitter.
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  jest.restoreAllMocks()
})

describe('A closed circuit', () => {
  it('admits every event', () => {
    const { breakers, events } = newBreakers()
    for (let count = 0; count < 100; count += 1) expect(breakers.admit('shop')).toBeUndefined()
    breakers.succeeded('shop')
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    expect(events).toEqual([])
  })

  it('opens after five consecutive failures, for 5 seconds', () => {
    const { breakers, events } = newBreakers()
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    expect(breakers.admit('shop')).toBeUndefined()
    expect(events).toEqual([])
    breakers.failed('shop', outage)
    expect(events).toEqual([['opened', 'shop', outage, 5 * SECOND]])
    expect(breakers.admit('shop')).toEqual({ waitMs: 5005, reason: 'MAPI is down' })
  })

  it('counts from zero after a success, but not after an event that proves nothing about the merchant', () => {
    const { breakers } = newBreakers()
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    breakers.succeeded('shop')
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    breakers.failed('shop', outage)
    expect(breakers.admit('shop')).toBeDefined()
  })

  it('opens at once if credentials are refused', () => {
    const { breakers, events } = newBreakers()
    const refusal = { status: 401, reason: 'refused', isUnauthorized: true }
    breakers.failed('shop', refusal)
    expect(events).toEqual([['opened', 'shop', refusal, 5 * SECOND]])
  })

  it.each([
    ["MAPI's Retry-After", 7000, 7000],
    ['a second without a Retry-After', undefined, 1000],
    ['a second if the Retry-After has passed', 0, 1000],
    ['an hour if the Retry-After is far in the future', 1e23, 60 * MINUTE]
  ])('opens at once after a 429, for %s', (_how, afterMs, forMs) => {
    const { breakers, events } = newBreakers()
    const failure = { status: 429, reason: 'too many', afterMs }
    breakers.failed('shop', failure)
    expect(events).toEqual([['opened', 'shop', failure, forMs]])
    expect(breakers.admit('shop')).toEqual({ waitMs: forMs + 5, reason: 'too many' })
  })

  it.each([
    [20 * SECOND, 20 * SECOND],
    [1 * SECOND, 5 * SECOND],
    [1e23, 60 * MINUTE]
  ])('opens for at least the Retry-After, and for an hour at most: %d ms', (afterMs, forMs) => {
    const { breakers, events } = newBreakers()
    open(breakers, 'shop', { ...outage, afterMs })
    expect(events).toEqual([['opened', 'shop', { ...outage, afterMs }, forMs]])
  })
})

describe('An open circuit', () => {
  it('delays each event by a little more than the one before, beyond the opening', () => {
    const { breakers } = newBreakers()
    open(breakers)
    const times: number[] = []
    for (let count = 0; count < 100; count += 1) {
      times.push(now + (breakers.admit('shop')?.waitMs ?? NaN))
      pass(3)
    }
    expect(times).toEqual(times.map((_, index) => START + 5 * SECOND + 5 * (index + 1)))
  })

  it.each<[string, (breakers: CircuitBreakers) => void]>([
    [
      'succeeds',
      (breakers) => {
        breakers.succeeded('shop')
      }
    ],
    [
      'fails',
      (breakers) => {
        open(breakers)
      }
    ],
    [
      'proves nothing about the merchant',
      (breakers) => {
        breakers.ended('shop')
      }
    ],
    [
      'has a shorter 429',
      (breakers) => {
        breakers.failed('shop', { ...outage, status: 429 })
      }
    ]
  ])('stays as it is if an attempt in flight %s', (_how, answer) => {
    const { breakers, events } = newBreakers()
    open(breakers)
    pass(SECOND)
    answer(breakers)
    expect(events).toHaveLength(1)
    expect(breakers.admit('shop')).toEqual({ waitMs: 4005, reason: 'MAPI is down' })
    pass(4 * SECOND)
    expect(breakers.admit('shop')).toBeUndefined()
    breakers.failed('shop', outage)
    expect(events[1]).toEqual(['opened', 'shop', outage, 10 * SECOND])
  })

  it('stays open longer if an attempt in flight gets a 429 with a longer Retry-After', () => {
    const { breakers, events } = newBreakers()
    open(breakers)
    const failure = { status: 429, reason: 'too many', afterMs: MINUTE }
    breakers.failed('shop', failure)
    expect(events[1]).toEqual(['opened', 'shop', failure, MINUTE])
    expect(breakers.admit('shop')).toEqual({ waitMs: MINUTE + 5, reason: 'too many' })
  })

  it('is listed with its duration, until it closes or a minute passes without an attempt', () => {
    const { breakers } = newBreakers()
    open(breakers, 'shop-1')
    open(breakers, 'shop-2', { status: 429, reason: 'too many', afterMs: MINUTE })
    pass(5 * SECOND)
    expect(new Set(breakers.paused())).toEqual(
      new Set([
        { merchant: 'shop-1', forMs: 5 * SECOND },
        { merchant: 'shop-2', forMs: 5 * SECOND }
      ])
    )
    breakers.admit('shop-1')
    breakers.failed('shop-1', outage)
    pass(10 * SECOND)
    expect(breakers.paused()).toContainEqual({ merchant: 'shop-1', forMs: 15 * SECOND })
    breakers.succeeded('shop-1')
    expect(breakers.paused()).toEqual([{ merchant: 'shop-2', forMs: 15 * SECOND }])
    pass(2 * MINUTE)
    expect(breakers.paused()).toEqual([])
  })

  it('affects no other merchant', () => {
    const { breakers, events } = newBreakers()
    open(breakers, 'shop-1')
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop-2', outage)
    expect(breakers.admit('shop-1')).toBeDefined()
    expect(breakers.admit('shop-2')).toBeUndefined()
    breakers.succeeded('shop-2')
    expect(breakers.admit('shop-1')).toBeDefined()
    expect(events).toHaveLength(1)
  })

  it('is one of 10,000 at most: the least recently used is forgotten', () => {
    const { breakers } = newBreakers()
    const refusal = { status: 401, reason: 'refused', isUnauthorized: true }
    for (let shop = 0; shop < 10_000; shop += 1) breakers.failed(`shop-${shop}`, refusal)
    expect(breakers.admit('shop-0')).toBeDefined()
    breakers.failed('one-more', refusal)
    expect(breakers.admit('shop-1')).toBeUndefined()
    for (const shop of ['shop-0', 'shop-2', 'shop-9999', 'one-more']) {
      expect(breakers.admit(shop)).toBeDefined()
    }
  })
})

describe('A circuit at the end of its opening', () => {
  it('admits one event as a probe, and delays the others by a second', () => {
    const { breakers } = newBreakers()
    open(breakers)
    expect(breakers.admit('shop')?.waitMs).toBe(5005)
    pass(5 * SECOND - 1)
    expect(breakers.admit('shop')?.waitMs).toBe(11)
    pass(1)
    expect(breakers.admit('shop')).toBeUndefined()
    const waits = Array.from({ length: 3 }, () => breakers.admit('shop'))
    expect(waits).toEqual([1005, 1010, 1015].map((waitMs) => ({ waitMs, reason: 'MAPI is down' })))
  })

  it('closes if the probe succeeds', () => {
    const { breakers, events } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    breakers.admit('shop')
    breakers.succeeded('shop')
    expect(events.slice(1)).toEqual([['closed', 'shop']])
    for (let count = 0; count < 10; count += 1) expect(breakers.admit('shop')).toBeUndefined()
    // The next opening is a first one again.
    open(breakers)
    expect(events[2]).toEqual(['opened', 'shop', outage, 5 * SECOND])
  })

  it.each([
    [0.5, [5, 10, 20, 40, 80, 160, 300, 300, 300]],
    [0, [3.75, 7.5, 15, 30, 60, 120, 225, 225, 225]],
    [1 - 2 ** -53, [6.25, 12.5, 25, 50, 100, 200, 375, 375, 375]]
  ])(
    'opens for twice as long each time a probe fails, up to 5 minutes, with jitter: random %d',
    (random, seconds) => {
      jest.spyOn(Math, 'random').mockReturnValue(random)
      const { breakers, events } = newBreakers()
      open(breakers)
      while (events.length < seconds.length) {
        pass(6.25 * MINUTE)
        failProbe(breakers)
      }
      const forMs = events.map(([, , , ms]) => Math.round(Number(ms)))
      expect(forMs).toEqual(seconds.map((number) => number * SECOND))
    }
  )

  it('opens for the Retry-After if the probe gets a 429, which does not lengthen later openings', () => {
    const { breakers, events } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    failProbe(breakers, { status: 429, reason: 'too many', afterMs: 2000 })
    expect(events[1]?.[3]).toBe(2000)
    pass(2000)
    failProbe(breakers)
    expect(events[2]?.[3]).toBe(10 * SECOND)
  })

  it.each([undefined, 0])('opens for a second if the probe gets a 429 with the Retry-After %p', (afterMs) => {
    const { breakers, events } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    failProbe(breakers, { status: 429, reason: 'too many', afterMs })
    expect(events[1]?.[3]).toBe(SECOND)
    pass(SECOND)
    expect(breakers.admit('shop')).toBeUndefined()
  })

  it('admits the next probe if one proves nothing about the merchant', () => {
    const { breakers, events } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    breakers.admit('shop')
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    expect(breakers.admit('shop')).toBeDefined()
    expect(events).toHaveLength(1)
  })

  it('admits another probe if one has no result after 30 seconds', () => {
    const { breakers } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    expect(breakers.admit('shop')).toBeUndefined()
    pass(30 * SECOND - 1)
    expect(breakers.admit('shop')).toBeDefined()
    pass(1)
    expect(breakers.admit('shop')).toBeUndefined()
    expect(breakers.admit('shop')).toBeDefined()
  })
})

describe('Circuit breakers, in any sequence of events', () => {
  const merchants = ['shop-1', 'shop-2'] as const
  const LONGEST_ASKED_MS = 10 * MINUTE

  const step = fc.oneof(
    fc.record({ pass: fc.integer({ min: 0, max: MINUTE }) }),
    fc.record({ pass: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ admit: fc.constantFrom(...merchants) }),
    fc.record({
      merchant: fc.constantFrom(...merchants),
      answer: fc.constantFrom('succeeded', 'ended', 'outage', 'refused', 'too many'),
      afterMs: fc.option(fc.nat({ max: LONGEST_ASKED_MS }), { nil: undefined })
    })
  )

  const answerWith = (
    breakers: CircuitBreakers,
    merchant: string,
    answer: string,
    afterMs: number | undefined
  ): void => {
    if (answer === 'succeeded') breakers.succeeded(merchant)
    else if (answer === 'ended') breakers.ended(merchant)
    else if (answer === 'outage') breakers.failed(merchant, { ...outage, afterMs })
    else if (answer === 'refused')
      breakers.failed(merchant, { reason: answer, status: 403, isUnauthorized: true })
    else breakers.failed(merchant, { reason: answer, status: 429, afterMs })
  }

  it('admit one probe at a time, bound all delays, and close when a probe succeeds', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 100, size: 'max' }),
        fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true }),
        (steps, random) => {
          jest.spyOn(Math, 'random').mockReturnValue(random)
          now = START
          /** End of the opening of each open circuit. */
          const openUntil = new Map<string, number>()
          /** Start of each merchant's probe in flight. */
          const probedAt = new Map<string, number>()
          const breakers = new CircuitBreakers({
            opened: (merchant, _failure, forMs) => {
              expect(forMs).toBeGreaterThan(0)
              openUntil.set(merchant, now + forMs)
            },
            closed: (merchant) => {
              expect(openUntil.delete(merchant)).toBe(true)
            }
          })
          let asked = 0
          for (const one of steps) {
            if ('pass' in one) pass(one.pass)
            else if ('admit' in one) {
              const { admit: merchant } = one
              asked += 1
              const waiting = breakers.admit(merchant)
              const until = openUntil.get(merchant)
              const lost = (probedAt.get(merchant) ?? -Infinity) + 30 * SECOND
              if (until === undefined) expect(waiting).toBeUndefined()
              else if (now < until || now < lost) {
                expect(waiting?.waitMs).toBeGreaterThan(0)
                expect(waiting?.waitMs).toBeLessThanOrEqual(LONGEST_ASKED_MS + SECOND + 5 * asked)
              } else {
                expect(waiting).toBeUndefined()
                probedAt.set(merchant, now)
              }
            } else {
              const { merchant, answer, afterMs } = one
              answerWith(breakers, merchant, answer, afterMs)
              probedAt.delete(merchant)
            }
          }
          pass(LONGEST_ASKED_MS)
          for (const merchant of merchants) {
            expect(breakers.admit(merchant)).toBeUndefined()
            breakers.succeeded(merchant)
            expect([breakers.admit(merchant), breakers.admit(merchant)]).toEqual([undefined, undefined])
          }
        }
      ),
      { numRuns: RUNS }
    )
  })
})
