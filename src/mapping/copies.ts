import { setOwn, toObject } from '../values'

/** Copies a value with all that it holds, without the properties that are undefined. */
export const withoutUndefined = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutUndefined)
  const object = toObject(value)
  if (!object) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const item = object[key]
    // As in actions-core, a value under `__proto__` becomes the prototype of the copy.
    if (item !== undefined) copy[key] = key === '__proto__' ? item : withoutUndefined(item)
  }
  return copy
}

/** Copies an object, and the objects within it, with undefined for each null; null itself becomes undefined. */
export const withoutNulls = (value: unknown): unknown => {
  if (value === null) return undefined
  const object = toObject(value)
  if (!object) return value
  // Not a spread: as in actions-core, a value under `__proto__` becomes the prototype of the copy.
  const copy: Record<string, unknown> = Object.assign({}, object)
  for (const key of Object.keys(object)) {
    const item = object[key]
    if (item === null || toObject(item)) copy[key] = withoutNulls(item)
  }
  return copy
}

/** Collects the values within objects and lists under one key each: the keys on the way, joined. */
export const flatten = (
  value: unknown,
  separator: string,
  omitArrays: boolean,
  prefix = '',
  into: Record<string, unknown> = {}
): Record<string, unknown> => {
  const holder = Array.isArray(value) && !omitArrays ? value : toObject(value)
  if (!holder) setOwn(into, prefix, value)
  for (const [key, item] of Object.entries(holder ?? {})) {
    flatten(item, separator, omitArrays, prefix ? prefix + separator + key : key, into)
  }
  return into
}
