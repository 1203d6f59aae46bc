import { actions } from '../actions'
import type { Outcome } from '../pipeline/create-sender'
import type { EventLine } from '../pipeline/read-events'

/** What became of the lines of a file, in numbers. */
export class Tally {
  events = 0
  failed = 0
  #notSent = 0
  readonly #delivered = new Map<string, number>()

  count(read: EventLine, outcomes: readonly Outcome[]): void {
    this.events += 1
    if ('problem' in read) this.failed += 1
    else if (outcomes.length === 0) this.#notSent += 1
    for (const { action, error } of outcomes) {
      const { title } = actions[action]
      if (error === undefined) this.#delivered.set(title, (this.#delivered.get(title) ?? 0) + 1)
      else this.failed += 1
    }
  }

  /** `12 events: 8 delivered (Track Customer 2, Track Purchase 6), 3 failed, 1 not sent` */
  describe(): string {
    const byAction = [...this.#delivered].map(([title, count]) => `${title} ${count}`).join(', ')
    const delivered = [...this.#delivered.values()].reduce((sum, count) => sum + count, 0)
    return `${this.events} events: ${delivered} delivered${byAction && ` (${byAction})`}, ${this.failed} failed, ${this.#notSent} not sent`
  }
}
