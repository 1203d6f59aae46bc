import type { Moment, Page } from '../mapi/contract/operations'
import { isRecord } from '../values'
import { Refusal } from './refusal'

/** An item of a report, at its place. */
export interface Row<Item> {
  /** Time at which it happened, in milliseconds since 1970. */
  readonly at: number
  /** Position among what happened at the same time. */
  readonly id: number
  readonly item: Item
}

/** Items in the order of their time, the latest of them if there are more than `keep`. */
export class Timeline<Item> {
  readonly #keep: number
  #rows: Row<Item>[] = []
  #lastId = 0

  constructor(keep: number) {
    this.#keep = keep
  }

  /** The rows, the oldest first. */
  get rows(): readonly Row<Item>[] {
    return this.#rows
  }

  add(item: Item, at: number): void {
    const row = { at, id: (this.#lastId += 1), item }
    const last = this.#rows.at(-1)
    if (!last || last.at <= at) this.#rows.push(row)
    else this.#rows.splice(findIndex(this.#rows, [at, row.id]), 0, row)
    // A block at once, so that an item costs the same however many there are.
    if (this.#rows.length > this.#keep + 1000) this.#rows = this.#rows.slice(-this.#keep)
  }

  /** Keeps only the items that pass. */
  filter(passes: (item: Item) => boolean): void {
    this.#rows = this.#rows.filter(({ item }) => passes(item))
  }
}

/** Position of a row: its time and ID. */
type Position = readonly [at: number, id: number]

/** Index of the first row behind a position. */
const findIndex = (rows: readonly Row<unknown>[], [at, id]: Position): number => {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row && (row.at < at || (row.at === at && row.id <= id))) low = middle + 1
    else high = middle
  }
  return low
}

/** The range and page of a report. */
interface Cursor {
  searchAfter: Position
  fromDate?: string
  toDate?: string
  pageSize: number
}

/** Properties of a report's query that are not filters. */
const POSITION = ['fromDate', 'toDate', 'pageSize', 'pageToken']

/** Query of a report. */
export interface ReportQuery {
  fromDate?: Moment
  toDate?: Moment
  pageSize?: number
  pageToken?: string
}

/**
 * A page of a report, with MAPI's kind of token: the position behind the last result, and the range that it is of.
 *
 * @throws Refusal for an unreadable token, or a range that ends before it begins
 */
export const toReportPage = <Item extends object>(
  rows: readonly Row<Item>[],
  query: ReportQuery,
  defaultPageSize: number
): Page<Item> => {
  const cursor = toCursor(query, defaultPageSize)
  const { searchAfter, toDate, pageSize } = cursor
  const end = toDate === undefined ? Infinity : Date.parse(toDate)
  const passes = toFilter(query)
  const page: Row<Item>[] = []
  let total = 0
  const first = findIndex(rows, searchAfter)
  const begin =
    cursor.fromDate === undefined ? 0 : findIndex(rows, [Date.parse(cursor.fromDate) - 1, Infinity])
  for (let index = begin; index < rows.length; index += 1) {
    const row = rows[index]
    if (!row || row.at > end) break
    if (!passes(row.item)) continue
    total += 1
    if (index >= first && page.length < pageSize) page.push(row)
  }
  const last = page.at(-1)
  return {
    ...(last && { nextPageToken: toToken({ ...cursor, searchAfter: [last.at, last.id] }) }),
    totalResults: total,
    results: page.map(({ item }) => item)
  }
}

const toCursor = (query: ReportQuery, defaultPageSize: number): Cursor => {
  const { fromDate, toDate, pageSize = defaultPageSize, pageToken } = query
  if (pageToken !== undefined) return readToken(pageToken)
  const cursor = { searchAfter: [-Infinity, 0], pageSize } as const
  if (fromDate === undefined || toDate === undefined) return cursor
  const [from, to] = [parseTime('fromDate', fromDate), parseTime('toDate', toDate)]
  if (from > to) throw new Refusal(422, 'toDate: expected a time that is not before fromDate')
  return { ...cursor, fromDate: new Date(from).toISOString(), toDate: new Date(to).toISOString() }
}

/**
 * Parses a time.
 *
 * @throws Refusal if it is not one
 */
export const parseTime = (name: string, value: Moment): number => {
  const time = value instanceof Date ? value.getTime() : Date.parse(value)
  if (Number.isNaN(time)) throw new Refusal(422, `${name}: expected an ISO date-time`)
  return time
}

const toToken = (cursor: Cursor) =>
  Buffer.from(JSON.stringify({ ...cursor, zone: 'UTC' })).toString('base64url')

const readToken = (token: string): Cursor => {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (isCursor(cursor)) return cursor
  } catch {
    // Not JSON.
  }
  throw new Refusal(422, 'pageToken: not a token of this report')
}

const isCursor = (value: unknown): value is Cursor => {
  if (!isRecord(value) || typeof value.pageSize !== 'number' || !Array.isArray(value.searchAfter))
    return false
  const times = [value.fromDate, value.toDate]
  return (
    value.searchAfter.length === 2 &&
    value.searchAfter.every((part) => typeof part === 'number') &&
    times.every((time) => time === undefined || (typeof time === 'string' && !Number.isNaN(Date.parse(time))))
  )
}

/** A filter for each property of a query that is not part of its range: equal, and addresses in any letter case. */
const toFilter = (query: object) => {
  const filters = Object.entries(query).filter(
    ([name, value]) => !POSITION.includes(name) && value !== undefined
  )
  return (item: object) => {
    const properties = item as Readonly<Record<string, unknown>>
    return filters.every(([name, value]) =>
      /email$/i.test(name) ? isSameAddress(properties[name], value) : properties[name] === value
    )
  }
}

/** True for two spellings of an email address. */
export const isSameAddress = (one: unknown, other: unknown): boolean =>
  typeof one === 'string' && typeof other === 'string' && one.toLowerCase() === other.toLowerCase()
