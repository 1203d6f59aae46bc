import { isRecord } from '../values'
import { EVENT_TYPES } from './event-types'

/** Conversion of a cell. */
export type CsvFormat = 'text' | 'number' | 'boolean' | 'date'

/** Place of a cell's value in the event, and its conversion. */
export interface CsvTarget {
  /** Path in the event, such as `properties.order_id`; within `items`, in the item. */
  to: string
  as: CsvFormat
}

/** What becomes of the columns of a CSV file: rows to events. */
export interface CsvMapping {
  type: string
  /** Name of a track event. */
  event?: string
  /** Targets by the names of their columns. */
  columns: Record<string, CsvTarget>
  /** Constants by their paths in the event. */
  set: Record<string, unknown>
  /** Column whose equal values make adjacent rows one event. */
  groupBy?: string
  /** One item per row, in a list at the path `to`. */
  items?: { to: string; columns: Record<string, CsvTarget> }
  /**
   * Values that rows must have, by the names of their columns; without regard to case. An empty object reads all rows,
   * and says so. Undefined: the mapping does not say.
   */
  only?: Record<string, string[]>
  /** Separates cells. Undefined: found by the header. */
  delimiter?: string
  /** Separates the decimals of a number. */
  decimal: '.' | ','
}

const FORMATS: readonly unknown[] = ['text', 'number', 'boolean', 'date']
const KEYS = ['type', 'event', 'columns', 'set', 'groupBy', 'items', 'only', 'delimiter', 'decimal']
const ROOT = /^(?:userId|anonymousId|messageId|timestamp|(?:properties|traits|context)(?:\.[^.]+)+)$/
const ITEM_PATH = /^[^.]+(?:\.[^.]+)*$/

/**
 * Checks the content of a CSV mapping file.
 *
 * @throws Error that names the first key that is invalid
 *
 * @example
 * parseCsvMapping({ type: 'identify', columns: { Email: 'traits.email', ID: 'userId' } })
 */
export const parseCsvMapping = (value: unknown): CsvMapping => {
  if (!isRecord(value)) throw invalid('the file', 'an object such as {"event": "…", "columns": {…}}', value)
  const unknownKey = Object.keys(value).find((key) => !KEYS.includes(key))
  if (unknownKey !== undefined) throw new Error(`unknown key "${unknownKey}": expected ${KEYS.join(', ')}`)
  const { type = 'track', event, groupBy, items, delimiter, decimal = '.' } = value
  const types: readonly unknown[] = EVENT_TYPES
  if (typeof type !== 'string' || !types.includes(type)) {
    throw invalid('type', `one of ${EVENT_TYPES.join(', ')}`, type)
  }
  if (type === 'track' ? !isFilled(event) : event !== undefined) {
    throw invalid(
      'event',
      type === 'track' ? 'the name of the event' : 'nothing, except for type track',
      event
    )
  }
  if (groupBy !== undefined && !isFilled(groupBy)) throw invalid('groupBy', 'the name of a column', groupBy)
  if (delimiter !== undefined && !(typeof delimiter === 'string' && /^[^"\r\n]$/.test(delimiter))) {
    throw invalid('delimiter', 'one character such as ";"', delimiter)
  }
  if (decimal !== '.' && decimal !== ',') throw invalid('decimal', '"." or ","', decimal)
  return {
    type,
    ...(typeof event === 'string' && { event }),
    columns: parseColumns('columns', value.columns, ROOT),
    set: parseSet(value.set),
    ...(groupBy !== undefined && { groupBy }),
    ...(items !== undefined && { items: parseItems(items) }),
    ...(value.only !== undefined && { only: parseOnly(value.only) }),
    ...(delimiter !== undefined && { delimiter }),
    decimal
  }
}

const parseColumns = (key: string, value: unknown, paths: RegExp): Record<string, CsvTarget> => {
  if (!isRecord(value) || Object.keys(value).length === 0) throw invalid(key, 'paths by column names', value)
  return Object.fromEntries(
    Object.entries(value).map(([column, target]) => {
      const { to, as = 'text' } = isRecord(target) ? target : { to: target }
      const place = `${key}[${JSON.stringify(column)}]`
      if (typeof to !== 'string' || !paths.test(to) || to.includes('__proto__')) {
        const example =
          paths === ROOT ? '"userId", "timestamp", "properties.…", "traits.…" or "context.…"' : '"name"'
        throw invalid(place, `a path such as ${example}`, to)
      }
      if (!FORMATS.includes(as)) throw invalid(place, 'as: "text", "number", "boolean" or "date"', as)
      return [column, { to, as: as as CsvFormat }]
    })
  )
}

const parseItems = (value: unknown) => {
  if (!isRecord(value)) throw invalid('items', '{"to": "properties.products", "columns": {…}}', value)
  const { to = 'properties.products', columns } = value
  if (typeof to !== 'string' || !ROOT.test(to))
    throw invalid('items.to', 'a path such as "properties.products"', to)
  return { to, columns: parseColumns('items.columns', columns, ITEM_PATH) }
}

const parseSet = (value: unknown): Record<string, unknown> => {
  if (value === undefined) return {}
  if (!isRecord(value)) throw invalid('set', 'values by paths', value)
  const path = Object.keys(value).find((key) => !ROOT.test(key) || key.includes('__proto__'))
  if (path !== undefined) throw invalid('set', 'a path such as "properties.currency"', path)
  return value
}

const parseOnly = (value: unknown): Record<string, string[]> => {
  if (!isRecord(value)) throw invalid('only', 'lists of values by column names', value)
  return Object.fromEntries(
    Object.entries(value).map(([column, values]) => {
      const list: unknown[] = Array.isArray(values) ? values : [values]
      const texts = list.filter((one) => typeof one === 'string')
      if (texts.length !== list.length) throw invalid(`only["${column}"]`, 'a list of texts', values)
      return [column, texts]
    })
  )
}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

const invalid = (key: string, expected: string, value: unknown) =>
  new Error(
    `${key} must be ${expected}, is ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80)}`
  )
