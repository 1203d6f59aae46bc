import { ArraySplitter } from './array-splitter'
import { describeForeignFormat, FORMAT_BYTES } from './foreign-format'
import { LineSplitter, type ParsedLine, type Splitter } from './line-splitter'
import { isTrailingData } from './read-source'
import { MAX_BYTES } from './text-collector'

const LINE_FEED = 0x0a
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
const WHITE_SPACE = Buffer.from(' \t\r\n')

/**
 * Reads the JSON values of a source, in the form that its first characters show. Those of a chunk come together: parsing
 * them one by one, between calls, takes several times as long.
 *
 * @throws the error of the chunks, or Error if the source is in a format that holds no events
 */
export async function* readValues(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<ParsedLine>> {
  const head = new Head()
  let splitter: Splitter | undefined
  try {
    for await (const bytes of chunks) {
      if (splitter) {
        yield* together(splitter.push(bytes))
        continue
      }
      const rest = head.add(bytes)
      if (!rest) continue
      splitter = head.createSplitter()
      yield* together(splitter.push(rest))
    }
  } catch (error) {
    // The data itself has come to its end.
    if (isTrailingData(error)) yield end(head, splitter)
    throw error
  }
  yield end(head, splitter)
}

/** Yields all values at once; if one of them throws, those before it. */
function* together(values: Iterable<ParsedLine>): Generator<ParsedLine[]> {
  const all: ParsedLine[] = []
  try {
    for (const value of values) all.push(value)
  } catch (error) {
    yield all
    throw error
  }
  yield all
}

function* end(head: Head, splitter: Splitter | undefined): Generator<ParsedLine> {
  if (splitter) yield* splitter.end()
  else if (indexOfText(head.rest) !== -1) {
    const late = head.createSplitter()
    yield* late.push(head.rest)
    yield* late.end()
  }
}

/** White space before the first value that is kept, in bytes. */
const MAX_INDENT_BYTES = 64 * 1024

/** First bytes of a source, up to those that show its form. */
class Head {
  /** Bytes from the beginning of the first line that is not blank. */
  rest: Buffer = Buffer.alloc(0)
  #line = 1

  /** Adds bytes, and returns what to read once they show the form. */
  add(bytes: Buffer): Buffer | undefined {
    const given = Buffer.concat([this.rest, bytes])
    const first = indexOfText(given)
    let start = 0
    for (let at = given.indexOf(LINE_FEED); at !== -1 && (at < first || first === -1);) {
      this.#line += 1
      start = at + 1
      at = given.indexOf(LINE_FEED, start)
    }
    this.rest =
      first === -1 && given.length - start > MAX_INDENT_BYTES ? given.subarray(-1) : given.subarray(start)
    const isJson = given[first] === OPENING_BRACE || given[first] === OPENING_BRACKET
    return first !== -1 && (isJson || given.length - first >= FORMAT_BYTES) ? this.rest : undefined
  }

  /**
   * Creates the splitter of the source.
   *
   * @throws Error if the bytes are those of a format that holds no events
   */
  createSplitter(): Splitter {
    const first = indexOfText(this.rest)
    const format = describeForeignFormat(this.rest.subarray(first))
    if (format !== undefined) throw new Error(format)
    if (this.rest[first] !== OPENING_BRACKET) return new LineSplitter(MAX_BYTES, this.#line)
    const array = new ArraySplitter(MAX_BYTES, this.#line)
    return {
      push: (bytes) => array.push(bytes === this.rest ? bytes.subarray(first + 1) : bytes),
      end: () => array.end()
    }
  }
}

/** Returns the index of the first byte that is not white space, or -1. */
const indexOfText = (bytes: Buffer) => bytes.findIndex((byte) => !WHITE_SPACE.includes(byte))
