import { isUtf8 } from 'node:buffer'
import { isBlank } from '../values'
import { toMessage } from '../messages'
import { parseJson } from './parse-json'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/** Cuts the bytes of a source into JSON values, in order and without recursion. */
export interface Splitter {
  /** Returns the values that end within these bytes. Keeps no reference to them: the caller may overwrite them. */
  push: (bytes: Buffer) => Iterable<ParsedLine>
  /** Returns the value that ends where the source ends, if there is one. */
  end: () => Iterable<ParsedLine>
}

/** JSON value of a source, or the error in its place. */
export type ParsedLine = {
  /** Line number, or position in the array; from 1. */
  line: number
} & (
  | {
      value: unknown
      /** JSON of the value, on one line. */
      raw: string
    }
  | {
      error: string
      /** Text of the line. Undefined if the line is too long to keep, or not UTF-8. */
      raw: string | undefined
    }
)

/** Maximum length of one value, in bytes. A longer one becomes an error, and its bytes are not kept. */
export const MAX_BYTES = 64 * 1024 * 1024

/**
 * Splits newline-delimited JSON. A line that is not JSON, not UTF-8, or longer than `maxBytes` becomes an error in its
 * place. Blank lines are counted, but skipped. Lines end with LF or CRLF; U+2028 and U+2029 are no line ends, since JSON
 * allows them within strings.
 */
export class LineSplitter implements Splitter {
  #line = 0
  readonly #text: TextCollector

  /** @param maxBytes maximum length of a line, in bytes */
  constructor(maxBytes = MAX_BYTES) {
    this.#text = new TextCollector(maxBytes)
  }

  *push(bytes: Buffer): Generator<ParsedLine> {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const parsed = this.#parse(this.#text.take(bytes, start, end))
      start = end + 1
      if (parsed) yield parsed
    }
    this.#text.add(bytes, start, bytes.length)
  }

  *end(): Generator<ParsedLine> {
    const parsed = this.#parse(this.#text.take(NOTHING, 0, 0))
    if (parsed) yield parsed
  }

  #parse({ text, error }: CollectedText): ParsedLine | undefined {
    this.#line += 1
    const line = this.#line
    if (text === undefined) return { line, error, raw: undefined }
    if (isBlank(text)) return undefined
    const raw = text.endsWith('\r') ? text.slice(0, -1) : text
    try {
      return { line, value: parseJson(raw), raw }
    } catch (error) {
      return { line, error: describeSyntaxError(raw, error), raw }
    }
  }
}

const describeSyntaxError = (text: string, error: unknown) => {
  if (text.includes('\r')) {
    return 'not JSON: the lines end with carriage returns (CR). Convert the line ends to LF or CRLF.'
  }
  return text.includes('\0') ? notUtf8('UTF-16') : `not JSON: ${toMessage(error)}`
}

const notUtf8 = (encoding: string) =>
  `not UTF-8: the text is in another encoding, such as ${encoding}. Convert the file to UTF-8.`

/** Text of a value, or why it cannot be used. */
export type CollectedText = { text: string; error?: undefined } | { text?: undefined; error: string }

/** Buffers above this size are released once their text has been taken. In bytes. */
const KEPT_BYTES = 1024 * 1024

/**
 * Assembles a UTF-8 text from parts. Copies at most `maxBytes` bytes, however many come, into one buffer that the next
 * text reuses.
 */
export class TextCollector {
  #buffer = Buffer.alloc(0)
  #length = 0
  readonly #maxBytes: number

  /** @param maxBytes maximum length of a text, in bytes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Adds a part: the bytes from `start` up to, but not including, `end`. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#maxBytes) this.#buffer = Buffer.alloc(0)
    else {
      if (length > this.#buffer.length) this.#grow(length)
      bytes.copy(this.#buffer, this.#length, start, end)
    }
    this.#length = length
  }

  /** Adds the last part, returns the text, and starts over. */
  take(bytes: Buffer, start: number, end: number): CollectedText {
    if (this.#length === 0 && end - start <= this.#maxBytes) return decode(bytes, start, end)
    this.add(bytes, start, end)
    const collected =
      this.#length > this.#maxBytes
        ? { error: `longer than ${this.#maxBytes / 1024 / 1024} MiB` }
        : decode(this.#buffer, 0, this.#length)
    this.#length = 0
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.alloc(0)
    return collected
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

const decode = (bytes: Buffer, start: number, end: number): CollectedText => {
  const text = bytes.toString('utf8', start, end)
  // Only a text with a replacement character can have been something else than UTF-8.
  if (!text.includes('\uFFFD') || isUtf8(bytes.subarray(start, end))) return { text }
  return { error: notUtf8(text.includes('\0') ? 'UTF-16' : 'ISO-8859-1') }
}
