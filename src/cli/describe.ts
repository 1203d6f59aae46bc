import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { toOneLine } from '../messages'
import type { EventLine } from '../events/read-events'
import { type FinalOutcome, toFingerprint } from '../backfill/send-events'
import { countDelivered, countFailed, countSkipped, type Tally } from '../backfill/tally'
import { findFailedFields } from '../host/failed-fields'
import { isFor } from '../host/in-process-host'
import { type NameCounts, type NotMappedValue, toNotMappedValues } from '../host/not-mapped'
import type { FriendbuySubscription } from '../host/subscriptions'
import { bad, colors, good, outputWidth, plural, toVisible, wrap } from './output'

/** Columns of the listing of a run, with their widths in characters: enough for the usual values. */
const COLUMNS = { line: 6, event: 20, action: 18, path: 25, status: 6, 'event id': 36 } as const

type Column = keyof typeof COLUMNS

/** Columns to give up, in this order, if the terminal is too narrow for all. */
const OPTIONAL: readonly Column[] = ['path', 'event id']

const GAP = '  '

/** Width that a wide terminal gives to the names of events, in characters. */
const MAX_NAME_LENGTH = 40

const INDENT = COLUMNS.line + GAP.length

/** A table of the outcomes of a run, which fits the terminal. */
export interface Listing {
  header: () => string
  /**
   * Describes the outcomes of a line of the input, in lines of text.
   *
   * @param reason reason why the event was not sent, if there are no outcomes
   */
  describe: (read: EventLine, outcomes: readonly FinalOutcome[], reason: string) => string[]
}

/**
 * Creates a listing.
 *
 * @param subscriptions subscriptions of the run, whose mappings say where the value of a failed field is from
 * @param width width of the terminal, in characters; Infinity without a terminal
 */
export const createListing = (
  subscriptions: readonly FriendbuySubscription[],
  width = outputWidth()
): Listing => {
  const shown = toFittingColumns(width)
  const spare = width - toWidth(shown)
  const nameLength = width === Infinity ? COLUMNS.event : Math.min(COLUMNS.event + spare, MAX_NAME_LENGTH)
  const row = (cells: Record<Column, string>) =>
    shown
      .map((name) => {
        const length = name === 'event' ? nameLength : COLUMNS[name]
        const cell = width === Infinity ? cells[name] : cut(cells[name], length)
        return paint(name, cell) + ' '.repeat(Math.max(0, length - cell.length))
      })
      .join(GAP)
      .trimEnd()
  const detail = (label: string, text: string, color: (line: string) => string) =>
    wrap(`${' '.repeat(INDENT)}${label}: ${text}`, width, INDENT + GAP.length).map(color)
  return {
    header: () => colors.bold(row(NAMES)),
    describe: (read, outcomes, reason) => {
      const line = toLineNumber(read)
      if ('error' in read) {
        return [row({ ...NOTHING, line }), ...detail('failed', toOneLine(read.error), colors.red)]
      }
      const event = toOneLine(eventTitle(read.event))
      if (outcomes.length === 0) {
        return [row({ ...NOTHING, line, event }), ...detail('not sent', reason, colors.dim)]
      }
      return outcomes.flatMap(({ action, path, status, eventId, dropped, error, subscription }) => [
        row({
          line,
          event,
          action: actions[action].title,
          path,
          status: String(status ?? '-'),
          'event id': toOneLine(eventId ?? '-')
        }),
        ...(error === undefined ? [] : detail('failed', error, colors.red)),
        ...describeFailedFields(
          error,
          read.event,
          findSubscription(subscriptions, read.event, action, subscription)
        ).flatMap((text) => detail('field', text, colors.red)),
        ...dropped.flatMap((value) =>
          detail('dropped', `${toOneLine(value.name)} (${toOneLine(value.reason)})`, colors.yellow)
        )
      ])
    }
  }
}

const NOTHING = { line: '-', event: '-', action: '-', path: '-', status: '-', 'event id': '-' }
const NAMES = {
  line: 'line',
  event: 'event',
  action: 'action',
  path: 'path',
  status: 'status',
  'event id': 'event id'
}

const toWidth = (columns: readonly Column[]) =>
  columns.reduce((sum, name) => sum + COLUMNS[name] + GAP.length, -GAP.length)

const toFittingColumns = (width: number): Column[] => {
  let columns = Object.keys(COLUMNS) as Column[]
  for (const name of OPTIONAL) {
    if (toWidth(columns) > width) columns = columns.filter((column) => column !== name)
  }
  return columns
}

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text)

const paint = (column: Column, cell: string) => {
  if (column !== 'status' || !/^\d/.test(cell)) return cell
  return cell.startsWith('2') ? colors.green(cell) : colors.red(cell)
}

/** Maximum length of a value in a message, in characters. */
const MAX_VALUE_LENGTH = 60

/**
 * Finds the subscription that an outcome is of.
 *
 * @param fingerprint its fingerprint, if several of its action match the event
 */
const findSubscription = (
  subscriptions: readonly FriendbuySubscription[],
  event: SegmentEvent,
  action: ActionKey,
  fingerprint: string | undefined
) =>
  subscriptions.find(
    (subscription) =>
      subscription.partnerAction === action &&
      isFor(subscription.subscribe, event) &&
      (fingerprint === undefined || toFingerprint(subscription) === fingerprint)
  )

