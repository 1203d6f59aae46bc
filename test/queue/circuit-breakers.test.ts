import fc from 'fast-check'
import { CircuitBreakers, type MerchantFailure } from '../../src/queue/circuit-breakers'
import { setClock } from '../support/clock'
import { RUNS } from '../support/arbitraries'

const START = Date.parse('2026-03-02T09:00:00Z')
const SECOND = 1000
const MINUTE = 60 * SECOND

const outage: MerchantFailure = { status: 503, reason: 'MAPI is down' }

/** CircuitBreakers, and what their listener was told. */
const newBreakers = () => {
  const told: unknown[][] = []
  const breakers = new CircuitBreakers({
    opened: (merchant, trouble, forMs) => told.push(['opened', merchant, trouble, forMs]),
    closed: (merchant) => told.push(['closed', merchant])
  })
  return { breakers, told }
}

/** Has a merchant's events fail until they wait, by default for the 5 s that it is at first. */
const open = (breakers: CircuitBreakers, merchant = 'shop', trouble = outage) => {
  for (let failures = 0; failures < 5; failures += 1) breakers.failed(merchant, trouble)
}

const pass = (ms: number) => {
  jest.setSystemTime(Date.now() + ms)
}

/** Lets a merchant's probe go, and fail. */
const failProbe = (breakers: CircuitBreakers, trouble = outage) => {
  expect(breakers.admit('shop')).toBeUndefined()
  breakers.failed('shop', trouble)
}

