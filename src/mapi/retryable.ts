import { isOfAuthorization, isRetryableStatus } from './errors'
import { isRecord } from '../values'
import { toStatus } from '../messages'

/** Codes of network errors after which MAPI has certainly seen nothing. */
export const UNSENT_CODES: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT'
]

/**
 * Whether MAPI may get a call twice without counting it twice: a purchase has its orderId, a custom event its
 * deduplicationId, a customer is updated. A sign-up has nothing of the kind.
 *
 * @param path the path of the call, which may have a proxy's own before it
 */
export const isRepeatable = (path: string, body: object = {}): boolean => {
  if (path.endsWith('/v1/event/account-sign-up')) return false
  return !path.endsWith('/v1/event/custom') || ('deduplicationId' in body && Boolean(body.deduplicationId))
}

/**
 * Whether a call that failed like this may succeed later, and may be made again: by MAPI's status; without one, a
 * network error after which MAPI has seen nothing of the event, or would not count it twice.
 */
export const mayRetry = (error: unknown, path: string, body: object): boolean => {
  const status = toStatus(error)
  if (status !== undefined) return isRetryableStatus(status)
  const { code, name } = isRecord(error) ? error : {}
  if (typeof code === 'string' && UNSENT_CODES.includes(code)) return true
  // node-fetch gives its own time-outs no code.
  return (
    (typeof code === 'string' || name === 'FetchError') &&
    (isOfAuthorization(error) || isRepeatable(path, body))
  )
}
