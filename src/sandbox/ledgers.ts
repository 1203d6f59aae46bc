import type { CreditDetail, LedgerBalance, LedgerEntry } from '../mapi/contract/operations'
import { BoundedMap } from './bounded-map'
import { Refusal } from './refusal'
import { RingBuffer } from './ring-buffer'

/** A change of a ledger. */
export interface Change {
  value: number
  description: string
  sourceName?: string
  /** Time at which an addition expires, in milliseconds since 1970. */
  expiresAt?: number
}

interface Credit {
  amount: number
  remaining: number
  earnedAt: number
  expiresAt?: number
  redeemedAt?: number
  status: 'active' | 'expired' | 'redeemed'
}

/** Balance of a customer in one currency. */
export interface Ledger {
  readonly owner: string
  readonly currency: string
  readonly createdAt: number
  updatedAt: number
  total: number
  credits: Credit[]
  readonly entries: RingBuffer<LedgerEntry>
}

/** Floating-point sums such as 0.1 + 0.2 must not show. */
const round = (amount: number) => Math.round(amount * 1e6) / 1e6

/** Ledgers of one merchant, by owner and currency. */
export class Ledgers {
  readonly #ledgers: BoundedMap<string, Ledger>
  readonly #now: () => number
  readonly #cap: number
  readonly #keep: number

  constructor({ now, cap, keep }: { now: () => number; cap: number; keep: number }) {
    this.#ledgers = new BoundedMap(keep)
    this.#now = now
    this.#cap = cap
    this.#keep = keep
  }

  /** Finds a ledger, after what has expired. */
  find(owner: string, currency: string): Ledger | undefined {
    const ledger = this.#ledgers.get(toKey(owner, currency))
    if (ledger) this.#expire(ledger)
    return ledger
  }

  /** All ledgers of a currency, the oldest first. */
  ofCurrency(currency: string): Ledger[] {
    const ledgers = [...this.#ledgers.values()].filter((ledger) => ledger.currency === currency)
    for (const ledger of ledgers) this.#expire(ledger)
    return ledgers
  }

  /**
   * Adds to a ledger, which is created if it is missing.
   *
   * @throws Refusal for an amount beyond the cap or an expiry in the past
   */
  add(owner: string, currency: string, change: Change): Ledger {
    const now = this.#now()
    const { value, expiresAt } = change
    if (expiresAt !== undefined && !(expiresAt > now)) {
      throw new Refusal(422, 'expirationDate: expected a time in the future')
    }
    const found = this.find(owner, currency)
    const total = round((found?.total ?? 0) + value)
    if (total > this.#cap) throw new Refusal(422, `value: the balance would exceed the cap of ${this.#cap}`)
    const ledger = found ?? this.#create(owner, currency)
    ledger.total = total
    ledger.credits.push({ amount: value, remaining: value, earnedAt: now, expiresAt, status: 'active' })
    if (ledger.credits.length > 2 * this.#keep) ledger.credits = ledger.credits.slice(-this.#keep)
    this.#record(ledger, value, now, change)
    return ledger
  }

  /**
   * Takes from a ledger, the oldest credits first.
   *
   * @throws Refusal if there is too little
   */
  remove(owner: string, currency: string, change: Change): Ledger {
    const ledger = this.find(owner, currency)
    if (!ledger || ledger.total < change.value) {
      throw new Refusal(409, `Not enough ${currency}: the balance is ${ledger?.total ?? 0}`)
    }
    const now = this.#now()
    let left = change.value
    for (const credit of ledger.credits) {
      if (credit.status !== 'active' || left <= 0) continue
      const taken = Math.min(left, credit.remaining)
      credit.remaining = round(credit.remaining - taken)
      left = round(left - taken)
      if (credit.remaining > 0) continue
      credit.status = 'redeemed'
      credit.redeemedAt = now
    }
    ledger.total = round(ledger.total - change.value)
    this.#record(ledger, -change.value, now, change)
    return ledger
  }

  /** Forgets the ledgers of these owners. */
  forget(owners: ReadonlySet<string>): void {
    for (const [key, { owner }] of this.#ledgers) if (owners.has(owner)) this.#ledgers.delete(key)
  }

  #create(owner: string, currency: string): Ledger {
    const now = this.#now()
    const entries = new RingBuffer<LedgerEntry>(this.#keep)
    const ledger = { owner, currency, createdAt: now, updatedAt: now, total: 0, credits: [], entries }
    this.#ledgers.set(toKey(owner, currency), ledger)
    return ledger
  }

  #expire(ledger: Ledger): void {
    const now = this.#now()
    const expired = ledger.credits
      .filter(({ status, expiresAt = Infinity }) => status === 'active' && expiresAt <= now)
      .sort((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0))
    for (const credit of expired) {
      const { remaining, expiresAt = now } = credit
      credit.status = 'expired'
      credit.remaining = 0
      ledger.total = round(ledger.total - remaining)
      this.#record(ledger, -remaining, expiresAt, { description: 'Expired' })
    }
  }

  #record(ledger: Ledger, value: number, at: number, change: Pick<Change, 'description' | 'sourceName'>) {
    const { owner, currency, total } = ledger
    const { description, sourceName } = change
    ledger.updatedAt = at
    ledger.entries.push({
      customerId: owner,
      currency,
      total,
      value,
      createdOn: toIso(at),
      description,
      sourceName
    })
  }
}

const toKey = (owner: string, currency: string) => JSON.stringify([owner, currency])

const toIso = (at: number) => new Date(at).toISOString()

/** Time at which the next credit of a ledger expires. */
export const nextExpiry = ({ credits }: Ledger): number | undefined => {
  const times = credits.flatMap(({ status, expiresAt }) =>
    status === 'active' && expiresAt !== undefined ? [expiresAt] : []
  )
  return times.length > 0 ? Math.min(...times) : undefined
}

/** MAPI's balance of a ledger. */
export const toBalance = (ledger: Ledger): LedgerBalance => {
  const { currency, total, createdAt, credits } = ledger
  const expiresAt = nextExpiry(ledger)
  return {
    currency,
    total,
    createdOn: toIso(createdAt),
    expirationDate: expiresAt === undefined ? undefined : toIso(expiresAt),
    creditDetails: credits.map(toCreditDetail)
  }
}

const toCreditDetail = ({ amount, earnedAt, expiresAt, redeemedAt, status }: Credit): CreditDetail => ({
  amount,
  earnedOn: toIso(earnedAt),
  expireOn: expiresAt === undefined ? undefined : toIso(expiresAt),
  redeemedOn: redeemedAt === undefined ? undefined : toIso(redeemedAt),
  status
})
