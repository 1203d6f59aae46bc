import { toBoolean } from '../values'
import type { CsvFormat } from './csv-mapping'

/** Converted cell, or what it should have been. */
export type Cell = { value: unknown } | { expected: string }

/**
 * Converts the text of a cell.
 *
 * @example
 * toCell('1.026,50', 'number', ',') // { value: 1026.5 }
 */
export const toCell = (text: string, as: CsvFormat, decimal: '.' | ','): Cell => {
  switch (as) {
    case 'number':
      return toNumber(text, decimal)
    case 'boolean':
      return toFlag(text)
    case 'date':
      return toDate(text)
    default:
      return { value: text }
  }
}

const toNumber = (text: string, decimal: '.' | ','): Cell => {
  if (decimal === '.') {
    return /^[+-]?\d+(?:\.\d+)?$/.test(text)
      ? { value: Number(text) }
      : { expected: 'a number such as 1026.50, without a currency and thousands separators' }
  }
  return /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$/.test(text)
    ? { value: Number(text.replaceAll('.', '').replace(',', '.')) }
    : { expected: 'a number such as 1.026,50 or 1026,50, without a currency' }
}

const toFlag = (text: string): Cell => {
  const value = /^y(?:es)?$/i.test(text)
    ? true
    : /^no?$/i.test(text)
      ? false
      : toBoolean(text === '1' ? 1 : text === '0' ? 0 : text)
  return value === undefined ? { expected: 'true or false, yes or no, 1 or 0' } : { value }
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(?: ?(Z|UTC|[+-]\d{2}:?\d{2}))?)?$/

/** Reads a date, and a time without a time zone as UTC. Others, such as 01/02/2026, are ambiguous. */
const toDate = (text: string): Cell => {
  const [, day = '', time = '00:00', seconds = ':00', zone = 'Z'] = DATE.exec(text) ?? []
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const date = new Date(`${day}T${time}${seconds}${offset}`)
  return Number.isNaN(date.getTime())
    ? { expected: 'a date such as 2026-03-01 or 2026-03-01 12:00:00 -0500' }
    : { value: date.toISOString() }
}
