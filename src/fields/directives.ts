/** The mapping directive for the value at a path of the event, such as `$.properties.total`. */
export const at = <const Path extends string>(path: Path) => ({ '@path': path })

/**
 * The mapping directive for the value at a path or, where the event has none there, at another.
 *
 * This one level of `@if`, whose `exists` is its `then`, is all that every host translates.
 */
export const either = <const First extends string, const Second extends string>(
  first: First,
  second: Second
) => ({
  '@if': { exists: at(first), then: at(first), else: at(second) }
})
