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
  const waiting = new AbortController()
  const deadline = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(withinMs, LONGEST_TIMER_MS))
    waiting.signal.addEventListener('abort', () => {
      clearTimeout(timer)
    })
    const abort = () => {
      reject(signal?.reason as Error)
    }
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { signal: waiting.signal })
  })
  try {
    return await Promise.race([work, deadline.then(late)])
  } finally {
    waiting.abort()
  }
}
