import { parse } from 'csv-parse/sync'
import { type CollectedText, TextCollector } from './text-collector'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/** Maximum length of a row, in bytes. A longer one lacks a closing quote. */
const MAX_ROW_BYTES = 1024 * 1024

/** Rows that are parsed together: each call of the parser costs as much as some rows. */
const ROWS_AT_ONCE = 200

/** Row of a CSV file, or the error in its place. */
export type CsvRow = {
  /** Number of the line that it begins on, from 1. */
  line: number
} & ({ cells: string[]; raw: string } | { error: string; raw: string | undefined })

/** Complete row that waits to be parsed. */
interface RawRow {
  line: number
  /** Its lines: several if a quoted cell has line breaks. */
  lines: string[]
}

/** Options of `CsvSplitter`. */
export interface CsvSplitterOptions {
  /** Separates cells. @default the one of `,`, `;` and tab that the first row has most of */
  delimiter?: string
  /** Number of the first line. @default 1 */
  line?: number
}

/**
 * Splits CSV (RFC 4180) into rows: quoted cells, line breaks and doubled quotes in them, LF or CRLF. Blank lines are
 * counted, but skipped. A row with misplaced quotes, or not UTF-8, becomes an error in its place; if a quote is never
 * closed, that is its first line, and reading continues at the next one.
 */
export class CsvSplitter {
  #delimiter: string | undefined
  #line: number
  #isFirstRow = true
  /** Number of cells in the first row. */
  #columns: number | undefined
  /** Lines of the row that a quote keeps open. */
  #open: RawRow | undefined
  #openLength = 0
  #rows: RawRow[] = []
  readonly #text = new TextCollector(MAX_ROW_BYTES)

  constructor({ delimiter, line = 1 }: CsvSplitterOptions = {}) {
    this.#delimiter = delimiter
    this.#line = line - 1
  }

