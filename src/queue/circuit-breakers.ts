import { LRUCache } from 'lru-cache'

/** A failure of a merchant's event that other events of the merchant may share. */
export interface MerchantFailure {
  /** MAPI's status; missing without one. */
  status?: number
  reason: string
  /** MAPI's Retry-After, in milliseconds. */
  afterMs?: number
  /** Set if MAPI refused the credentials: no other event will fare better. */
  isUnauthorized?: boolean
}

/** Called when a merchant's circuit opens or closes. */
export interface BreakerListener {
  /** @param isExtended true if it was open: each event in flight may get a 429 of its own */
  opened: (merchant: string, failure: MerchantFailure, forMs: number, isExtended: boolean) => void
  closed: (merchant: string) => void
}

/** Options of the circuit breakers. Times are in milliseconds. */
export interface BreakerOptions {
  /**
   * Consecutive failures before the circuit opens. One failure alone proves nothing.
   *
   * @default 5
   */
  failures?: number
  /**
   * Duration of the first opening. Each further one in a row takes twice as long.
   *
   * @default 5000
   */
  firstOpenMs?: number
  /**
   * Maximum duration of an opening, unless MAPI's Retry-After is longer.
   *
   * @default 300000
   */
  longestOpenMs?: number
  /**
   * Minimum duration of an opening after a 429. MAPI may send no Retry-After, or a time in the past.
   *
   * @default 1000
   */
  rateLimitedMs?: number
  /**
   * Time after which a probe without a result no longer holds back the next one; longer than an attempt takes.
   *
   * @default 30000
   */
  probeMs?: number
  /**
   * Delay of events that arrive during a probe.
   *
   * @default 1000
   */
  whileProbingMs?: number
  /**
   * Interval between delayed events of a merchant, so that they don't all return at once.
   *
   * @default 5
   */
  spacingMs?: number
  /**
   * Maximum number of merchants watched. The least recently used is forgotten.
   *
   * @default 10000
   */
  maxMerchants?: number
}

const DEFAULTS: Required<BreakerOptions> = {
  failures: 5,
  firstOpenMs: 5000,
  longestOpenMs: 5 * 60_000,
  rateLimitedMs: 1000,
  probeMs: 30_000,
  whileProbingMs: 1000,
  spacingMs: 5,
  maxMerchants: 10_000
}

/** Time after an opening without an attempt, in milliseconds, until the merchant no longer counts as paused. */
const IDLE_MS = 60_000

/** Maximum Retry-After honored, in milliseconds: a date far in the future must not stop a merchant. */
export const LONGEST_RETRY_AFTER_MS = 60 * 60_000

/** State of one merchant's circuit. Times are those of the monotonic clock. */
interface Breaker {
  consecutiveFailures: number
  consecutiveOpenings: number
  /** End of the current opening; 0 while closed. */
  openUntil: number
  /** Start of the first opening in a row. */
  openedAt: number
  /** Time until which a probe is in flight. */
  probeUntil: number
  /** Time at which the last delayed event returns. */
  lastReturnAt: number
  reason: string
}

/** A merchant whose circuit is open. */
export interface PausedMerchant {
  merchant: string
  /** Time since the circuit opened, in milliseconds. */
  forMs: number
}

/**
 * One circuit breaker per merchant. While MAPI fails or refuses a merchant's events, they are delayed, and the events
 * of others continue. After that, one event goes as a probe: it closes the circuit, or opens it for longer.
 */
export class CircuitBreakers {
  readonly #breakers: LRUCache<string, Breaker>
  readonly #listener: BreakerListener
  readonly #options: Required<BreakerOptions>

  constructor(listener: BreakerListener, options: BreakerOptions = {}) {
    this.#listener = listener
    this.#options = { ...DEFAULTS, ...options }
    this.#breakers = new LRUCache({ max: this.#options.maxMerchants })
  }

