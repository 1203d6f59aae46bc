import { isBlank } from '../values'
import { ObjectAssembler } from './object-assembler'
import { parseJson } from './parse-json'
import { type CollectedText, MAX_BYTES, TextCollector } from './text-collector'

const LINE_FEED = 0x0a
const CLOSING_BRACE = 0x7d
const NOTHING = Buffer.alloc(0)

/** Cuts the bytes of a source into values, in order and without recursion. */
export interface Splitter {
  /** Returns the values that end within these bytes. Keeps no reference to them: the caller may overwrite them. */
  push: (bytes: Buffer) => Iterable<ParsedLine>
  /** Returns the values that end where the source ends. */
  end: () => Iterable<ParsedLine>
}

/** Value of a source, or the error in its place. */
export type ParsedLine = {
  /** Number of the line that it begins on, from 1. */
  line: number
  /** Position in a JSON array, from 1. */
  element?: number
} & (
  | {
      value: unknown
      /** JSON of the value, on one line. */
      raw: string
    }
  | {
      error: string
      /** Text in its place. Undefined if that is too long to keep, or not UTF-8. */
      raw: string | undefined
    }
)

/** Lines above this length are read in parts: a source of many objects may have no line ends at all. In bytes. */
const PART_BYTES = 1024 * 1024

/**
 * Splits newline-delimited JSON. Objects may also span several lines, or follow each other on one. What is not JSON, not
 * UTF-8, or longer than `maxBytes` becomes an error in its place. Blank lines are counted, but skipped. Lines end with LF
 * or CRLF; U+2028 and U+2029 are no line ends, since JSON allows them within strings.
 */
export class LineSplitter implements Splitter {
  #line: number
  readonly #text: TextCollector
  readonly #objects: ObjectAssembler

  /**
   * @param maxBytes maximum length of a value, in bytes
   * @param line number of the first line
   */
  constructor(maxBytes = MAX_BYTES, line = 1) {
    this.#line = line - 1
    this.#text = new TextCollector(maxBytes)
    this.#objects = new ObjectAssembler(maxBytes)
  }

  *push(bytes: Buffer): Generator<ParsedLine> {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      yield* this.#read(this.#text.take(bytes, start, end))
      start = end + 1
    }
    if (this.#text.length + bytes.length - start > PART_BYTES) {
      const end = bytes.lastIndexOf(CLOSING_BRACE) + 1
      if (end > start) {
        yield* this.#read(this.#text.take(bytes, start, end), false)
        start = end
      }
    }
    this.#text.add(bytes, start, bytes.length)
  }

  *end(): Generator<ParsedLine> {
    yield* this.#read(this.#text.take(NOTHING, 0, 0))
    yield* this.#objects.end()
  }

  #read({ text, error }: CollectedText, isEnd = true): Iterable<ParsedLine> {
    const line = this.#line + 1
    if (isEnd) this.#line = line
    if (text === undefined) return this.#fail(line, error)
    if (this.#objects.isOpen || !isEnd) return this.#objects.push(text, line, isEnd)
    if (isBlank(text)) return []
    const raw = text.endsWith('\r') ? text.slice(0, -1) : text
    try {
      return [{ line, value: parseJson(raw), raw }]
    } catch {
      return this.#objects.push(raw, line, isEnd)
    }
  }

  *#fail(line: number, error: string): Generator<ParsedLine> {
    yield* this.#objects.end()
    yield { line, error, raw: undefined }
  }
}
