import type { Readable } from 'node:stream'
import type { SegmentEvent } from '@segment/actions-core'
import { isRecord } from '../values'
import { toMessage } from '../messages'
import { type FailedEvent, unwrapFailedEvent } from './failed-event'
import type { ParsedLine } from './line-splitter'
import { parseJson } from './parse-json'
import { readSource } from './read-source'
import { type CsvOptions, readValues } from './read-values'
import { toEvent } from './to-event'

/** Event of the input, or the error in its place. A line of a failed file also says what failed. */
export type EventLine = {
  /** Path that it was read from, as given. */
  source: string
  /** Number of events and errors before it, over all sources. */
  index: number
  /** Number of the line that it begins on; from 1 in each source. */
  line: number
  /** Position in the source's JSON array, or in the batch on the line; from 1. */
  element?: number
} & Pick<FailedEvent, 'merchant' | 'action' | 'subscription'> &
  (
    | {
        event: SegmentEvent
        /** JSON of the event as written in the source, on one line. */
        raw: string
      }
    | {
        error: string
        /** Text of the line. Undefined if the line is too long to keep, or not UTF-8. */
        raw: string | undefined
      }
  )

/** Options of `readEvents`. */
export interface ReadEventsOptions {
  /**
   * Stream that the path `-` stands for.
   *
   * @default process.stdin
   */
  stdin?: Readable
  /**
   * Ends the wait for further bytes of standard input or a named pipe, with an error.
   *
   * @default none
   */
  signal?: AbortSignal
  /**
   * Called for a source without a single event or error, with its path.
   *
   * @default none
   */
  onEmpty?: (source: string) => void
  /** Options of sources in CSV. */
  csv?: CsvOptions
}

/**
 * Reads the events of several sources, one source after the other. Each is a file or, as `-`, standard input: one JSON
 * object per line, over several lines or after the other, or one JSON array if its first character is `[`; in UTF-8 or
 * UTF-16, plain or gzipped (the first bytes show which). Blank lines are skipped. A batch request, `{"batch": […]}`, gives
 * its events, each with the batch's context. A line of a failed file gives the event that failed. A source in CSV, which
 * begins with a header, gives the events that a mapping makes of its rows.
 *
 * Whatever is not an event, or is longer than 64 MiB, gives an error in its place, and reading continues. Reads little more than the consumer takes, and memory does not grow with the length of a source. A consumer that
 * stops early leaves no file and no stream open; standard input is closed too.
 *
 * @throws Error with the path and the reason if a source cannot be read (it is missing, its gzip or its array is broken,
 *   …), after all events before that; `cause` is the original error
 *
 * @example
 * for await (const line of readEvents(['events.ndjson'])) {
 *   if ('event' in line) console.log(line.event.type)
 * }
 */
export async function* readEvents(
  paths: readonly string[],
  { stdin, signal, onEmpty, csv }: ReadEventsOptions = {}
): AsyncGenerator<EventLine> {
  let index = 0
  for (const source of paths) {
    const before = index
    try {
      const chunks = readSource(source, { stdin: () => stdin ?? process.stdin, signal })
      for await (const values of readValues(source, chunks, csv)) {
        for (const parsed of values) {
          for (const item of toItems(parsed)) {
            yield { source, index, ...item }
            index += 1
          }
        }
      }
      if (index === before) onEmpty?.(source)
    } catch (error) {
      const name = source === '-' ? 'standard input' : source
      throw new Error(`${name} cannot be read: ${toMessage(error)}`, { cause: error })
    }
  }
}

/** Returns the events and errors of a value: one, or those of a batch. */
const toItems = (parsed: ParsedLine) => {
  if (!('value' in parsed)) return [parsed]
  const { value, raw, ...place } = parsed
  return toBatch(parsed) ?? [{ ...place, ...toFailure(value), ...readValue(value, raw) }]
}

/** Returns what a line of a failed file says besides its event. */
const toFailure = (value: unknown): Pick<FailedEvent, 'merchant' | 'action' | 'subscription'> => {
  if (!isRecord(value) || unwrapFailedEvent(value) === value) return {}
  const { merchant, action, subscription } = value
  return {
    ...(typeof merchant === 'string' && { merchant }),
    ...(typeof action === 'string' && { action }),
    ...(typeof subscription === 'string' && { subscription })
  }
}

/** Reads a value as an event or, if it is a line of a failed file, as the event that failed. */
const readValue = (value: unknown, raw: string) => {
  const original = unwrapFailedEvent(value)
  if (original === value) return { ...toEvent(value), raw }
  if (typeof original !== 'string') {
    const read = toEvent(original)
    return { ...read, raw: toRaw(read, original, raw) }
  }
  try {
    return { ...toEvent(parseJson(original)), raw: original }
  } catch (error) {
    return { error: `not JSON: ${toMessage(error)}`, raw: original }
  }
}

/** JSON of an event within a value. JSON.stringify overflows the stack on an event that was refused for its depth. */
const toRaw = (read: ReturnType<typeof toEvent>, event: unknown, whole: string) =>
  'event' in read ? JSON.stringify(event) : whole

/** Events of a batch request of Segment or RudderStack, each with the context of the batch. Undefined for other values. */
const toBatch = ({ value, raw, line }: Extract<ParsedLine, { value: unknown }>) => {
  if (!isRecord(value) || 'type' in value || !Array.isArray(value.batch)) return undefined
  const { batch, context: shared }: { batch: unknown[]; context?: unknown } = { ...value, batch: value.batch }
  return batch.map((item, index) => {
    const merged = isRecord(shared) ? withContext(item, shared) : item
    const read = toEvent(merged)
    return { line, element: index + 1, ...read, raw: toRaw(read, merged, raw) }
  })
}

const withContext = (item: unknown, shared: object): unknown =>
  isRecord(item) && (item.context === undefined || item.context === null || isRecord(item.context))
    ? { ...item, context: { ...shared, ...item.context } }
    : item
