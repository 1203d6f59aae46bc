/** Time that a handler uses, in milliseconds. Segment ends it after 5 seconds. */
const HANDLER_MS = 4500

/** Deadline of one request, in milliseconds. */
const REQUEST_MS = 4000

/** Least time for which a request is worth starting, in milliseconds. */
const LEAST_MS = 250

/** Time that is left of a handler's call. */
export interface Deadline {
  /** Time for the next request, in milliseconds; 0 if it is too late for one. */
  left: () => number
}

/** Starts the clock of a handler's call. */
export const startDeadline = (): Deadline => {
  const endsAt = Date.now() + HANDLER_MS
  return {
    left: () => {
      const left = Math.min(endsAt - Date.now(), REQUEST_MS)
      return left < LEAST_MS ? 0 : left
    }
  }
}
