import {
  getErrorCodeFromHttpStatus,
  IntegrationError,
  InvalidAuthenticationError,
  PayloadValidationError,
  RetryableError
} from '@segment/actions-core'
import { toStatus, toOneLine } from '../messages'
import { isRecord } from '../values'
import type { MapiRequest, MapiResponse } from './transports/transport'

type RetryableStatus = NonNullable<ConstructorParameters<typeof RetryableError>[1]>

/**
 * Whether the same call may succeed later. The type lists the 5xx that actions-core knows; a gateway's 520 is
 * retried like them.
 */
export const isRetryableStatus = (status: number): status is RetryableStatus =>
  status === 408 || status === 423 || status === 429 || status >= 500

/**
 * The error of actions-core that a response other than 2xx stands for.
 *
 * - 400, 422: `PayloadValidationError`, not retried
 * - 401, 403: `InvalidAuthenticationError`
 * - 408, 423, 429, 5xx: `RetryableError`, with `retryAfterMs` where the response said when
 * - any other: `IntegrationError`
 *
 * Each has the response's `status` and a message with method, path, MAPI's words and its reference. None carries
 * one of the secrets.
 *
 * @param secrets what must not come back in the words of the response: key, secret, token
 */
export const toError = (request: MapiRequest, response: MapiResponse, secrets: readonly string[]): Error => {
  const { status } = response
  const message = describe(request, response, secrets)
  if (isRetryableStatus(status)) {
    const retryAfterMs = toRetryAfterMs(response.header('retry-after'), Date.now())
    return Object.assign(
      new RetryableError(message, status),
      retryAfterMs === undefined ? {} : { retryAfterMs }
    )
  }
  switch (status) {
    case 400:
    case 422:
      return Object.assign(new PayloadValidationError(message), { status })
    case 401:
    case 403:
      return Object.assign(new InvalidAuthenticationError(message), { status })
    default:
      return new IntegrationError(message, getErrorCodeFromHttpStatus(status), status)
  }
}

/** Whether an error is one that a response of MAPI's was turned into: a host's own are of other classes. */
export const isMapiError = (error: unknown): boolean =>
  error instanceof IntegrationError ||
  error instanceof InvalidAuthenticationError ||
  error instanceof RetryableError

/** What authorizations have failed with. The errors themselves stay as they are: a host recognises its own. */
const ofAuthorizations = new WeakSet<object>()

/** Takes note that an authorization failed with this error: the event that waits for it was not sent. */
export const noteOfAuthorization = (error: unknown): void => {
  if (isRecord(error)) ofAuthorizations.add(error)
}

/** Whether an authorization failed with this error, and not the call of an event. */
export const isOfAuthorization = (error: unknown): boolean => isRecord(error) && ofAuthorizations.has(error)

/** Whether MAPI gives these credentials no token, or takes none of theirs: no other event would fare better. */
export const isRefusalOfCredentials = (error: unknown): boolean => {
  const status = toStatus(error)
  return status === 401 || (isOfAuthorization(error) && status !== undefined && !isRetryableStatus(status))
}

/** `Friendbuy MAPI answered 422 to POST /v1/event/purchase: amount is required (reference 8a1f)` */
const describe = (request: MapiRequest, response: MapiResponse, secrets: readonly string[]) => {
  const answered = `Friendbuy MAPI answered ${response.status} to ${requestLabel(request)}`
  const { message, error, reference } = isRecord(response.body) ? response.body : {}
  const words = [message, error].find((text) => typeof text === 'string' && text.trim() !== '')
  const said = typeof words === 'string' ? `${answered}: ${clean(words, secrets)}` : answered
  const referred =
    typeof reference === 'string' && reference.trim() !== ''
      ? `${said} (reference ${clean(reference, secrets)})`
      : said
  return isRefusal(request, response)
    ? `${referred}. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret.`
    : referred
}

/** Whether MAPI has refused the credentials themselves. */
const isRefusal = ({ url }: MapiRequest, { status }: MapiResponse) =>
  new URL(url).pathname.endsWith('/v1/authorization') && [400, 401, 403, 422].includes(status)

/** The request as a person reads it: the query may hold an e-mail address, so it stays out. */
export const requestLabel = ({ method, url }: MapiRequest): string => `${method} ${new URL(url).pathname}`

/** MAPI's words as part of a line: without the secrets that they may repeat. */
const clean = (words: string, secrets: readonly string[]) =>
  toOneLine(
    secrets
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      // One may be the beginning of another.
      .sort((one, other) => other.length - one.length)
      .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), words)
  )

/**
 * A `Retry-After` header in milliseconds: it holds seconds or a date (RFC 9110, 10.2.3).
 *
 * @returns undefined where there is none or it is neither
 */
export const toRetryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
