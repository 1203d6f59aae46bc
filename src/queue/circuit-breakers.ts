import { LRUCache } from 'lru-cache'

/** What a merchant's events failed with. */
export interface MerchantFailure {
  /** MAPI's status, where there is one. */
  status?: number
  reason: string
  /** How long MAPI wants to be left alone, in milliseconds. */
  afterMs?: number
  /** Whether MAPI has refused the credentials: no other event fares better. */
  isUnauthorized?: boolean
}

/** Is told when a merchant's events begin to wait, and when they go again. */
export interface BreakerListener {
  opened: (merchant: string, trouble: MerchantFailure, forMs: number) => void
  closed: (merchant: string) => void
}

interface Breaker {
  /** Failures in a row. */
  failures: number
  /** How often in a row it has opened. */
  opened: number
  /** Until when no event goes; 0 while it is closed. */
  openUntil: number
  /** Until when the probe may take. */
  probeUntil: number
  /** When the event that was put off last comes again. */
  lastSlot: number
  reason: string
}

/** So many failures in a row open a breaker: one lost answer says nothing of a merchant. */
const FAILURES = 5

/** How long a breaker is open at first, and at most, in milliseconds. It doubles in between. */
const FIRST_OPEN_MS = 5000
const LONGEST_OPEN_MS = 5 * 60_000

/**
 * How long at least after a 429, in milliseconds: MAPI may not say, or name a time that has passed by the clock here,
 * and whoever asks again at once is told the same.
 */
const RATE_LIMITED_MS = 1000

/** The longest that MAPI is left alone because it says so, in milliseconds: a date far away must not hold a merchant. */
export const LONGEST_ASKED_MS = 60 * 60_000

/** A probe that has not come back by then is given up, in milliseconds: longer than a call of MAPI takes. */
const PROBE_MS = 30_000

/** When to look again while a probe is under way, in milliseconds. */
const WHILE_PROBING_MS = 1000

/** Events that were put off come again with this between them, in milliseconds: not all at once, nor to the same wall. */
const SPACING_MS = 5

/** This many merchants are watched at once; one that is forgotten counts as well. */
const MOST_MERCHANTS = 10_000

/**
 * Circuit breakers, one for each merchant: where MAPI refuses or fails one merchant's events, these wait and all
 * others go on. When the time is up, one event goes as a probe; it closes the breaker, or opens it for longer.
 */
export class CircuitBreakers {
  readonly #breakers = new LRUCache<string, Breaker>({ max: MOST_MERCHANTS })
  readonly #listener: BreakerListener

  constructor(listener: BreakerListener) {
    this.#listener = listener
  }

  /**
   * Asks to send an event of a merchant. Who may send has to say how it went, by `succeeded`, `failed` or `ended`.
   *
   * @returns undefined where it may go; else how long it has to wait, in milliseconds, and for what
   */
  admit(merchant: string): { waitMs: number; reason: string } | undefined {
    const breaker = this.#breakers.get(merchant)
    if (!breaker || breaker.openUntil === 0) return undefined
    const now = Date.now()
    const isProbing = now < breaker.probeUntil
    if (now >= breaker.openUntil && !isProbing) {
      breaker.probeUntil = now + PROBE_MS
      return undefined
    }
    const from = isProbing ? now + WHILE_PROBING_MS : breaker.openUntil
    breaker.lastSlot = Math.max(breaker.lastSlot, from) + SPACING_MS
    return { waitMs: breaker.lastSlot - now, reason: breaker.reason }
  }

  /** MAPI took an event of the merchant. */
  succeeded(merchant: string): void {
    const breaker = this.#breakers.get(merchant)
    // What was on its way when the breaker opened has nothing new to say.
    if (!breaker || Date.now() < breaker.openUntil) return
    this.#breakers.delete(merchant)
    if (breaker.openUntil > 0) this.#listener.closed(merchant)
  }

  /** An event of the merchant failed in a way that others may share. */
  failed(merchant: string, trouble: MerchantFailure): void {
    const breaker = this.#breakers.get(merchant) ?? {
      failures: 0,
      opened: 0,
      openUntil: 0,
      probeUntil: 0,
      lastSlot: 0,
      reason: ''
    }
    const now = Date.now()
    const askedMs = Math.min(LONGEST_ASKED_MS, trouble.afterMs ?? 0)
    const wasOpen = breaker.openUntil > 0
    breaker.reason = trouble.reason
    breaker.failures += 1
    this.#breakers.set(merchant, breaker)
    if (trouble.status === 429) {
      const until = now + Math.max(RATE_LIMITED_MS, askedMs)
      if (until > breaker.openUntil) this.#open(merchant, breaker, trouble, until)
      return
    }
    if (now < breaker.openUntil) return
    if (!wasOpen && !trouble.isUnauthorized && breaker.failures < FAILURES) return
    const forMs = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** breaker.opened)
    breaker.opened += 1
    // The workers of a merchant do not all probe at once.
    const jittered = forMs * (0.75 + Math.random() / 2)
    this.#open(merchant, breaker, trouble, now + Math.max(jittered, askedMs))
  }

  /** An event of the merchant came to its end without a word of MAPI's on the merchant. */
  ended(merchant: string): void {
    const breaker = this.#breakers.get(merchant)
    if (breaker) breaker.probeUntil = 0
  }

  #open(merchant: string, breaker: Breaker, trouble: MerchantFailure, until: number) {
    breaker.openUntil = until
    breaker.probeUntil = 0
    this.#listener.opened(merchant, trouble, until - Date.now())
  }
}
