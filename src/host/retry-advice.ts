import type { PreparedCall } from '../cloud/define-action'
import { hasResponse, type MapiError } from '../mapi/errors'
import { mayRepeat, toRepeat } from '../mapi/repeat'

/** What to do after a call failed. Without either property, a retry would fail too or could count twice. */
export interface RetryAdvice {
  /** Present if the call can be retried. `afterMs` is MAPI's Retry-After. */
  retry?: { afterMs?: number }
  /** True if MAPI refuses the credentials: no other event would succeed. */
  isUnauthorized?: true
}

/** Decides what to do after MAPI's error. */
export const toRetryAdvice = (error: MapiError, { path, body }: PreparedCall): RetryAdvice => {
  const { status, phase, isRetryable, retryAfterMs } = error
  // Like any host, ours retries a 5xx: an event that was lost is worse than one that counted twice.
  if (mayRepeat(error, toRepeat(path, body)) || (isRetryable && hasResponse(error))) {
    return { retry: retryAfterMs === undefined ? {} : { afterMs: retryAfterMs } }
  }
  return status === 401 || (phase === 'authorization' && !isRetryable) ? { isUnauthorized: true } : {}
}
