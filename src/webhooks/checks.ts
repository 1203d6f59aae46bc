/** True for an object with names and values: neither null nor a list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True for a text that is more than white space. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** @throws TypeError if an option that must be a function is not one */
export const checkFunction = (name: string, value: unknown): void => {
  if (typeof value !== 'function') throw new TypeError(`${name}: expected a function, got ${typeof value}.`)
}
