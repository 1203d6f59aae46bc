/** The longest pause before another try, where MAPI does not say. In milliseconds. */
const LONGEST_PAUSE_MS = 30_000

/** The most that the first pause takes; each further one takes up to twice as long. In milliseconds. */
const FIRST_PAUSE_MS = 500

/**
 * How long to wait before another try, in milliseconds: as long as MAPI says, or a random part of a growing pause.
 *
 * @param retries the tries after the first one, so far
 * @param afterMs how long MAPI wants to be left alone
 */
export const backoffMs = (retries: number, afterMs: number | undefined): number =>
  afterMs ?? Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries)
