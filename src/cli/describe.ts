import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { toOneLine } from '../messages'
import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from '../backfill/send-events'
import { countDelivered, countFailed, type Tally } from '../backfill/tally'

/** Column widths, in characters: enough for the usual values. */
const WIDTHS = [6, 20, 18, 25, 6] as const

/** Header of the table that `describe` fills. */
export const describeHeader = (): string => columns('line', 'event', 'action', 'path', 'status', 'event id')

/** Describes the outcomes of a line of the input, in lines of text. */
export const describe = (read: EventLine, outcomes: readonly FinalOutcome[]): string[] => {
  const line = String(read.line)
  if ('error' in read)
    return [columns(line, '-', '-', '-', '-', '-'), detail('failed', toOneLine(read.error))]
  const name = toOneLine(eventTitle(read.event))
  if (outcomes.length === 0)
    return [columns(line, name, '-', '-', '-', '-'), detail('not sent', hintFor(read.event))]
  return outcomes.flatMap(({ action, path, status, eventId, dropped, error }) => [
    columns(line, name, actions[action].title, path, String(status ?? '-'), toOneLine(eventId ?? '-')),
    ...(error === undefined ? [] : [detail('failed', error)]),
    ...dropped.map((value) => detail('dropped', `${toOneLine(value.name)} (${toOneLine(value.reason)})`))
  ])
}

const columns = (...cells: string[]) =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('  ')
    .trimEnd()

const detail = (label: string, text: string) => `${' '.repeat(WIDTHS[0])}  ${label}: ${text}`

/** Returns the name of a track event, and the type of any other. */
export const eventTitle = (event: SegmentEvent): string =>
  event.type === 'track' ? (event.event ?? '') : event.type

const hintFor = (event: SegmentEvent) =>
  event.type === 'track'
    ? 'no subscription matches; --custom-event with its name sends it as a custom event'
    : `no subscription matches ${event.type} events`

/** Returns a line of the input as JSON output. `ofEvent` holds the properties to add for an event. */
export const toJson = (read: EventLine, ofEvent: object): object => ({
  source: read.source,
  line: read.line,
  ...('error' in read ? { error: read.error } : { event: eventTitle(read.event), ...ofEvent })
})

/**
 * Describes the counts of a run, in lines of text.
 *
 * @param durationMs duration of the run, in milliseconds
 */
export const describeSummary = (tally: Tally, durationMs: number): string[] => {
  const { events, notSent, retries } = tally
  const byAction = Object.entries(tally.actions).map(([key, { delivered, failed }]) => {
    const { title } = actions[key as ActionKey]
    return `${title} ${delivered}${failed > 0 ? ` and ${failed} failed` : ''}`
  })
  const dropped = Object.entries(tally.dropped).map(([reason, times]) => `${reason} ${times}`)
  return [
    `${events} events: ${countDelivered(tally)} delivered${listed(byAction)}, ${countFailed(tally)} failed, ${notSent} not sent`,
    `${retries} retries in ${(durationMs / 1000).toFixed(1)} s`,
    ...(dropped.length > 0 ? [`dropped: ${dropped.join(', ')}`] : [])
  ]
}

const listed = (items: readonly string[]) => (items.length > 0 ? ` (${items.join(', ')})` : '')
