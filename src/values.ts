/** Whether there is nothing in a value to send: it is missing, null, or a string of white space. */
export const isBlank = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/** A string, also out of a number; undefined for anything else. */
export const toText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : isFiniteNumber(value) ? String(value) : undefined

/** A number, also out of a numeric string; undefined for anything else. */
export const toNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && !isBlank(value) ? Number(value) : value
  return isFiniteNumber(number) ? number : undefined
}

/** A boolean, also out of "true", "false", 1 and 0, as actions-core takes them; undefined for anything else. */
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
 * An object with names and values; undefined for anything else, a Date or a Map among it: their content is under no
 * names, and would be lost in silence.
 */
export const toObject = (value: unknown): Record<string, unknown> | undefined =>
  isRecord(value) && Object.prototype.toString.call(value) === '[object Object]' ? value : undefined

/**
 * The items of a list, out of all the shapes in which hosts hand one over: a lone item, `[[a, b]]`, and the index
 * objects `{"0": [a, b]}` and `[{"0": [a, b]}]`. Blank items are no items.
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

/** An array that a host has turned into an object, `{}` included. */
const isIndexed = (value: unknown): value is Record<string, unknown> => {
  const object = toObject(value)
  return object !== undefined && Object.keys(object).every((key) => /^\d+$/.test(key))
}

const isFiniteNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

/** An object with names and values: neither null nor an array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Gives an object a value of its own under any name: to assign to `__proto__` would change what the object inherits. */
export const setOwn = <Value>(object: Record<string, Value>, name: string, value: Value): void => {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
}

/** No event and no mapping has so many levels; deeper ones overflow the stack of actions-core and of JSON.stringify. */
export const MAX_LEVELS = 1000

/** Whether a value has objects or arrays within each other on more than `MAX_LEVELS` levels. */
export const isTooDeep = (value: unknown, levels = MAX_LEVELS): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((item) => isTooDeep(item, levels - 1)))