  /**
   * Asks to attempt an event of a merchant. The result of an admitted attempt must be reported by `succeeded`, `failed`
   * or `ended`.
   *
   * @returns undefined if admitted; else the delay in milliseconds, and its reason
   */
  admit(merchant: string): { waitMs: number; reason: string } | undefined {
    const breaker = this.#breakers.get(merchant)
    if (!breaker || breaker.openUntil === 0) return undefined
    const { probeMs, whileProbingMs, spacingMs } = this.#options
    const now = performance.now()
    const isProbing = now < breaker.probeUntil
    if (now >= breaker.openUntil && !isProbing) {
      breaker.probeUntil = now + probeMs
      return undefined
    }
    const from = isProbing ? now + whileProbingMs : breaker.openUntil
    breaker.lastReturnAt = Math.max(breaker.lastReturnAt, from) + spacingMs
    return { waitMs: breaker.lastReturnAt - now, reason: breaker.reason }
  }

  /** MAPI accepted an event of the merchant. */
  succeeded(merchant: string): void {
    const breaker = this.#breakers.get(merchant)
    // An attempt that began before the circuit opened proves nothing.
    if (!breaker || performance.now() < breaker.openUntil) return
    this.#breakers.delete(merchant)
    if (breaker.openUntil > 0) this.#listener.closed(merchant)
  }

  /** An event of the merchant failed in a way that others may share. */
  failed(merchant: string, failure: MerchantFailure): void {
    const { failures, firstOpenMs, longestOpenMs, rateLimitedMs } = this.#options
    const breaker = this.#breakers.get(merchant) ?? newBreaker()
    const now = performance.now()
    const askedMs = Math.min(LONGEST_RETRY_AFTER_MS, failure.afterMs ?? 0)
    const wasOpen = breaker.openUntil > 0
    breaker.reason = failure.reason
    breaker.consecutiveFailures += 1
    this.#breakers.set(merchant, breaker)
    if (failure.status === 429) {
      const forMs = Math.max(rateLimitedMs, askedMs)
      if (now + forMs > breaker.openUntil) this.#open(merchant, breaker, failure, forMs)
      return
    }
    if (now < breaker.openUntil) return
    if (!wasOpen && !failure.isUnauthorized && breaker.consecutiveFailures < failures) return
    const forMs = Math.min(longestOpenMs, firstOpenMs * 2 ** breaker.consecutiveOpenings)
    breaker.consecutiveOpenings += 1
    // Jitter keeps the workers of a merchant from probing at once.
    this.#open(merchant, breaker, failure, Math.max(forMs * (0.75 + Math.random() / 2), askedMs))
  }

  /** An attempt ended without telling anything about the merchant. */
  ended(merchant: string): void {
    const breaker = this.#breakers.get(merchant)
    if (breaker) breaker.probeUntil = 0
  }

  /**
   * Merchants whose circuits are open. One without an attempt for a minute after its opening has no events left in this
   * worker, and is not among them.
   */
  paused(): PausedMerchant[] {
    const now = performance.now()
    return [...this.#breakers.entries()]
      .filter(([, { openUntil }]) => openUntil > 0 && now < openUntil + IDLE_MS)
      .map(([merchant, { openedAt }]) => ({ merchant, forMs: now - openedAt }))
  }

  #open(merchant: string, breaker: Breaker, failure: MerchantFailure, forMs: number) {
    const now = performance.now()
    const isExtended = now < breaker.openUntil
    if (breaker.openUntil === 0) breaker.openedAt = now
    breaker.openUntil = now + forMs
    breaker.probeUntil = 0
    this.#listener.opened(merchant, failure, forMs, isExtended)
  }
}

const newBreaker = (): Breaker => ({
  consecutiveFailures: 0,
  consecutiveOpenings: 0,
  openUntil: 0,
  openedAt: 0,
  probeUntil: 0,
  lastReturnAt: 0,
  reason: ''
})
