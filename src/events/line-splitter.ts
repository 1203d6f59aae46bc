import { isBlank } from '../values'
import { toMessage } from '../messages'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/**
 * Cuts newline-delimited JSON into the values of its lines. A line that is no JSON, or longer than `maxBytes`, is a
 * problem in its place; blank lines count as lines, but give nothing. Lines end with a line feed, before which a
 * carriage return may stand; U+2028 and U+2029 end none, since JSON may hold them within a string.
 */
export class LineSplitter implements Splitter {
  #line = 0
  readonly #text: TextCollector
  readonly #maxBytes: number

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
    this.#text = new TextCollector(maxBytes)
  }

  *push(bytes: Buffer): Generator<ParsedLine> {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const piece = this.#toPiece(this.#text.take(bytes, start, end))
      start = end + 1
      if (piece) yield piece
    }
    this.#text.add(bytes, start, bytes.length)
  }

  *end(): Generator<ParsedLine> {
    const piece = this.#toPiece(this.#text.take(NOTHING, 0, 0))
    if (piece) yield piece
  }

  #toPiece(text: string | undefined): ParsedLine | undefined {
    this.#line += 1
    const line = this.#line
    if (text === undefined) return { line, problem: tooLong(this.#maxBytes), raw: undefined }
    if (isBlank(text)) return undefined
    const raw = text.endsWith('\r') ? text.slice(0, -1) : text
    try {
      return { line, value: JSON.parse(raw) as unknown, raw }
    } catch (error) {
      return { line, problem: `not JSON: ${toMessage(error)}`, raw }
    }
  }
}

/** Cuts the bytes of one source into JSON values, in the order in which they come, without recursion. */
export interface Splitter {
  /** The values that end within the next bytes, which it does not keep: they may be overwritten afterwards. */
  push: (bytes: Buffer) => Iterable<ParsedLine>
  /** The value that ends where the source does, if there is one. */
  end: () => Iterable<ParsedLine>
}

/** One JSON value of a source, or what is wrong in its place. */
export type ParsedLine = {
  /** The number of its line, or its position in the array; from 1. */
  line: number
} & (
  | {
      value: unknown
      /** Its JSON, on one line. */
      raw: string
    }
  | {
      problem: string
      /** What stands there; missing where it is too long to keep. */
      raw: string | undefined
    }
)

/** How many bytes one value may have; a longer one is a problem in its place, and its bytes are not kept. */
export const MAX_BYTES = 64 * 1024 * 1024

/** The problem of a value that has more bytes than it may. */
export const tooLong = (maxBytes: number): string => `longer than ${maxBytes / 1024 / 1024} MiB`

/** More than this is given back once a text has been taken. */
const KEPT_BYTES = 1024 * 1024

/**
 * Puts together a UTF-8 text that comes in several parts. It holds a copy of the parts, at most `maxBytes` of them
 * however many come, in one buffer that the next text uses again.
 */
export class TextCollector {
  #buffer = Buffer.alloc(0)
  #length = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes in a part of the text: the bytes from `start` up to `end`, without that. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#maxBytes) this.#buffer = Buffer.alloc(0)
    else {
      if (length > this.#buffer.length) this.#grow(length)
      bytes.copy(this.#buffer, this.#length, start, end)
    }
    this.#length = length
  }

  /**
   * The text, with a last part, and begins the next one.
   *
   * @returns undefined where it has more than `maxBytes`
   */
  take(bytes: Buffer, start: number, end: number): string | undefined {
    if (this.#length === 0 && end - start <= this.#maxBytes) return bytes.toString('utf8', start, end)
    this.add(bytes, start, end)
    const text = this.#length > this.#maxBytes ? undefined : this.#buffer.toString('utf8', 0, this.#length)
    this.#length = 0
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.alloc(0)
    return text
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
