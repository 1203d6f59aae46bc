import { findNotMapped, toNotMappedValues } from '../host/not-mapped'
import type { FriendbuySubscription } from '../host/subscriptions'
import type { QueuedEvent } from './job-data'
import type { WorkerLogger } from './logger'
import type { Metrics } from './metrics'

/** Names of one merchant that are looked at: a shop may put anything into a name, such as an ID. */
const MAX_NAMES_OF_MERCHANT = 50

/** Names of all merchants that are remembered: some megabytes. */
const MAX_NAMES = 100_000

/**
 * Reports the values of delivered events that no mapping reads: in metrics, in a line per event at debug level, and in
 * a warning for each name of a merchant that may be a misspelling.
 */
export class NotMappedReport {
  readonly #logger: WorkerLogger
  readonly #metrics: Pick<Metrics, 'notMapped'>
  /** Names that were looked at, by merchant. */
  readonly #known = new Map<string, Set<string>>()
  #names = 0

  constructor(logger: WorkerLogger, metrics: Pick<Metrics, 'notMapped'>) {
    this.#logger = logger
    this.#metrics = metrics
  }

  /** @param matching subscriptions that match the event */
  add({ merchant, event }: QueuedEvent, matching: readonly FriendbuySubscription[]): void {
    const names = findNotMapped(event, matching)
    if (names.length === 0) return
    const { messageId } = event
    this.#metrics.notMapped(merchant, names.length)
    this.#logger.debug?.({ event: 'values_not_mapped', merchant, messageId, names }, 'values not mapped')
    const fresh = names.filter((name) => this.#isNew(merchant, name))
    for (const { name, suggestion } of toNotMappedValues(fresh, matching)) {
      if (suggestion === undefined) continue
      this.#logger.warn(
        { event: 'misspelling_suspected', merchant, messageId, name, suggestion },
        'no mapping reads a value whose name may be a misspelling'
      )
    }
  }

  #isNew(merchant: string, name: string): boolean {
    const known = this.#known.get(merchant) ?? new Set()
    if (known.has(name) || known.size >= MAX_NAMES_OF_MERCHANT || this.#names >= MAX_NAMES) return false
    this.#known.set(merchant, known.add(name))
    this.#names += 1
    return true
  }
}
