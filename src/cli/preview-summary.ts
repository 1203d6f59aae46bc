import { type ActionKey, actions } from '../cloud/actions'
import type { SkipReason } from '../backfill/time-range'
import type { EventLine } from '../events/read-events'
import { countNames, type NameCounts, type NotMappedValue } from '../host/not-mapped'
import type { EventPreview } from '../host/preview'
import type { FriendbuySubscription } from '../host/subscriptions'
import { toOneLine } from '../messages'
import { describeFailedFields, describeNotMapped, describeSkipped, eventTitle } from './describe'
import { toErrorKind } from './error-limit'
import { bad, colors, good, outputWidth, plural, wrap } from './output'
import { toPlace } from './place'

/** Maximum number of event names with counts of their own. */
const MAX_TITLES = 200

const OTHER_TITLES = 'other names'
const INVALID = 'not events'

/** Counts of an action. */
interface ActionSummary {
  sent: number
  failed: number
  errors: ErrorCounts
  dropped: NameCounts
}

/** Counts of the events with one name. */
interface EventSummary {
  events: number
  unmatched: number
  /** Reasons why no subscription matches the event. */
  reasons: NameCounts
  /** Reasons why lines are not events. */
  errors: ErrorCounts
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
  /** Subscriptions that the previews are of, in their order. */
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
    if ('error' in line) summary.errors.add(line.error, () => toPlace(line))
    else if (previews.length === 0) {
      summary.unmatched += 1
      countNames(summary.reasons, [hint])
    }
    for (const [index, preview] of previews.entries()) {
      countPreview(summary.actions, preview, () => toFailedPlace(line, preview, subscriptions[index]))
    }
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

  /** Describes the total, in lines of text. */
  describeTotal(): string[] {
    const counts = [
      `${plural(this.events, 'event')}: ${good(this.#sent, 'would be sent')}`,
      bad(this.#failed, 'would fail'),
      `${this.#unmatched} unmatched`,
      ...(Object.keys(this.#skipped).length > 0 ? [describeSkipped(this.#skipped)] : [])
    ]
    return wrap(counts.join(', '), outputWidth(), 2)
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
        [...this.#byTitle].map(([title, summary]) => [title, toJsonSummary(summary)])
      )
    }
  }

  #of(title: string): EventSummary {
    const key = this.#byTitle.has(title) || this.#byTitle.size < MAX_TITLES ? title : OTHER_TITLES
    const summary = this.#byTitle.get(key) ?? {
      events: 0,
      unmatched: 0,
      reasons: newCounts(),
      errors: new ErrorCounts(),
      actions: new Map<ActionKey, ActionSummary>(),
      notMapped: newCounts(),
      subscriptions: new Set<FriendbuySubscription>()
    }
    this.#byTitle.set(key, summary)
    return summary
  }
}

/** Maximum number of kinds of errors that are counted one by one. */
const MAX_KINDS = 200

/** Counts of errors by their kind, each with its first one. */
class ErrorCounts {
  readonly #kinds = new Map<string, { count: number; message: string; place: string }>()
  #others = 0

  /** Counts an error. `toFirstPlace` describes where it is. */
  add(message: string, toFirstPlace: () => string): void {
    const kind = toErrorKind(message)
    const known = this.#kinds.get(kind)
    if (known) known.count += 1
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(kind, { count: 1, message, place: toFirstPlace() })
    else this.#others += 1
  }

  /** Returns the number of errors by the first message of their kind. */
  toCounts(): NameCounts {
    const counts = [...this.#kinds.values()].map(({ count, message }) => [message, count])
    return { names: Object.fromEntries(counts) as Record<string, number>, others: this.#others }
  }

  /** Describes the errors, most frequent first, each with the place of the first one, in lines of text. */
  describe(indent: string, total: number): string[] {
    const sorted = [...this.#kinds.values()].sort((one, other) => other.count - one.count)
    const rest = sorted.slice(MAX_LISTED).reduce((sum, { count }) => sum + count, this.#others)
    return [
      ...sorted
        .slice(0, MAX_LISTED)
        .flatMap(({ count, message, place }) => [
          ...wrapReason(
            `${indent}failed: ${count === total ? '' : `${count} × `}${toOneLine(message)}`,
            indent
          ),
          ...wrapReason(`${indent}  ${count === 1 ? 'at' : 'first at'} ${place}`, `${indent}  `)
        ]),
      ...(rest > 0 ? [`${indent}failed: ${rest} × other reasons`] : [])
    ].map(colors.red)
  }
}

/** Describes where a preview fails: the place of its line, and the fields that the error is about. */
const toFailedPlace = (
  line: EventLine,
  { error }: ActionPreview,
  subscription: FriendbuySubscription | undefined
) => {
  const fields = 'event' in line ? describeFailedFields(error?.message, line.event, subscription) : []
  return [toPlace(line), ...(fields.length > 0 ? [fields.join(', ')] : [])].join(': ')
}

const countPreview = (
  byAction: Map<ActionKey, ActionSummary>,
  { action, dropped, error }: ActionPreview,
  toFirstPlace: () => string
) => {
  const counts = byAction.get(action) ?? {
    sent: 0,
    failed: 0,
    errors: new ErrorCounts(),
    dropped: newCounts()
  }
  byAction.set(action, counts)
  if (error) {
    counts.failed += 1
    counts.errors.add(error.message, toFirstPlace)
  } else {
    counts.sent += 1
    // Each name once, of however many products.
    const names = dropped.map(({ name, reason }) => `${name.replace(/\[\d+\]/g, '[]')} (${reason})`)
    countNames(counts.dropped, [...new Set(names)])
  }
}

const toJsonSummary = (summary: EventSummary) => {
  const { events, unmatched, reasons, errors, actions: byAction, notMapped } = summary
  return {
    events,
    unmatched,
    reasons: unmatched > 0 ? reasons : errors.toCounts(),
    actions: Object.fromEntries(
      [...byAction].map(([action, counts]) => [action, { ...counts, errors: counts.errors.toCounts() }])
    ),
    notMapped
  }
}

const describeEvents = (title: string, summary: EventSummary): string[] => {
  const { events, unmatched, reasons, errors, actions: byAction, notMapped, subscriptions } = summary
  const isInvalid = unmatched === 0 && byAction.size === 0
  return [
    `${colors.bold(toOneLine(title))}: ${plural(events, isInvalid ? 'line' : 'event')}`,
    ...errors.describe('  ', events),
    ...(unmatched > 0 ? describeCounts('unmatched', reasons, '  ', events).map(colors.dim) : []),
    ...[...byAction].flatMap(([action, counts]) => [
      `  ${colors.cyan(actions[action].title)}: ${[
        good(counts.sent, 'would be sent'),
        ...(counts.failed > 0 ? [bad(counts.failed, 'would fail')] : [])
      ].join(', ')}`,
      ...counts.errors.describe('    ', counts.failed),
      ...describeCounts('dropped', counts.dropped, '    ').map(colors.yellow)
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
  ].flatMap((text) => wrapReason(`${indent}${label}: ${text}`, indent))
}

const wrapReason = (text: string, indent: string) => wrap(text, outputWidth(), indent.length + 2)
