/** Maximum backoff, in milliseconds. */
const MAX_BACKOFF_MS = 30_000

/** Maximum backoff before the first retry; doubles with each further one. In milliseconds. */
const FIRST_BACKOFF_MS = 500

/**
 * Returns the pause before the next attempt, in milliseconds: exponential backoff with full jitter, or as long as MAPI
 * asks if that is longer. The caller limits that.
 *
 * @param retries retries so far
 * @param afterMs MAPI's Retry-After, in milliseconds
 *
 * @example
 * backoffMs(0, undefined) // 0 to 500
 * backoffMs(0, 7000) // 7000
 * backoffMs(0, 0) // 0 to 500
 */
export const backoffMs = (retries: number, afterMs: number | undefined): number =>
  Math.max(afterMs ?? 0, Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retries))
