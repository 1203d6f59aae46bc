import { type ActionKey, actions } from '../cloud/actions'
import type { SkipReason } from '../backfill/time-range'
import type { EventLine } from '../events/read-events'
import { countNames, type NameCounts, type NotMappedValue } from '../host/not-mapped'
import type { EventPreview } from '../host/preview'
import type { FriendbuySubscription } from '../host/subscriptions'
import { toOneLine } from '../messages'
import { describeNotMapped, describeSkipped, eventTitle } from './describe'
import { bad, colors, good, outputWidth, plural, wrap } from './output'

/** Maximum number of event names with counts of their own. */
const MAX_TITLES = 200

const OTHER_TITLES = 'other names'
const INVALID = 'not events'

/** Counts of an action. */
interface ActionSummary {
  sent: number
  failed: number
  errors: NameCounts
  dropped: NameCounts
}

/** Counts of the events with one name. */
interface EventSummary {
  events: number
  unmatched: number
  /** Reason why no subscription matches the event, or why it is invalid, with the number of events. */
  reasons: NameCounts
  actions: Map<ActionKey, ActionSummary>
  notMapped: NameCounts
  /** Subscriptions that match these events. */
  subscriptions: Set<FriendbuySubscription>
}

/** Preview of an event at one action. */
export type ActionPreview = Omit<EventPreview, 'notMapped'>

/** Preview of one line of the input. */
export interface PreviewedLine {
  line: EventLine
  previews: readonly ActionPreview[]
  /** Values that no mapping reads. */
  notMapped: readonly NotMappedValue[]
  subscriptions: readonly FriendbuySubscription[]
  /** Reason why no subscription matches the event. */
  hint: string
}

const newCounts = (): NameCounts => ({ names: {}, others: 0 })

/** Counts the previews of a run by the name of the event. */
export class PreviewSummary {
  readonly #byTitle = new Map<string, EventSummary>()
  readonly #skipped: Partial<Record<SkipReason, number>> = {}
  #sent = 0
  #failed = 0
  #unmatched = 0

  /** Number of events and of lines that are not events, without the skipped ones. */
  get events(): number {
    return this.#sent + this.#failed + this.#unmatched
  }

  /** Number of events that would fail, and of lines that are not events. */
  get failed(): number {
    return this.#failed
  }

  /** Counts an event that is outside the time range. */
  skip(reason: SkipReason): void {
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1
  }

  /** Counts a line. */
  add({ line, previews, notMapped, subscriptions, hint }: PreviewedLine): void {
    const summary = this.#of('error' in line ? INVALID : eventTitle(line.event))
    summary.events += 1
    if ('error' in line || previews.some(({ error }) => error)) this.#failed += 1
    else if (previews.length > 0) this.#sent += 1
    else this.#unmatched += 1
    if ('error' in line) countNames(summary.reasons, [line.error])
    else if (previews.length === 0) {
      summary.unmatched += 1
      countNames(summary.reasons, [hint])
    }
    for (const preview of previews) countPreview(summary.actions, preview)
    countNames(
      summary.notMapped,
      notMapped.map(({ name }) => name)
    )
    for (const subscription of subscriptions) summary.subscriptions.add(subscription)
  }

  /** Describes the counts by event name, in lines of text. */
  describe(): string[] {
    return [...this.#byTitle]
      .sort(([, one], [, other]) => other.events - one.events)
      .flatMap(([title, summary]) => describeEvents(title, summary))
  }

  /** Describes the total, in one line. */
  describeTotal(): string {
    return [
      `${plural(this.events, 'event')}: ${good(this.#sent, 'would be sent')}`,
      bad(this.#failed, 'would fail'),
      `${this.#unmatched} unmatched`,
      ...(Object.keys(this.#skipped).length > 0 ? [describeSkipped(this.#skipped)] : [])
    ].join(', ')
  }

  /** Returns the counts as JSON output. */
  toJson(): object {
    return {
      events: this.events,
      sent: this.#sent,
      failed: this.#failed,
      unmatched: this.#unmatched,
      skipped: this.#skipped,
      byEvent: Object.fromEntries(
        [...this.#byTitle].map(([title, { events, unmatched, reasons, actions: byAction, notMapped }]) => [
          title,
          { events, unmatched, reasons, actions: Object.fromEntries(byAction), notMapped }
        ])
      )
    }
  }

  #of(title: string): EventSummary {
    const key = this.#byTitle.has(title) || this.#byTitle.size < MAX_TITLES ? title : OTHER_TITLES
    const summary = this.#byTitle.get(key) ?? {
      events: 0,
      unmatched: 0,
      reasons: newCounts(),
      actions: new Map<ActionKey, ActionSummary>(),
      notMapped: newCounts(),
      subscriptions: new Set<FriendbuySubscription>()
    }
    this.#byTitle.set(key, summary)
    return summary
  }
}

const countPreview = (byAction: Map<ActionKey, ActionSummary>, { action, dropped, error }: ActionPreview) => {
  const counts = byAction.get(action) ?? { sent: 0, failed: 0, errors: newCounts(), dropped: newCounts() }
  byAction.set(action, counts)
  if (error) {
    counts.failed += 1
    countNames(counts.errors, [error.message])
  } else {
    counts.sent += 1
    // Each name once, of however many products.
    const names = dropped.map(({ name, reason }) => `${name.replace(/\[\d+\]/g, '[]')} (${reason})`)
    countNames(counts.dropped, [...new Set(names)])
  }
}

const describeEvents = (title: string, summary: EventSummary): string[] => {
  const { events, unmatched, reasons, actions: byAction, notMapped, subscriptions } = summary
  const isInvalid = unmatched === 0 && Object.keys(reasons.names).length > 0
  return [
    `${colors.bold(toOneLine(title))}: ${plural(events, isInvalid ? 'line' : 'event')}`,
    ...(isInvalid ? describeCounts('failed', reasons, '  ', events).map(colors.red) : []),
    ...(unmatched > 0 ? describeCounts('unmatched', reasons, '  ', events).map(colors.dim) : []),
    ...[...byAction].flatMap(([action, { sent, failed, errors, dropped }]) => [
      `  ${colors.cyan(actions[action].title)}: ${[
        good(sent, 'would be sent'),
        ...(failed > 0 ? [bad(failed, 'would fail')] : [])
      ].join(', ')}`,
      ...describeCounts('failed', errors, '    ', failed).map(colors.red),
      ...describeCounts('dropped', dropped, '    ').map(colors.yellow)
    ]),
    ...describeNotMapped(notMapped, [...subscriptions], '  ')
  ]
}

/** Number of reasons that are listed; the summary is to stay short. */
const MAX_LISTED = 10

/** Describes reasons, most frequent first, one per line, with counts unless it is the only one. */
const describeCounts = (
  label: string,
  { names, others }: NameCounts,
  indent: string,
  total = Infinity
): string[] => {
  const sorted = Object.entries(names).sort(([, one], [, other]) => other - one)
  const rest = sorted.slice(MAX_LISTED).reduce((sum, [, times]) => sum + times, others)
  return [
    ...sorted
      .slice(0, MAX_LISTED)
      .map(([name, times]) => (times === total ? '' : `${times} × `) + toOneLine(name)),
    ...(rest > 0 ? [`${rest} × other reasons`] : [])
  ].flatMap((text) => wrap(`${indent}${label}: ${text}`, outputWidth(), indent.length + 2))
}
