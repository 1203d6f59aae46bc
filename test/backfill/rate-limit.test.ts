import { RateLimit } from '../../src/backfill/rate-limit'

const NOW = 10_000

let now = NOW

// A wait advances the clock and takes no time.
jest.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, _value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    if (signal) {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'))
        })
      })
    }
    now += ms
    return Promise.resolve()
  }
}))

beforeEach(() => {
  now = NOW
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})

afterEach(() => {
  jest.restoreAllMocks()
})

/** Takes calls one after the other, and returns when each was allowed, in ms from the start. */
const take = async (rate: RateLimit, calls: number) => {
  const at: number[] = []
  for (let call = 0; call < calls; call += 1) {
    await rate.take()
    at.push(now - NOW)
  }
  return at
}

describe('RateLimit', () => {
  it('spaces calls evenly at the given rate', async () => {
    expect(await take(new RateLimit(10), 5)).toEqual([0, 100, 200, 300, 400])
  })

  it('does not delay calls without a rate', async () => {
    expect(await take(new RateLimit(), 5)).toEqual([0, 0, 0, 0, 0])
  })

  it('pauses all calls for Retry-After after a 429, and then continues at a lower rate', async () => {
    const rate = new RateLimit(10)
    await take(rate, 10)
    rate.learn(3000)
    expect(rate.perSecond).toBeCloseTo(7)
    const [next] = await take(rate, 1)
    expect(next).toBe(900 + 3000)
  })

  it.each([undefined, 0, 10])(
    'pauses for a second at least after a 429 with a Retry-After of %s',
    async (ms) => {
      const rate = new RateLimit()
      await take(rate, 100)
      rate.learn(ms)
      expect(await take(rate, 1)).toEqual([1000])
    }
  )

  it('speeds up while there is no 429, up to the given rate', async () => {
    const rate = new RateLimit(10)
    await take(rate, 10)
    rate.learn(0)
    const slow = rate.perSecond
    now += 5000
    expect(rate.perSecond).toBeGreaterThan(slow)
    now += 60_000
    expect(rate.perSecond).toBe(10)
  })

  it('never learns less than one call per second', () => {
    const rate = new RateLimit()
    for (let times = 0; times < 50; times += 1) {
      rate.learn(0)
      now += 1000
    }
    rate.learn(0)
    expect(rate.perSecond).toBe(1)
  })

  it('slows down once for the 429s of calls that were in flight together', async () => {
    const rate = new RateLimit(10)
    await take(rate, 10)
    for (let call = 0; call < 20; call += 1) rate.learn(0)
    expect(rate.perSecond).toBeCloseTo(7)
  })

  it('waits for the longest Retry-After of a burst', async () => {
    const rate = new RateLimit(10)
    await take(rate, 10)
    for (const ms of [1000, 5000, 2000]) rate.learn(ms)
    expect(await take(rate, 1)).toEqual([900 + 5000])
  })

  it('pauses calls that were waiting for their turn', async () => {
    const rate = new RateLimit(10)
    await take(rate, 1)
    const waiting = take(rate, 1)
    rate.learn(3000)
    expect(await waiting).toEqual([100 + 3000])
  })

  it('rejects a wait when the signal aborts it', async () => {
    const rate = new RateLimit(1)
    await rate.take()
    const controller = new AbortController()
    const waiting = rate.take(controller.signal)
    controller.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })
})