beforeEach(() => {
  setClock(START)
  // In the middle: a pause is as long as it is without jitter.
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

describe('A closed breaker', () => {
  it('lets every event go', () => {
    const { breakers, told } = newBreakers()
    for (let events = 0; events < 100; events += 1) expect(breakers.admit('shop')).toBeUndefined()
    breakers.succeeded('shop')
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    expect(told).toEqual([])
  })

  it('opens at the fifth failure in a row, for 5 seconds', () => {
    const { breakers, told } = newBreakers()
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    expect(breakers.admit('shop')).toBeUndefined()
    expect(told).toEqual([])
    breakers.failed('shop', outage)
    expect(told).toEqual([['opened', 'shop', outage, 5 * SECOND]])
    expect(breakers.admit('shop')).toEqual({ waitMs: 5005, reason: 'MAPI is down' })
  })

  it('begins to count anew after a success, and not after an event that says nothing of the merchant', () => {
    const { breakers } = newBreakers()
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    breakers.succeeded('shop')
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop', outage)
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    breakers.failed('shop', outage)
    expect(breakers.admit('shop')).toBeDefined()
  })

  it('opens at once when credentials are refused', () => {
    const { breakers, told } = newBreakers()
    const refusal = { status: 401, reason: 'refused', isUnauthorized: true }
    breakers.failed('shop', refusal)
    expect(told).toEqual([['opened', 'shop', refusal, 5 * SECOND]])
  })

  it.each([
    ['as long as MAPI says', 7000, 7000],
    ['a second where MAPI does not say', undefined, 1000],
    ['a second where MAPI names a time that has passed', 0, 1000],
    ['an hour where MAPI names a time far away', 1e23, 60 * MINUTE]
  ])('opens at once after a 429, for %s', (_how, afterMs, forMs) => {
    const { breakers, told } = newBreakers()
    const trouble = { status: 429, reason: 'too many', afterMs }
    breakers.failed('shop', trouble)
    expect(told).toEqual([['opened', 'shop', trouble, forMs]])
    expect(breakers.admit('shop')).toEqual({ waitMs: forMs + 5, reason: 'too many' })
  })

  it.each([
    [20 * SECOND, 20 * SECOND],
    [1 * SECOND, 5 * SECOND],
    [1e23, 60 * MINUTE]
  ])('opens no shorter than MAPI asks for, and no longer than an hour: %d ms', (afterMs, forMs) => {
    const { breakers, told } = newBreakers()
    open(breakers, 'shop', { ...outage, afterMs })
    expect(told).toEqual([['opened', 'shop', { ...outage, afterMs }, forMs]])
  })
})

describe('An open breaker', () => {
  it('puts each event off to a time of its own, later than the one before, and past its end', () => {
    const { breakers } = newBreakers()
    open(breakers)
    const times: number[] = []
    for (let events = 0; events < 100; events += 1) {
      times.push(Date.now() + (breakers.admit('shop')?.waitMs ?? NaN))
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
      'says nothing of the merchant',
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
  ])('is the same when what was on its way %s', (_how, answer) => {
    const { breakers, told } = newBreakers()
    open(breakers)
    pass(SECOND)
    answer(breakers)
    expect(told).toHaveLength(1)
    expect(breakers.admit('shop')).toEqual({ waitMs: 4005, reason: 'MAPI is down' })
    pass(4 * SECOND)
    expect(breakers.admit('shop')).toBeUndefined()
    breakers.failed('shop', outage)
    expect(told[1]).toEqual(['opened', 'shop', outage, 10 * SECOND])
  })

  it('is open for longer when what was on its way has a longer 429', () => {
    const { breakers, told } = newBreakers()
    open(breakers)
    const trouble = { status: 429, reason: 'too many', afterMs: MINUTE }
    breakers.failed('shop', trouble)
    expect(told[1]).toEqual(['opened', 'shop', trouble, MINUTE])
    expect(breakers.admit('shop')).toEqual({ waitMs: MINUTE + 5, reason: 'too many' })
  })

  it('holds no other merchant back', () => {
    const { breakers, told } = newBreakers()
    open(breakers, 'shop-1')
    for (let failures = 0; failures < 4; failures += 1) breakers.failed('shop-2', outage)
    expect(breakers.admit('shop-1')).toBeDefined()
    expect(breakers.admit('shop-2')).toBeUndefined()
    breakers.succeeded('shop-2')
    expect(breakers.admit('shop-1')).toBeDefined()
    expect(told).toHaveLength(1)
  })

  it('is one of 10,000 at most: the merchant that nobody asked for longest is forgotten', () => {
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

describe('A breaker whose time is up', () => {
  it('lets one event go as a probe, and has the others look again in a second', () => {
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

  it('closes when the probe succeeds, and tells of it', () => {
    const { breakers, told } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    breakers.admit('shop')
    breakers.succeeded('shop')
    expect(told.slice(1)).toEqual([['closed', 'shop']])
    for (let events = 0; events < 10; events += 1) expect(breakers.admit('shop')).toBeUndefined()
    // It has forgotten how long it was open.
    open(breakers)
    expect(told[2]).toEqual(['opened', 'shop', outage, 5 * SECOND])
  })

  it.each([
    [0.5, [5, 10, 20, 40, 80, 160, 300, 300, 300]],
    [0, [3.75, 7.5, 15, 30, 60, 120, 225, 225, 225]],
    [1 - 2 ** -53, [6.25, 12.5, 25, 50, 100, 200, 375, 375, 375]]
  ])(
    'opens for longer each time a probe fails, up to 5 minutes, with jitter: random %d',
    (random, seconds) => {
      jest.spyOn(Math, 'random').mockReturnValue(random)
      const { breakers, told } = newBreakers()
      open(breakers)
      while (told.length < seconds.length) {
        pass(6.25 * MINUTE)
        failProbe(breakers)
      }
      const forMs = told.map(([, , , ms]) => Math.round(Number(ms)))
      expect(forMs).toEqual(seconds.map((number) => number * SECOND))
    }
  )

  it('opens for as long as MAPI says when the probe has a 429, which does not lengthen later pauses', () => {
    const { breakers, told } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    failProbe(breakers, { status: 429, reason: 'too many', afterMs: 2000 })
    expect(told[1]?.[3]).toBe(2000)
    pass(2000)
    failProbe(breakers)
    expect(told[2]?.[3]).toBe(10 * SECOND)
  })

  it.each([undefined, 0])('opens for a second when the probe has a 429 in no time: %p', (afterMs) => {
    const { breakers, told } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    failProbe(breakers, { status: 429, reason: 'too many', afterMs })
    expect(told[1]?.[3]).toBe(SECOND)
    pass(SECOND)
    expect(breakers.admit('shop')).toBeUndefined()
  })

  it('lets the next one probe where a probe says nothing of the merchant', () => {
    const { breakers, told } = newBreakers()
    open(breakers)
    pass(5 * SECOND)
    breakers.admit('shop')
    breakers.ended('shop')
    expect(breakers.admit('shop')).toBeUndefined()
    expect(breakers.admit('shop')).toBeDefined()
    expect(told).toHaveLength(1)
  })

  it('lets another one probe where a probe has not come back after 30 seconds', () => {
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

describe('CircuitBreakers, whatever befalls their merchants', () => {
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

  it('have one probe at a time, waits that are short, and merchants that go again when their probe succeeds', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 100, size: 'max' }),
        fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true }),
        (steps, random) => {
          jest.spyOn(Math, 'random').mockReturnValue(random)
          jest.setSystemTime(START)
          /** Until when each merchant's breaker is open, where it is not closed. */
          const openUntil = new Map<string, number>()
          /** When each merchant's probe began that nobody has answered. */
          const probedAt = new Map<string, number>()
          const breakers = new CircuitBreakers({
            opened: (merchant, _trouble, forMs) => {
              expect(forMs).toBeGreaterThan(0)
              openUntil.set(merchant, Date.now() + forMs)
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
              else if (Date.now() < until || Date.now() < lost) {
                expect(waiting?.waitMs).toBeGreaterThan(0)
                expect(waiting?.waitMs).toBeLessThanOrEqual(LONGEST_ASKED_MS + SECOND + 5 * asked)
              } else {
                expect(waiting).toBeUndefined()
                probedAt.set(merchant, Date.now())
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
