import { setTimeout as delay } from 'node:timers/promises'

/** What a 429 leaves of the rate at which it came. */
const BACK_OFF = 0.7

/** How much the learned ceiling grows in a second without a 429. */
const GROWTH = 1.1

/** How long everything waits after a 429 that does not say, in milliseconds. */
const PAUSE_MS = 1000

/** The least that a ceiling is learned to be, in calls a second. */
const LEAST_PER_SECOND = 1

/**
 * Holds calls back to a rate: that which it is told, and below that a ceiling that it learns from MAPI's 429s and
 * lifts again while none comes.
 */
export class RateLimit {
  readonly #perSecond: number
  #ceiling = Infinity
  #ceilingSetAt = 0
  #nextAt = 0
  #second = { from: 0, calls: 0, before: 0 }

  /** @param perSecond calls a second at most; default: as many as there are */
  constructor(perSecond = Infinity) {
    this.#perSecond = perSecond
  }

  /** The rate that is in force, in calls a second. */
  get perSecond(): number {
    return Math.min(this.#perSecond, this.#learned())
  }

  /**
   * Resolves when the next call may be made.
   *
   * @throws AbortError when the signal aborts the wait
   */
  async take(signal?: AbortSignal): Promise<void> {
    const now = Date.now()
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + 1000 / this.perSecond
    if (at > now) await delay(at - now, undefined, { signal })
    this.#count()
  }

  /** Learns from a 429: everything waits as long as it says, and then goes slower than it went. */
  learn(retryAfterMs = PAUSE_MS): void {
    const now = Date.now()
    const measured = Math.max(this.#second.calls, this.#second.before)
    this.#ceiling = Math.max(LEAST_PER_SECOND, Math.min(this.#learned(), measured) * BACK_OFF)
    this.#ceilingSetAt = now
    this.#nextAt = Math.max(this.#nextAt, now + retryAfterMs)
  }

  #learned() {
    return this.#ceiling * GROWTH ** ((Date.now() - this.#ceilingSetAt) / 1000)
  }

  #count() {
    const from = Math.floor(Date.now() / 1000)
    const { from: current, calls } = this.#second
    if (from === current) this.#second.calls += 1
    else this.#second = { from, calls: 1, before: from === current + 1 ? calls : 0 }
  }
}
