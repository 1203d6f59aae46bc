/** Longest delay of a timer, in milliseconds: beyond it, timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Waits for some work, but not beyond a deadline. Work that is late continues, and its outcome is ignored.
 *
 * @param late what to resolve with, or throw, at the deadline
 * @param signal ends the wait early
 * @throws what the work or `late` throws, and the signal's reason
 */
export const withDeadline = async <Result, Late>(
  work: Promise<Result>,
  withinMs: number,
  late: () => Late,
  signal?: AbortSignal
): Promise<Result | Late> => {
  let stopWaiting: () => void = () => undefined
  const deadline = new Promise<void>((resolve, reject) => {
    const abort = () => {
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(resolve, Math.min(withinMs, LONGEST_TIMER_MS))
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    // Not an AbortController for both: its reason, an error with a stack, took a sixth of a worker's time.
    stopWaiting = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([work, deadline.then(late)])
  } finally {
    stopWaiting()
  }
}
