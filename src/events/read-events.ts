import type { Readable } from 'node:stream'
import type { SegmentEvent } from '@segment/actions-core'
import { isRecord } from '../values'
import { toMessage } from '../messages'
import { ArraySplitter } from './array-splitter'
import { type FailedEvent, unwrapFailedEvent } from './failed-event'
import { LineSplitter, type ParsedLine, type Splitter } from './line-splitter'
import { parseJson } from './parse-json'
import { isTrailingData, readSource } from './read-source'
import { toEvent } from './to-event'

const WHITE_SPACE = Buffer.from(' \t\r\n')
const OPENING_BRACKET = 0x5b

/** Event of the input, or the error in its place. A line of a failed file also says what failed. */
export type EventLine = {
  /** Path that it was read from, as given. */
  source: string
  /** Number of events and errors before it, over all sources. */
  index: number
  /** Line number or, in an array, position; from 1 in each source. */
  line: number
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
}

/**
 * Reads the events of several sources, one source after the other. Each is a file or, as `-`, standard input: JSON
 * lines, or one JSON array if its first character is `[`, plain or gzipped (its first bytes show which). Blank lines
 * are skipped. A line of a failed file gives the event that failed.
 *
 * A line or element that is not an event, or is longer than 64 MiB, gives an error in its place, and reading continues.
 * Reads little more than the consumer takes, and memory does not grow with the length of a source. A consumer that
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
  { stdin, signal }: ReadEventsOptions = {}
): AsyncGenerator<EventLine> {
  let index = 0
  for (const source of paths) {
    try {
      for await (const parsed of readLines(
        readSource(source, { stdin: () => stdin ?? process.stdin, signal })
      )) {
        if ('value' in parsed) {
          const { value, raw, line } = parsed
          yield { source, index, line, ...toFailure(value), ...readValue(value, raw) }
        } else yield { source, index, ...parsed }
        index += 1
      }
    } catch (error) {
      const name = source === '-' ? 'standard input' : source
      throw new Error(`${name} cannot be read: ${toMessage(error)}`, { cause: error })
    }
  }
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
    // JSON.stringify overflows the stack on an event that was refused for its depth.
    return { ...read, raw: 'event' in read ? JSON.stringify(original) : raw }
  }
  try {
    return { ...toEvent(parseJson(original)), raw: original }
  } catch (error) {
    return { error: `not JSON: ${toMessage(error)}`, raw: original }
  }
}

async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<ParsedLine> {
  const lines = new LineSplitter()
  let splitter: Splitter | undefined
  try {
    for await (const bytes of chunks) {
      let start = 0
      if (!splitter) {
        const first = bytes.findIndex((byte) => !WHITE_SPACE.includes(byte))
        if (bytes[first] === OPENING_BRACKET) {
          splitter = new ArraySplitter()
          start = first + 1
        } else if (first !== -1) splitter = lines
      }
      // White space before the first value may hold line ends, which count.
      yield* (splitter ?? lines).push(bytes.subarray(start))
    }
  } catch (error) {
    // The data itself has come to its end.
    if (isTrailingData(error)) yield* (splitter ?? lines).end()
    throw error
  }
  yield* (splitter ?? lines).end()
}
