import { ArraySplitter } from './array-splitter'
import { splitHeader } from './csv'
import { CsvEventSplitter } from './csv-events'
import { type CsvGuess, findStatusColumns, guessCsvMapping } from './csv-guess'
import type { CsvMapping } from './csv-mapping'
import { describeForeignFormat } from './foreign-format'
import { LineSplitter, type ParsedLine, type Splitter } from './line-splitter'
import { isTrailingData } from './read-source'
import { MAX_BYTES } from './text-collector'

const LINE_FEED = 0x0a
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
const WHITE_SPACE = Buffer.from(' \t\r\n')

/** Options of reading CSV. */
export interface CsvOptions {
  /**
   * What becomes of the columns.
   *
   * @default a guess by the header, for the order exports of Shopify and WooCommerce
   */
  mapping?: CsvMapping
  /**
   * Called with a guess before it is used. If it rejects, nothing of the source is read.
   *
   * @default none
   */
  onGuess?: (source: string, guess: CsvGuess) => Promise<void>
  /**
   * Called with the columns that tell which orders are paid, before a source is read by a mapping of track events that
   * does not say which rows to read. If it rejects, nothing of the source is read.
   *
   * @default none
   */
  onStatusColumns?: (source: string, columns: readonly string[]) => Promise<void>
  /**
   * Called for each event that the mapping excludes, with the column that decides and its value.
   *
   * @default none
   */
  onSkip?: (source: string, column: string, value: string) => void
}

/** Lines of other files may have commas: a header in them is looked for this far. In bytes. */
const MAX_HEADER_BYTES = 64 * 1024

/**
 * Reads the values of a source, in the form that its first characters show: JSON or CSV. Those of a chunk come together:
 * parsing them one by one, between calls, takes several times as long.
 *
 * @throws the error of the chunks, or Error if the source is in a format that holds no events, or is CSV that no mapping
 *   is known for
 */
export async function* readValues(
  source: string,
  chunks: AsyncIterable<Buffer>,
  csv: CsvOptions = {}
): AsyncGenerator<Iterable<ParsedLine>> {
  const head = new Head(source, csv)
  let splitter: Splitter | undefined
  try {
    for await (const bytes of chunks) {
      if (splitter) {
        yield* together(splitter.push(bytes))
        continue
      }
      const rest = head.add(bytes)
      if (!rest) continue
      splitter = await head.createSplitter()
      yield* together(splitter.push(rest))
    }
  } catch (error) {
    // The data itself has come to its end.
    if (isTrailingData(error)) yield await end(head, splitter)
    throw error
  }
  yield await end(head, splitter)
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

const end = async (head: Head, splitter: Splitter | undefined): Promise<Iterable<ParsedLine>> => {
  if (splitter) return splitter.end()
  return indexOfText(head.rest) === -1 ? [] : toAll(await head.createSplitter(), head.rest)
}

function* toAll(splitter: Splitter, bytes: Buffer): Generator<ParsedLine> {
  yield* splitter.push(bytes)
  yield* splitter.end()
}

/** White space before the first value that is kept, in bytes. */
const MAX_INDENT_BYTES = 64 * 1024

/** First bytes of a source, up to those that show its form. */
class Head {
  /** Bytes from the beginning of the first line that is not blank. */
  rest: Buffer = Buffer.alloc(0)
  #line = 1
  readonly #source: string
  readonly #csv: CsvOptions

  constructor(source: string, csv: CsvOptions) {
    this.#source = source
    this.#csv = csv
  }

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
    if (first === -1) return undefined
    const isJson = given[first] === OPENING_BRACE || given[first] === OPENING_BRACKET
    const hasHeader = given.includes(LINE_FEED, first) || given.length - first >= MAX_HEADER_BYTES
    return isJson || hasHeader ? this.rest : undefined
  }

  /**
   * Creates the splitter of the source.
   *
   * @throws Error if the bytes are those of a format that holds no events, or are CSV that no mapping is known for
   */
  async createSplitter(): Promise<Splitter> {
    const first = indexOfText(this.rest)
    if (this.rest[first] === OPENING_BRACE) return new LineSplitter(MAX_BYTES, this.#line)
    if (this.rest[first] === OPENING_BRACKET) {
      const array = new ArraySplitter(MAX_BYTES, this.#line)
      return {
        push: (bytes) => array.push(bytes === this.rest ? bytes.subarray(first + 1) : bytes),
        end: () => array.end()
      }
    }
    const format = describeForeignFormat(this.rest.subarray(first))
    if (format !== undefined) throw new Error(format)
    return (await this.#createCsvSplitter()) ?? new LineSplitter(MAX_BYTES, this.#line)
  }

  /** Creates a splitter of CSV; undefined if the source does not look like CSV. */
  async #createCsvSplitter(): Promise<Splitter | undefined> {
    const [line = '', second = ''] = this.rest.toString('utf8', 0, MAX_HEADER_BYTES).split('\n', 2)
    const header = splitHeader(/^sep=.\s*$/.test(line) ? second : line, this.#csv.mapping?.delimiter)
    if (!this.#isCsv(header)) return undefined
    const mapping = await this.#toMapping(header)
    const onSkip = (column: string, value: string) => this.#csv.onSkip?.(this.#source, column, value)
    return new CsvEventSplitter({ mapping, line: this.#line, onSkip })
  }

  /** Tells if a source is CSV: by its name, by the mapping if its name says nothing, or by its first line. */
  #isCsv(header: readonly string[]): boolean {
    const isNamed = /\.[ct]sv(?:\.gz)?$/i.test(this.#source)
    const isMapped = this.#csv.mapping !== undefined && !/\.(?:nd)?jsonl?(?:\.gz)?$/i.test(this.#source)
    return isNamed || isMapped || looksLikeHeader(header)
  }

  async #toMapping(header: readonly string[]): Promise<CsvMapping> {
    const { mapping, onGuess, onStatusColumns } = this.#csv
    if (mapping) {
      const status = mapping.type === 'track' && !mapping.only ? findStatusColumns(header) : []
      if (status.length > 0) await onStatusColumns?.(this.#source, status)
      return mapping
    }
    const guess = guessCsvMapping(header)
    if (!guess) throw new Error(describeUnknownCsv(header))
    await onGuess?.(this.#source, guess)
    return guess.mapping
  }
}

/** Maximum length of the list of columns in an error, in characters. */
const MAX_LISTED = 200

const describeUnknownCsv = (header: readonly string[]) => {
  const list = header.filter(Boolean).join(', ')
  const columns = list.length > MAX_LISTED ? `${list.slice(0, MAX_LISTED)}…` : list
  return `it is CSV${columns && ` with the columns ${columns}`}. Describe in a JSON file what they become, and pass it as --csv-mapping: docs/guides/import-history.md of this package has an example`
}

/** Tells if the cells of a line may be names of columns, not a broken line of JSON. */
const looksLikeHeader = (cells: readonly string[]) =>
  cells.filter((cell) => cell !== '').length > 1 && cells.every((cell) => !/[{}[\]:]/.test(cell))

/** Returns the index of the first byte that is not white space, or -1. */
const indexOfText = (bytes: Buffer) => bytes.findIndex((byte) => !WHITE_SPACE.includes(byte))
