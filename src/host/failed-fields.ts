import { actions } from '../cloud/actions'
import type { Fields } from '../fields/payload'
import { compileMapping } from '../mapping/compile-mapping'
import { toKeys, valueAt } from '../mapping/path'
import { isBlank, isRecord } from '../values'
import type { FriendbuySubscription } from './subscriptions'

/** A field that an error is about. */
export interface FailedField {
  /** Key of the field, such as `amount`. */
  key: string
  /** Paths that its mapping reads: the one with the value, or all if none has one. */
  paths: string[]
  /** Value that the mapping gives for the event; undefined if it gives none. */
  value: unknown
}

/**
 * Finds the fields that an error names by key or label, with what the event has for them. Not for logs: a value may be
 * personal.
 *
 * @example
 * findFailedFields('Purchase Amount must be a number but it was a string.', event, subscription)
 * // [{ key: 'amount', paths: ['$.properties.total'], value: '$26.50' }]
 */
export const findFailedFields = (
  message: string,
  event: unknown,
  { partnerAction, mapping }: FriendbuySubscription
): FailedField[] => {
  const fields: Fields = actions[partnerAction].fields
  return Object.entries(fields)
    .filter(([key, { label }]) => isNamed(message, key, label))
    .map(([key]) => {
      const given: unknown = mapping[key]
      const paths = findPaths(given)
      const found = paths.find((path) => !isBlank(valueAt(event, toKeys(path.replace('$.', '')))))
      return { key, paths: found === undefined ? paths : [found], value: toValue(key, given, event) }
    })
}

/** Hosts name a missing field by its key, and an invalid one by its label. */
const isNamed = (message: string, key: string, label: string) =>
  message.includes(`'${key}'`) ||
  message.includes(`(${key})`) ||
  message.startsWith(`${label} must`) ||
  message.includes(`. ${label} must`)

/** Lists the paths within a value of a mapping, in their order. */
const findPaths = (given: unknown): string[] => {
  if (!isRecord(given)) return []
  const paths = Object.entries(given).flatMap(([key, value]) =>
    key === '@path' && typeof value === 'string' ? [value] : findPaths(value)
  )
  return [...new Set(paths)]
}

const toValue = (key: string, given: unknown, event: unknown): unknown => {
  try {
    return compileMapping({ [key]: given })(event)[key]
  } catch {
    // A directive that only actions-core knows.
    return undefined
  }
}