/**
 * Describes the fields that an error is about, with what the event has for them: `amount ($.properties.total) is
 * "$26.50"`, `orderId ($.properties.order_id, $.properties.orderId) is missing`.
 *
 * @param subscription subscription that the event failed in
 */
export const describeFailedFields = (
  error: string | undefined,
  event: SegmentEvent,
  subscription: FriendbuySubscription | undefined
): string[] => {
  if (error === undefined || !subscription) return []
  return findFailedFields(error, event, subscription).map(({ key, paths, value }) => {
    const place = paths.length > 0 ? `${key} (${paths.map(toOneLine).join(', ')})` : key
    if (value === undefined) return `${place} is missing`
    return `${place} is ${cut(toVisible(JSON.stringify(value)), MAX_VALUE_LENGTH)}`
  })
}

/** Returns the line of an event and, in an array or a batch, its position in it: `14` or `14#5`. */
export const toLineNumber = ({ line, element }: EventLine): string =>
  element === undefined ? String(line) : `${line}#${element}`

/** Returns the name of a track event, and the type of any other. */
export const eventTitle = (event: SegmentEvent): string =>
  event.type === 'track' ? (event.event ?? '') : event.type

/** Creates a function that says why no subscription matches an event, and what to do. */
export const createHint =
  ({ mapping }: { mapping?: string }) =>
  ({ type }: SegmentEvent): string => {
    if (mapping !== undefined) return `no subscription in ${toOneLine(mapping)} matches it`
    return type === 'track'
      ? 'no preset matches it; --custom-event with its name sends it as a custom event'
      : `no preset matches ${type} events`
  }

/** Returns a line of the input as JSON output. `ofEvent` holds the properties to add for an event. */
export const toJson = (read: EventLine, ofEvent: object): object => ({
  source: read.source,
  line: read.line,
  ...(read.element !== undefined && { element: read.element }),
  ...('error' in read ? { error: read.error } : { event: eventTitle(read.event), ...ofEvent })
})

/**
 * Describes the counts of a run, in lines of text.
 *
 * @param subscriptions subscriptions of the run
 * @param durationMs duration of the run, in milliseconds
 */
export const describeSummary = (
  tally: Tally,
  subscriptions: readonly FriendbuySubscription[],
  durationMs: number
): string[] => {
  const { events, notSent, retries } = tally
  const skipped = countSkipped(tally)
  const counts = [
    good(countDelivered(tally), 'delivered'),
    bad(countFailed(tally), 'failed'),
    `${notSent} not sent`,
    ...(skipped > 0 ? [describeSkipped(tally.skipped)] : [])
  ]
  const byAction = Object.entries(tally.actions).map(
    ([key, { delivered, failed }]) =>
      `${actions[key as ActionKey].title}: ${good(delivered, 'delivered')}${failed > 0 ? `, ${bad(failed, 'failed')}` : ''}`
  )
  return [
    ...wrap(`${plural(events, 'event')}: ${counts.join(', ')}`, outputWidth(), 2),
    ...byAction.map((line) => `  ${line}`),
    ...(Object.keys(tally.dropped).length > 0
      ? wrap(`  dropped: ${listCounts(tally.dropped)}`, outputWidth(), 4)
      : []),
    ...describeNotMapped(tally.notMapped, subscriptions, '  '),
    `${retries === 1 ? '1 retry' : `${retries} retries`} in ${(durationMs / 1000).toFixed(1)} s`
  ]
}

/**
 * Describes the names that no mapping reads, most frequent first, with suggestions.
 *
 * @param subscriptions subscriptions whose mappings do not read them
 * @param indent blanks before the text
 */
export const describeNotMapped = (
  { names, others }: NameCounts,
  subscriptions: readonly FriendbuySubscription[],
  indent: string
): string[] => {
  const counts = toNotMappedValues(Object.keys(names), subscriptions)
    .map((value) => ({ ...value, times: names[value.name] ?? 0 }))
    .sort((one, other) => other.times - one.times)
    .map((value) => describeNotMappedValue(value, ` ${value.times}`))
  if (counts.length === 0) return []
  const all = [...counts, ...(others > 0 ? [`other names ${others}`] : [])].join(', ')
  return wrap(`${indent}not mapped: ${all}`, outputWidth(), indent.length + 2).map(colors.yellow)
}

/** Describes a value that no mapping reads, such as `referral_kode (did you mean referralCode?)`. */
export const describeNotMappedValue = ({ name, suggestion }: NotMappedValue, count = ''): string =>
  `${toOneLine(name)}${count}${suggestion === undefined ? '' : ` (did you mean ${toOneLine(suggestion)}?)`}`

/** Describes how many events were skipped, such as `3 skipped (2 before --since, 1 after --until)`. */
export const describeSkipped = (skipped: Tally['skipped']): string => {
  const reasons = Object.entries(skipped)
  const total = reasons.reduce((sum, [, times]) => sum + times, 0)
  return `${total} skipped (${reasons.map(([reason, times]) => (times === total ? reason : `${times} ${reason}`)).join(', ')})`
}

/** Lists counts by name, such as `overridden 2, blank 1`. */
export const listCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')
