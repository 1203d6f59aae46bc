/** Builds the mapping directive for the value at a path of the event, such as `$.properties.total`. */
export const at = <const Path extends string>(path: Path) => ({ '@path': path })

/**
 * Builds the mapping directive for the value at the first path, or at the second if the event has none at the first.
 *
 * Every host can translate this one level of `@if`, whose `exists` equals its `then`. Not all can translate more.
 */
export const either = <const First extends string, const Second extends string>(
  first: First,
  second: Second
) => ({
  '@if': { exists: at(first), then: at(first), else: at(second) }
})
