/** Splits a path such as `properties.products[0]["sku"]` into keys, as actions-core does. */
export const toKeys = (path: string): string[] =>
  path
    // A `]` ends a key after a quote or a digit only. Older browsers know no lookbehind.
    .replace(/(["'\d])\]+/g, '$1.')
    .split(/\[(?=["'\d])|\./)
    .filter(Boolean)
    .map((key) => key.replace(/["']/g, ''))

/** Reads the value at a path of keys. Inherited properties count, and a falsy value on the way is the result. */
export const valueAt = (root: unknown, keys: readonly string[]): unknown => {
  let value = root
  for (const key of keys) {
    if (!value) return value
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
