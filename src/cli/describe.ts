import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { toOneLine } from '../messages'
import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from '../backfill/send-events'
import { countDelivered, countFailed, type Tally } from '../backfill/tally'

/** How wide the columns are, in characters: as wide as what commonly stands in them. */
const WIDTHS = [6, 20, 18, 25, 6] as const

/** The line above those of `describe`. */
export const describeHeader = (): string => columns('line', 'event', 'action', 'path', 'status', 'event id')

/** What became of a line of the file, in lines for a person. */
export const describe = (read: EventLine, outcomes: readonly FinalOutcome[]): string[] => {
  const line = String(read.line)
  if ('problem' in read)
    return [columns(line, '-', '-', '-', '-', '-'), detail('failed', toOneLine(read.problem))]
  const name = toOneLine(eventTitle(read.event))
  if (outcomes.length === 0)
    return [columns(line, name, '-', '-', '-', '-'), detail('not sent', hintFor(read.event))]
  return outcomes.flatMap(({ action, path, status, eventId, dropped, error }) => [
    columns(line, name, actions[action].title, path, String(status ?? '-'), toOneLine(eventId ?? '-')),
    ...(error === undefined ? [] : [detail('failed', error)]),
    ...dropped.map((value) => detail('left out', `${toOneLine(value.name)} (${toOneLine(value.reason)})`))
  ])
}

const columns = (...cells: string[]) =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('  ')
    .trimEnd()

const detail = (label: string, text: string) => `${' '.repeat(WIDTHS[0])}  ${label}: ${text}`

/** What an event is called: a track event by its name, any other by its type. */
export const eventTitle = (event: SegmentEvent) => (event.type === 'track' ? (event.event ?? '') : event.type)

const hintFor = (event: SegmentEvent) =>
  event.type === 'track'
    ? 'no preset takes it; --custom-event with its name sends it as a custom event'
    : `no action takes ${event.type} events`

/** A line of the input, and what there is to say of its event, for a program. */
export const toJson = (read: EventLine, ofEvent: object): object => ({
  source: read.source,
  line: read.line,
  ...('problem' in read ? { problem: read.problem } : { event: eventTitle(read.event), ...ofEvent })
})

/** What became of a run, in lines for a person. */
export const describeSummary = (tally: Tally, durationMs: number): string[] => {
  const { events, notSent, retries } = tally
  const byAction = Object.entries(tally.actions).map(([key, { delivered, failed }]) => {
    const { title } = actions[key as ActionKey]
    return `${title} ${delivered}${failed > 0 ? ` and ${failed} failed` : ''}`
  })
  const dropped = Object.entries(tally.dropped).map(([reason, times]) => `${reason} ${times}`)
  return [
    `${events} events: ${countDelivered(tally)} delivered${listed(byAction)}, ${countFailed(tally)} failed, ${notSent} not sent`,
    `${retries} tries again, ${(durationMs / 1000).toFixed(1)} s`,
    ...(dropped.length > 0 ? [`left out: ${dropped.join(', ')}`] : [])
  ]
}

const listed = (items: readonly string[]) => (items.length > 0 ? ` (${items.join(', ')})` : '')