  /** Returns the rows that end within these bytes. */
  *push(bytes: Buffer): Generator<CsvRow> {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      yield* this.#read(this.#text.take(bytes, start, end))
      start = end + 1
    }
    this.#text.add(bytes, start, bytes.length)
    yield* this.#parseAll()
  }

  /** Returns the last rows. */
  *end(): Generator<CsvRow> {
    yield* this.#read(this.#text.take(NOTHING, 0, 0))
    while (this.#open) yield* this.#giveUp(this.#open)
    yield* this.#parseAll()
  }

  *#read({ text, error }: CollectedText): Generator<CsvRow> {
    this.#line += 1
    const line = this.#line
    if (text === undefined) {
      while (this.#open) yield* this.#giveUp(this.#open)
      yield* this.#parseAll()
      yield { line, error, raw: undefined }
      return
    }
    this.#add(line, text)
    while (this.#open && this.#openLength > MAX_ROW_BYTES) yield* this.#giveUp(this.#open)
    if (this.#rows.length >= ROWS_AT_ONCE) yield* this.#parseAll()
  }

  /** Adds a line to the row that is open, or begins one. */
  #add(line: number, text: string): void {
    const row = this.#open ?? { line, lines: [] }
    if (!this.#open && text.trim() === '') return
    row.lines.push(text)
    // A row ends where its quotes are closed: with an even number of them.
    const isOdd = countQuotes(text) % 2 === 1
    const isOpen = this.#open ? !isOdd : isOdd
    this.#openLength = isOpen ? this.#openLength + text.length : 0
    this.#open = isOpen ? row : undefined
    if (!isOpen) this.#rows.push(row)
  }

  /** Reports the first line of a row whose quote is not closed, and reads its other lines again. */
  *#giveUp({ line, lines: [first = '', ...others] }: RawRow): Generator<CsvRow> {
    this.#open = undefined
    this.#openLength = 0
    yield* this.#parseAll()
    yield { line, error: 'not CSV: a quote is never closed', raw: first.trimEnd() }
    for (const [index, text] of others.entries()) this.#add(line + 1 + index, text)
  }

  *#parseAll(): Generator<CsvRow> {
    const rows = this.#rows
    this.#rows = []
    const [first, ...rest] = rows
    if (first && this.#isFirstRow) {
      this.#isFirstRow = false
      // A line that Excel reads, and other programs too.
      const [, separator] = /^\uFEFF?sep=(.)\s*$/.exec(first.lines.join('\n')) ?? []
      this.#delimiter ??= separator ?? findDelimiter(first.lines)
      if (separator !== undefined) {
        yield* this.#parse(rest)
        return
      }
    }
    yield* this.#parse(rows)
  }

  *#parse(rows: readonly RawRow[]): Generator<CsvRow> {
    if (rows.length === 0) return
    const parsed = parseRows(rows, this.#delimiter)
    for (const [index, row] of rows.entries()) {
      const { line, lines } = row
      const cells = parsed?.[index] ?? parseRows([row], this.#delimiter)?.[0]
      this.#columns ??= cells?.length
      const isWhole = lines.length === 1 || cells?.length === this.#columns
      if (cells && isWhole) yield { line, cells, raw: lines.join('\n').trimEnd() }
      else {
        // A stray quote joins its line with those up to the next one. Most of these are rows.
        const [first = '', ...others] = lines
        yield { line, error: 'not CSV: quotes are misplaced or not closed', raw: first.trimEnd() }
        const apart = others.map((text, at) => ({ line: line + 1 + at, lines: [text] }))
        yield* this.#parse(apart.filter(({ lines: [text = ''] }) => text.trim() !== ''))
      }
    }
  }
}

/** Parses rows; undefined if they are not that many rows. */
const parseRows = (rows: readonly RawRow[], delimiter = ','): string[][] | undefined => {
  const text = rows.map(({ lines }) => lines.map((line) => line.replace(/\r$/, '')).join('\n')).join('\n')
  try {
    const parsed = parse(text, { bom: true, delimiter, record_delimiter: '\n', relax_column_count: true })
    return parsed.length === rows.length ? parsed : undefined
  } catch {
    return undefined
  }
}

const DELIMITERS = [',', ';', '\t']

const findDelimiter = (lines: string[]): string => {
  const counts = DELIMITERS.map((delimiter) => parseRows([{ line: 1, lines }], delimiter)?.[0]?.length ?? 0)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** Splits a header. Empty if its quotes are misplaced. */
export const splitHeader = (line: string, delimiter = findDelimiter([line])): string[] =>
  (parseRows([{ line: 1, lines: [line] }], delimiter)?.[0] ?? []).map((cell) => cell.trim())

const countQuotes = (text: string) => {
  let count = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1
  return count
}

/** A row by the names in its header, with the line that it begins on; or the error in its place. */
export type CsvRecord =
  | { values: Record<string, string>; line: number; error?: undefined }
  | { values?: undefined; line: number; error: string }

/**
 * Reads the rows of a CSV file by its header.
 *
 * @example
 * for await (const { values } of readCsv(createReadStream('customers.csv'))) console.log(values?.email)
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  const splitter = new CsvSplitter()
  let header: string[] | undefined
  const toRecords = function* (rows: Iterable<CsvRow>): Generator<CsvRecord> {
    for (const row of rows) {
      if ('error' in row) yield row
      else if (!header) header = row.cells.map((cell) => cell.trim())
      else {
        const entries = header.map((name, index) => [name, row.cells[index] ?? ''])
        yield { line: row.line, values: Object.fromEntries(entries) as Record<string, string> }
      }
    }
  }
  for await (const bytes of chunks) yield* toRecords(splitter.push(bytes))
  yield* toRecords(splitter.end())
}

/** Formats values as a line of a CSV file, without its end. Lists and objects become JSON. */
export const toCsvLine = (values: readonly unknown[]): string =>
  values
    .map((value = '') => {
      const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')
