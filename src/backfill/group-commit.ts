/**
 * Coalesces writes: at most one runs at a time, and calls made meanwhile share the next one. The returned function
 * resolves after a write that began after the call. A failed write is the last one: its error rejects all pending and
 * all later calls.
 *
 * @example
 * const commit = createGroupCommit(() => writeFile(path, currentState()))
 * await commit()
 */
export const createGroupCommit = (write: () => Promise<void>): (() => Promise<void>) => {
  let last = Promise.resolve()
  let next: Promise<void> | undefined
  const writeAfter = async (previous: Promise<void>) => {
    await previous
    next = undefined
    await write()
  }
  return () => {
    if (next === undefined) {
      next = writeAfter(last)
      last = next
    }
    return next
  }
}
