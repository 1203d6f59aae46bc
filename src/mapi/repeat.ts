import type { MapiError } from './errors'

/**
 * Repeat class of a call: `always` if repeating it does no harm, `unlessSeen` if MAPI may count it twice once it has
 * seen it, `never` if repeating it may pay twice.
 */
export type Repeat = 'always' | 'unlessSeen' | 'never'

/**
 * Repeat class of an event's call. Friendbuy documents that a custom event counts once per eventType and
 * deduplicationId, and that a customer is updated. A purchase is repeated although its documentation is silent, since
 * losing one is worse.
 *
 * @param path path of the call, possibly behind a proxy's prefix
 */
export const toRepeat = (path: string, body: object = {}): Repeat => {
  if (path.endsWith('/v1/event/account-sign-up')) return 'unlessSeen'
  if (!path.endsWith('/v1/event/custom')) return 'always'
  return 'deduplicationId' in body && Boolean(body.deduplicationId) ? 'always' : 'unlessSeen'
}

/** True if a failed call may succeed later, and repeating it counts nothing twice. */
export const mayRepeat = ({ isRetryable, outcome }: MapiError, repeat: Repeat): boolean =>
  isRetryable && (outcome !== 'unknown' || repeat === 'always')
