import { createHash } from 'node:crypto'
import { isRecord, setOwn } from '../values'
import { type CsvRow, CsvSplitter } from './csv'
import { toCell } from './csv-cell'
import type { CsvMapping, CsvTarget } from './csv-mapping'
import type { ParsedLine, Splitter } from './line-splitter'

/** Maximum number of rows of one event. */
const MAX_ROWS = 10_000

/** Number of events whose keys are remembered, so that scattered rows are noticed. */
const MAX_KEYS = 1_000_000

/** Options of `CsvEventSplitter`. */
export interface CsvEventOptions {
  mapping: CsvMapping
  /** Number of the first line, from 1. */
  line: number
  /** Called for each event that `mapping.only` excludes, with the column that decides and its value. */
  onSkip: (column: string, value: string) => void
}

type GoodRow = Extract<CsvRow, { cells: string[] }>

/** Adjacent rows of one event. */
interface Group {
  key: string | undefined
  rows: GoodRow[]
  size: number
}

/**
 * Splits CSV into events, one per row or, if the mapping groups rows, one per group of adjacent rows. A row that cannot
 * be read, or a cell that cannot be converted, becomes an error in the place of the event.
 *
 * An event's messageId is a hash of its content: equal in each export, so that enqueueing it again adds no duplicate.
 */
export class CsvEventSplitter implements Splitter {
  readonly #mapping: CsvMapping
  readonly #onSkip: CsvEventOptions['onSkip']
  readonly #csv: CsvSplitter
  readonly #keys = new Map<number, number>()
  #header: Map<string, number> | undefined
  #columns = 0
  #group: Group | undefined

  constructor({ mapping, line, onSkip }: CsvEventOptions) {
    this.#mapping = mapping
    this.#onSkip = onSkip
    this.#csv = new CsvSplitter({ delimiter: mapping.delimiter, line })
  }

