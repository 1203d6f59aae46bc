/**
 * Makes a write that many may ask for: one write is under way at a time, and whoever asks meanwhile shares the next.
 * What it gives resolves when a write that began after the call is done. A write that fails is the last one: it rejects
 * all who wait, and all who ask later, with its error.
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
