import type { AdditionalProperties } from './contract/operations'
import { setOwn } from '../values'

/** Maximum number of additional properties (Segment's documentation of the destination, "Custom attributes"). */
export const MAX_ADDITIONAL_PROPERTIES = 10

/** Maximum length of an additional property in UTF-16 code units (same source). */
export const MAX_ADDITIONAL_PROPERTY_LENGTH = 128

/** Reasons why a custom attribute is dropped. */
export type AttributeDropReason =
  | 'not a string'
  | 'blank'
  | 'longer than 128 characters'
  | 'more than 10 additional properties'
  | 'name begins with $'
  | `overridden by ${string}`

/** A custom attribute of an event. */
export interface Attribute {
  /** Path in the payload, such as `friendbuyAttributes.size`. */
  path: string
  /** Name of the additional property. */
  name: string
  /** Value of any type: only strings are sent. */
  value: unknown
}

/**
 * Lists the entries of an object as attributes.
 *
 * @param path path of the object in the payload
 * @example
 * toAttributes('friendbuyAttributes', { size: 'M' })
 * // [{ path: 'friendbuyAttributes.size', name: 'size', value: 'M' }]
 */
export const toAttributes = (path: string, values: Readonly<Record<string, unknown>> = {}): Attribute[] =>
  Object.entries(values).map(([name, value]) => ({ path: `${path}.${name}`, name, value }))

/**
 * Builds MAPI's `additionalProperties`: the first 10 attributes that are strings of 1 to 128 characters. Dropped
 * attributes do not count towards the 10. Names beginning with `$` belong to hosts and are never sent.
 *
 * @param attributes custom attributes in order; if two share a name, the later one wins
 * @param spare values that MAPI has no property for; added while fewer than 10 are set, unless the name is taken
 * @param onDrop callback for each dropped value
 * @returns the properties, possibly empty
 * @example
 * toAdditionalProperties(toAttributes('friendbuyAttributes', { size: 'M', age: 3 }), { name: 'Ada' }, console.warn)
 * // { size: 'M', name: 'Ada' }, after console.warn('friendbuyAttributes.age', 'not a string')
 */
export const toAdditionalProperties = (
  attributes: readonly Attribute[],
  spare: Readonly<Record<string, string | undefined>>,
  onDrop: (path: string, reason: AttributeDropReason) => void
): AdditionalProperties => {
  const properties: AdditionalProperties = {}
  const paths = new Map<string, string>()

  const keep = ({ path, name, value }: Attribute): void => {
    if (name.startsWith('$')) return onDrop(path, 'name begins with $')
    if (value === null || value === undefined) return onDrop(path, 'blank')
    if (typeof value !== 'string') return onDrop(path, 'not a string')
    if (value.trim() === '') return onDrop(path, 'blank')
    if (value.length > MAX_ADDITIONAL_PROPERTY_LENGTH) return onDrop(path, 'longer than 128 characters')
    const earlier = paths.get(name)
    if (earlier !== undefined) onDrop(earlier, `overridden by ${path}`)
    else if (paths.size >= MAX_ADDITIONAL_PROPERTIES)
      return onDrop(path, 'more than 10 additional properties')
    paths.set(name, path)
    setOwn(properties, name, value)
  }

  attributes.forEach(keep)
  for (const [name, value] of Object.entries(spare)) {
    if (value === undefined) continue
    const winner = paths.get(name)
    if (winner !== undefined) onDrop(name, `overridden by ${winner}`)
    else keep({ path: name, name, value })
  }
  return properties
}
