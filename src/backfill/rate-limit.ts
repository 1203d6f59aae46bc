import { setTimeout as delay } from 'node:timers/promises'

/** Share of the measured rate that remains after a 429. */
const BACK_OFF = 0.7

/** Growth of the learned limit per second without a 429. */
const GROWTH = 1.1

/** Shortest pause of all calls after a 429, in milliseconds. */
const PAUSE_MS = 1000

/** Lowest limit that is learned, in calls per second. */
const MIN_PER_SECOND = 1

/**
 * Limits calls to a configured rate and, below that, to a limit that it learns from MAPI's 429s and raises again while
 * there are none.
 *
 * @example
 * const rate = new RateLimit(50)
 * await rate.take() // before each call
 */
export class RateLimit {
  readonly #perSecond: number
  #learned = Infinity
  #learnedAt = 0
  #nextAt = 0
  #pausedUntil = 0
  #second = { from: 0, calls: 0, before: 0 }

  /**
   * @param perSecond maximum number of calls per second
   * @default Infinity
   */
  constructor(perSecond = Infinity) {
    this.#perSecond = perSecond
  }

  /** Limit that currently applies, in calls per second. */
  get perSecond(): number {
    return Math.min(this.#perSecond, this.#currentlyLearned())
  }

  /**
   * Resolves when the next call may be made.
   *
   * @throws AbortError if the signal aborts the wait
   */
  async take(signal?: AbortSignal): Promise<void> {
    let at: number
    do {
      const now = performance.now()
      at = Math.max(now, this.#nextAt)
      this.#nextAt = at + 1000 / this.perSecond
      if (at > now) await delay(at - now, undefined, { signal })
      // A pause that began meanwhile is for this call too.
    } while (at < this.#pausedUntil)
    this.#count()
  }

  /**
   * Learns from a 429: all calls wait, and then continue at a lower rate. A burst of 429s lowers it once.
   *
   * @param retryAfterMs MAPI's Retry-After, in milliseconds; a second at least
   */
  learn(retryAfterMs = 0): void {
    const now = performance.now()
    // During a pause, 429s are of calls that were in flight with the first one: they say nothing new about the rate.
    if (now >= this.#pausedUntil) {
      const measured = Math.max(this.#second.calls, this.#second.before)
      this.#learned = Math.max(MIN_PER_SECOND, Math.min(this.#currentlyLearned(), measured) * BACK_OFF)
      this.#learnedAt = now
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.max(PAUSE_MS, retryAfterMs))
    this.#nextAt = Math.max(this.#nextAt, this.#pausedUntil)
  }

  #currentlyLearned() {
    return this.#learned * GROWTH ** ((performance.now() - this.#learnedAt) / 1000)
  }

  #count() {
    const from = Math.floor(performance.now() / 1000)
    const { from: current, calls } = this.#second
    if (from === current) this.#second.calls += 1
    else this.#second = { from, calls: 1, before: from === current + 1 ? calls : 0 }
  }
}