  /** @throws Error if the header lacks a column of the mapping */
  *push(bytes: Buffer): Generator<ParsedLine> {
    for (const row of this.#csv.push(bytes)) yield* this.#read(row)
  }

  /** @throws Error if the header lacks a column of the mapping */
  *end(): Generator<ParsedLine> {
    for (const row of this.#csv.end()) yield* this.#read(row)
    yield* this.#flush()
  }

  *#read(row: CsvRow): Generator<ParsedLine> {
    if ('error' in row) {
      yield row
      return
    }
    if (!this.#header) {
      this.#columns = row.cells.length
      this.#header = toHeader(row.cells, this.#mapping)
      return
    }
    const { line, cells, raw } = row
    if (cells.length < this.#columns || cells.slice(this.#columns).some((cell) => cell.trim() !== '')) {
      yield { line, error: `${cells.length} cells, but the header has ${this.#columns}`, raw }
      return
    }
    const { groupBy } = this.#mapping
    const key = groupBy === undefined ? undefined : this.#cell(row, groupBy)
    if (key === '') {
      yield { line, error: `${quote(groupBy)} is blank: the row belongs to no event`, raw }
      return
    }
    if (this.#group && key !== undefined && this.#group.key === key) {
      this.#group.size += 1
      if (this.#group.size <= MAX_ROWS) this.#group.rows.push(row)
      return
    }
    yield* this.#flush()
    this.#group = { key, rows: [row], size: 1 }
    if (key === undefined) yield* this.#flush()
  }

  *#flush(): Generator<ParsedLine> {
    const group = this.#group
    this.#group = undefined
    const [first] = group?.rows ?? []
    if (!group || !first || this.#isSkipped(first)) return
    const { line } = first
    const raw = group.rows.map((row) => row.raw).join('\n')
    const before = group.key === undefined ? undefined : this.#remember(group.key, line)
    if (before !== undefined) {
      const name = `${quote(this.#mapping.groupBy)} ${quote(group.key)}`
      yield { line, error: `${name} is on line ${before} already: put the rows of an event together`, raw }
    } else if (group.size > MAX_ROWS)
      yield { line, error: `more than ${MAX_ROWS} rows of one event`, raw: undefined }
    else yield this.#toLine(group.rows, line, raw)
  }

  #isSkipped(row: GoodRow): boolean {
    for (const [column, values] of Object.entries(this.#mapping.only ?? {})) {
      const value = this.#cell(row, column)
      if (values.some((accepted) => accepted.trim().toLowerCase() === value.toLowerCase())) continue
      this.#onSkip(column, value)
      return true
    }
    return false
  }

  /** Remembers a key. Returns the line that had it before. */
  #remember(key: string, line: number): number | undefined {
    const hash = createHash('sha256').update(key).digest().readUIntBE(0, 6)
    const before = this.#keys.get(hash)
    if (before === undefined && this.#keys.size < MAX_KEYS) this.#keys.set(hash, line)
    return before
  }

  #toLine(rows: readonly GoodRow[], line: number, raw: string): ParsedLine {
    try {
      const value = this.#toEvent(rows)
      return { line, value, raw: JSON.stringify(value) }
    } catch (error) {
      if (error instanceof CellError) return { line, error: error.message, raw }
      throw error
    }
  }

  #toEvent(rows: readonly GoodRow[]): Record<string, unknown> {
    const { type, event: name, columns, set, items } = this.#mapping
    const event: Record<string, unknown> = { type, ...(name !== undefined && { event: name }) }
    for (const [path, value] of Object.entries(set)) setPath(event, path, value)
    for (const [column, target] of Object.entries(columns)) {
      // An order's own values are in its first row, or in each.
      const row = rows.find((candidate) => this.#cell(candidate, column) !== '')
      if (row) setPath(event, target.to, this.#convert(row, column, target, rows))
    }
    if (items) {
      const list = rows
        .map((row) => this.#toItem(row, items.columns, rows))
        .filter((item) => Object.keys(item).length > 0)
      if (list.length > 0) setPath(event, items.to, list)
    }
    const hash = createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 32)
    return { messageId: `csv-${hash}`, ...event }
  }

  #toItem(
    row: GoodRow,
    columns: Record<string, CsvTarget>,
    rows: readonly GoodRow[]
  ): Record<string, unknown> {
    const item: Record<string, unknown> = {}
    for (const [column, target] of Object.entries(columns)) {
      if (this.#cell(row, column) !== '') setPath(item, target.to, this.#convert(row, column, target, rows))
    }
    return item
  }

  #convert(row: GoodRow, column: string, { as }: CsvTarget, [first]: readonly GoodRow[]): unknown {
    const text = this.#cell(row, column)
    const cell = toCell(text, as, this.#mapping.decimal)
    if ('value' in cell) return cell.value
    // The place of the error is the first row.
    const place = row === first ? '' : ` (line ${row.line})`
    throw new CellError(`${quote(column)} must be ${cell.expected}, is ${quote(text)}${place}`)
  }

  #cell({ cells }: GoodRow, column: string): string {
    const text = cells[this.#header?.get(column) ?? -1]?.trim() ?? ''
    // Spreadsheets write digits as a formula, so that they stay text.
    return /^="(.*)"$/s.exec(text)?.[1] ?? text
  }
}

class CellError extends Error {}

/** Maximum length of a value in an error, in characters. */
const MAX_QUOTED = 60

const quote = (text = '') => JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)

const toHeader = (cells: readonly string[], mapping: CsvMapping): Map<string, number> => {
  const names = cells.map((cell) => cell.trim())
  const { columns, items, groupBy, only } = mapping
  const used = [columns, items?.columns ?? {}, only ?? {}].flatMap(Object.keys)
  for (const name of [...used, ...(groupBy === undefined ? [] : [groupBy])]) {
    const times = names.filter((one) => one === name).length
    if (times === 1) continue
    throw new Error(
      times === 0
        ? `the CSV mapping names the column ${quote(name)}, which it lacks: its columns are ${names.filter(Boolean).join(', ')}`
        : `the CSV mapping names the column ${quote(name)}, which it has ${times} times`
    )
  }
  return new Map(names.map((name, index) => [name, index]))
}

const setPath = (object: Record<string, unknown>, path: string, value: unknown): void => {
  const [name = '', ...rest] = path.split('.')
  if (rest.length === 0) {
    setOwn(object, name, value)
    return
  }
  const inner = Object.hasOwn(object, name) ? object[name] : undefined
  const next = isRecord(inner) ? { ...inner } : {}
  setOwn(object, name, next)
  setPath(next, rest.join('.'), value)
}
