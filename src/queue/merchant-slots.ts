/** Options of the merchant slots. */
export interface MerchantSlotsOptions {
  /** Maximum number of a merchant's events in flight. */
  perMerchant: number
}

/** A granted slot, or the delay after which to ask again. */
export type SlotResult = { release: () => void } | { delayMs: number }

/**
 * Average interval between a merchant's free slots, in milliseconds, above which its events don't wait in the worker:
 * they would keep its other slots from everyone else.
 */
const SLOW_TURN_MS = 20

/** Maximum wait in the worker, in milliseconds. */
const MAX_WAIT_MS = 500

/** Interval between the events of a slow merchant that return to the worker, in milliseconds. */
const SPACING_MS = 10

/** Weight of the latest duration in the moving average. */
const WEIGHT = 0.2

/** State of a merchant with events in flight. Times are those of the monotonic clock. */
interface MerchantState {
  inFlight: number
  /** Moving average of the durations, in milliseconds. */
  averageMs: number
  /** Set after a wait in the worker was in vain, until a slot is released in time. */
  isStuck: boolean
  /** Time at which the last delayed event returns. */
  lastReturnAt: number
  waiting: Set<() => void>
}

/**
 * Bounds the events in flight of each merchant within a worker. Events beyond the bound of a fast merchant wait in the
 * worker for a few milliseconds, so that a large backlog costs nothing; those of a slow one are delayed in Redis, so
 * that it leaves the rest of the worker to others.
 */
export class MerchantSlots {
  readonly #merchants = new Map<string, MerchantState>()
  readonly #perMerchant: number

  constructor({ perMerchant }: MerchantSlotsOptions) {
    this.#perMerchant = perMerchant
  }

  /** Asks for a slot. A granted one must be released. */
  async acquire(merchant: string): Promise<SlotResult> {
    const state = this.#merchants.get(merchant) ?? newState()
    this.#merchants.set(merchant, state)
    if (state.inFlight < this.#perMerchant) return this.#grant(merchant, state)
    const isSlow = state.isStuck || state.averageMs > SLOW_TURN_MS * this.#perMerchant
    if (!isSlow && (await waitForTurn(state))) return this.#grant(merchant, state, true)
    const now = performance.now()
    state.lastReturnAt = Math.max(state.lastReturnAt, now) + SPACING_MS
    return { delayMs: state.lastReturnAt - now }
  }

  /** @param isHandedOver set if the slot was in flight already, as another event's */
  #grant(merchant: string, state: MerchantState, isHandedOver = false): SlotResult {
    if (!isHandedOver) state.inFlight += 1
    const startedAt = performance.now()
    return {
      release: () => {
        const durationMs = performance.now() - startedAt
        state.averageMs += WEIGHT * (durationMs - state.averageMs)
        state.isStuck &&= durationMs > MAX_WAIT_MS
        const [next] = state.waiting
        if (next) {
          next()
          return
        }
        state.inFlight -= 1
        if (state.inFlight === 0) this.#merchants.delete(merchant)
      }
    }
  }
}

/** Waits for another event of the merchant to hand over its slot; resolves with false if none does in time. */
const waitForTurn = (state: MerchantState): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (isGranted: boolean) => {
      clearTimeout(timer)
      state.waiting.delete(grant)
      resolve(isGranted)
    }
    const grant = () => {
      end(true)
    }
    const timer = setTimeout(() => {
      state.isStuck = true
      end(false)
    }, MAX_WAIT_MS)
    state.waiting.add(grant)
  })

const newState = (): MerchantState => ({
  inFlight: 0,
  averageMs: 0,
  isStuck: false,
  lastReturnAt: 0,
  waiting: new Set()
})
