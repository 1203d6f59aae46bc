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
