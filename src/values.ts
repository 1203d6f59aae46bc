/** True for a value with nothing to send: missing, null, or a string of white space. */
export const isBlank = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/** Reads a string or a number as a string; undefined for anything else. */
export const toText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : isFiniteNumber(value) ? String(value) : undefined

/** Reads a number or a numeric string as a number; undefined for anything else. */
export const toNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && !isBlank(value) ? Number(value) : value
  return isFiniteNumber(number) ? number : undefined
}

/** Reads a boolean, "true", "false", 1 or 0 as a boolean, as actions-core does; undefined for anything else. */
export const toBoolean = (value: unknown): boolean | undefined => {
  switch (typeof value === 'string' ? value.trim().toLowerCase() : value) {
    case true:
    case 'true':
    case 1:
      return true
    case false:
    case 'false':
    case 0:
      return false
    default:
      return undefined
  }
}

/**
 * Reads a plain object; undefined for anything else. A Date or a Map has no named values, so it is not one: its content
 * would be lost in silence.
 */
export const toObject = (value: unknown): Record<string, unknown> | undefined =>
  isRecord(value) && Object.prototype.toString.call(value) === '[object Object]' ? value : undefined

/**
 * Reads the items of a list in every shape that hosts pass: a lone item, `[[a, b]]`, and the index objects
 * `{"0": [a, b]}` and `[{"0": [a, b]}]`. Blank items are skipped.
 */
export const toList = (value: unknown, depth = 3): unknown[] => {
  if (isBlank(value)) return []
  if (depth === 0 || !(Array.isArray(value) || isIndexed(value))) return [value]
  // flatMap takes several times as long.
  const items: unknown[] = []
  for (const part of Object.values(value)) {
    for (const item of toList(part, depth - 1)) items.push(item)
  }
  return items
}

/** True for an array that a host turned into an object, `{}` included. */
const isIndexed = (value: unknown): value is Record<string, unknown> => {
  const object = toObject(value)
  return object !== undefined && Object.keys(object).every((key) => /^\d+$/.test(key))
}

const isFiniteNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

/** True for an object that is neither null nor an array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sets an own property of any name. Assigning to `__proto__` would change the object's prototype. */
export const setOwn = <Value>(object: Record<string, Value>, name: string, value: Value): void => {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
}

/** True for an object's own property. Browsers before 2022 have no `Object.hasOwn`. */
export const hasOwn = (object: object, name: PropertyKey): boolean =>
  Object.prototype.hasOwnProperty.call(object, name)

/** Copies an object without undefined values, empty objects and empty arrays. Deeper levels stay as they are. */
export const withoutEmpty = <Value>(
  object: Readonly<Record<string, Value | undefined>>
): Record<string, Value> => {
  const kept: Record<string, Value> = {}
  for (const name of Object.keys(object)) {
    const value = object[name]
    if (value !== undefined && !isEmpty(value)) setOwn(kept, name, value)
  }
  return kept
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** Maximum depth of an event or a mapping. Deeper ones overflow the stack of actions-core and of JSON.stringify. */
export const MAX_LEVELS = 1000

/** True for objects or arrays that are nested more than `MAX_LEVELS` levels deep. */
export const isTooDeep = (value: unknown, levels = MAX_LEVELS): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((item) => isTooDeep(item, levels - 1)))
