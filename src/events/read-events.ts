import type { Readable } from 'node:stream'
import type { SegmentEvent } from '@segment/actions-core'
import { isRecord } from '../values'
import { toMessage } from '../messages'
import { ArraySplitter } from './array-splitter'
import { unwrapFailedEvent } from './failed-event'
import { LineSplitter, type ParsedLine, type Splitter } from './line-splitter'
import { readSource } from './read-source'
import { toEvent } from './to-event'

const WHITE_SPACE = Buffer.from(' \t\r\n')
const OPENING_BRACKET = 0x5b

/** One event of the input, or what is wrong in its place. */
export type EventLine = {
  /** The path it was read from, as given. */
  source: string
  /** How many events and problems came before it, over all sources. */
  index: number
  /** The number of its line or, in an array, its position; from 1 in each source. */
  line: number
  /** The merchant that a line of a file of failed events names. */
  merchant?: string
} & (
  | {
      event: SegmentEvent
      /** Its JSON as it stands in the source, but on one line: a line of newline-delimited JSON again. */
      raw: string
    }
  | {
      problem: string
      /** What stands there; missing where it is too long to keep. */
      raw: string | undefined
    }
)

/** From where to read, besides the paths. */
export interface ReadEventsOptions {
  /** What the path `-` stands for, if not the standard input of this process. */
  stdin?: Readable
}

/**
 * The events of several sources, one source after the other, each a file or, under the path `-`, standard input. A
 * source is newline-delimited JSON, or one JSON array where its first character that is not white space is `[`; and
 * either may be gzipped, which its first bytes show. Blank lines are passed over.
 *
 * A line of a file of failed events stands for the event that failed.
 *
 * A line or an element that is no event, or longer than 64 MiB, gives its problem in its place, and the rest goes on.
 * What is read is never far ahead of what is taken, and memory does not grow with the length of a source. Whoever
 * stops early leaves no file and no stream open; standard input is closed with them.
 *
 * @throws that a source cannot be read (it is missing, its gzip or its array is broken, …), with its path and the
 *   reason, once all that comes before has been taken; the `cause` leads to what was thrown first
 */
export async function* readEvents(
  paths: readonly string[],
  { stdin }: ReadEventsOptions = {}
): AsyncGenerator<EventLine> {
  let index = 0
  for (const source of paths) {
    try {
      for await (const piece of readPieces(readSource(source, () => stdin ?? process.stdin))) {
        if ('value' in piece) {
          const { value, raw, line } = piece
          yield { source, index, line, ...merchantOf(value), ...readValue(value, raw) }
        } else yield { source, index, ...piece }
        index += 1
      }
    } catch (error) {
      const name = source === '-' ? 'standard input' : source
      throw new Error(`${name} cannot be read: ${toMessage(error)}`, { cause: error })
    }
  }
}

/** The merchant that a line of a file of failed events names. */
const merchantOf = (value: unknown) =>
  isRecord(value) && unwrapFailedEvent(value) !== value && typeof value.merchant === 'string'
    ? { merchant: value.merchant }
    : undefined

/** What a value stands for: itself or, in a file of failed events, the event that failed. */
const readValue = (value: unknown, raw: string) => {
  const original = unwrapFailedEvent(value)
  if (original === value) return { ...toEvent(value), raw }
  if (typeof original !== 'string') {
    const read = toEvent(original)
    // What is no event may be nested too deeply to be made JSON of.
    return { ...read, raw: 'event' in read ? JSON.stringify(original) : raw }
  }
  try {
    return { ...toEvent(JSON.parse(original)), raw: original }
  } catch (error) {
    return { problem: `not JSON: ${toMessage(error)}`, raw: original }
  }
}

async function* readPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<ParsedLine> {
  const lines = new LineSplitter()
  let splitter: Splitter | undefined
  for await (const bytes of chunks) {
    let start = 0
    if (!splitter) {
      const first = bytes.findIndex((byte) => !WHITE_SPACE.includes(byte))
      if (bytes[first] === OPENING_BRACKET) {
        splitter = new ArraySplitter()
        start = first + 1
      } else if (first !== -1) splitter = lines
    }
    // White space before either goes to the lines, which count those.
    yield* (splitter ?? lines).push(bytes.subarray(start))
  }
  yield* (splitter ?? lines).end()
}
