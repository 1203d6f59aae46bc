import type { AdditionalProperties } from './contract/operations'
import type { OnDrop } from '../fields/dropped-value'
import { setOwn } from '../values'

/** How many additional properties MAPI takes (Segment's documentation of the destination, "Custom attributes"). */
export const MAX_ADDITIONAL_PROPERTIES = 10

/** How long an additional property may be, in UTF-16 characters (same source). */
export const MAX_ADDITIONAL_PROPERTY_LENGTH = 128

/** A custom attribute: where it stood, for the report, its name and its value. */
export interface Attribute {
  path: string
  name: string
  value: unknown
}

/** The names and values of an object as attributes that stood at a path. */
export const toAttributes = (path: string, values: Readonly<Record<string, unknown>> = {}): Attribute[] =>
  Object.entries(values).map(([name, value]) => ({ path: `${path}.${name}`, name, value }))

/**
 * MAPI's additionalProperties: at most 10 strings of at most 128 characters each, the first that qualify. What is
 * left out takes no place. Names that begin with `$` are a host's own and never go.
 *
 * @param attributes custom attributes in order; of two that share a name, the later one's value takes the place
 * of the earlier
 * @param spare values that MAPI has no property for: they go where a place and their name are still free
 * @param onDrop takes note of each value that is left out
 * @returns the properties, possibly none
 */
export const toAdditionalProperties = (
  attributes: readonly Attribute[],
  spare: Readonly<Record<string, string | undefined>>,
  onDrop: OnDrop
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
    if (earlier !== undefined) onDrop(earlier, 'another value has its place')
    else if (paths.size >= MAX_ADDITIONAL_PROPERTIES)
      return onDrop(path, 'more than 10 additional properties')
    paths.set(name, path)
    setOwn(properties, name, value)
  }

  attributes.forEach(keep)
  for (const [name, value] of Object.entries(spare)) {
    if (value === undefined) continue
    if (paths.has(name)) onDrop(name, 'another value has its place')
    else keep({ path: name, name, value })
  }
  return properties
}
