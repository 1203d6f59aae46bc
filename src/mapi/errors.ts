import { toOneLine } from '../messages'
import { isRecord } from '../values'
import type { MapiRequest, MapiResponse } from './transports/transport'

/** The step that failed: the authorization that a call waits for, or the call itself. */
export type MapiPhase = MapiRequest['phase']

/**
 * The state of the call at MAPI after a failure.
 *
 * - `not sent`: MAPI has not seen the call.
 * - `refused`: MAPI answered that it did nothing, such as 422, 429 or 503.
 * - `unknown`: MAPI may have acted, since its response was lost or is a 500, a 502, a 504 or a proxy's page.
 */
export type MapiOutcome = 'not sent' | 'refused' | 'unknown'

/** Properties of a `MapiError`. */
export interface MapiErrorDetails {
  /** HTTP status of the response, or the one that stands for a missing response: 408 for a timeout, 503 otherwise. */
  status?: number
  /** Stable name of the failure, such as `INVALID_REQUEST`, or the system's code of a network error. */
  code: string
  /** Reference that Friendbuy's support can look up. */
  reference?: string
  /** Time to wait before the next attempt, from `Retry-After`, in milliseconds. */
  retryAfterMs?: number
  /** True if the same call may succeed later. */
  isRetryable: boolean
  /** The step that failed. */
  phase: MapiPhase
  /** The state of the call at MAPI. */
  outcome: MapiOutcome
  /** Error of the network. */
  cause?: unknown
}

/**
 * Failure of a MAPI call. No property holds a key, a secret or a token.
 *
 * @example
 * try {
 *   await mapi.postPurchaseEvent(purchase)
 * } catch (error) {
 *   if (error instanceof MapiError && error.isRetryable) retryIn(error.retryAfterMs)
 * }
 */
export class MapiError extends Error {
  /** HTTP status of the response, or the one that stands for a missing response; missing if no request was made. */
  declare readonly status?: number
  /** Stable name of the failure, such as `INVALID_REQUEST`, or the system's code of a network error. */
  readonly code: string
  /** Reference that Friendbuy's support can look up. */
  declare readonly reference?: string
  /** Time to wait before the next attempt, from `Retry-After`, in milliseconds. */
  declare readonly retryAfterMs?: number
  /** True if the same call may succeed later. See `outcome` before you repeat one that counts twice. */
  readonly isRetryable: boolean
  /** The step that failed. */
  readonly phase: MapiPhase
  /** The state of the call at MAPI. */
  readonly outcome: MapiOutcome

  constructor(message: string, details: MapiErrorDetails) {
    const { status, code, reference, retryAfterMs, isRetryable, phase, outcome, cause } = details
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.isRetryable = isRetryable
    this.phase = phase
    this.outcome = outcome
    if (status !== undefined) this.status = status
    if (reference !== undefined) this.reference = reference
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** MAPI refuses the input (400, 422), or the client does before any request. Not retryable. */
export class InvalidRequestError extends MapiError {}

/** MAPI refuses the credentials, the token or the operation for this customer (401, 403). Not retryable. */
export class AuthenticationError extends MapiError {}

/** MAPI cannot answer now: 408, 423, 429, 5xx, a proxy's page, or no response. Retryable. */
export class UnavailableError extends MapiError {}

/** Statuses with which a server refuses a request before any work. */
const REFUSED_STATUSES: readonly number[] = [408, 423, 429, 503]

/** True for a status after which the same call may succeed: 408, 423, 429 and 5xx. */
export const isRetryableStatus = (status: number): boolean =>
  status === 408 || status === 423 || status === 429 || status >= 500

/**
 * Converts a response other than a 2xx to an error with the response's status and a message of one line: method, path,
 * MAPI's message and its reference.
 *
 * @param secrets key, secret and token, which are redacted from MAPI's message
 */
export const toMapiError = (
  request: MapiRequest,
  response: MapiResponse,
  secrets: readonly string[]
): MapiError => {
  const { status } = response
  const { phase } = request
  const { reference } = isRecord(response.body) ? response.body : {}
  const message = describe(request, response, secrets)
  const details = {
    status,
    phase,
    outcome: phase === 'authorization' ? 'not sent' : toOutcome(status),
    ...(isText(reference) && { reference: clean(reference, secrets) })
  } as const
  if (isRetryableStatus(status) || request.retryStatuses?.includes(status)) {
    const retryAfterMs = toRetryAfterMs(response.header('retry-after'), Date.now())
    return new UnavailableError(message, { ...details, code: 'UNAVAILABLE', isRetryable: true, retryAfterMs })
  }
  switch (status) {
    case 400:
    case 422:
      return new InvalidRequestError(message, { ...details, code: 'INVALID_REQUEST', isRetryable: false })
    case 401:
    case 403:
      return new AuthenticationError(message, {
        ...details,
        code: 'AUTHENTICATION_FAILED',
        isRetryable: false
      })
    default:
      return new MapiError(message, { ...details, code: `HTTP_${status}`, isRetryable: false })
  }
}

const toOutcome = (status: number): MapiOutcome =>
  status >= 500 && !REFUSED_STATUSES.includes(status) ? 'unknown' : 'refused'

/**
 * Error for a 2xx that is not MAPI's: `Friendbuy MAPI answered 200 to POST /v1/customer with an HTML page: …`
 *
 * @param content the body that came instead, such as `with an HTML page`
 */
export const toProxyError = (
  request: MapiRequest,
  { status }: MapiResponse,
  content: string
): UnavailableError =>
  new UnavailableError(
    `Friendbuy MAPI answered ${status} to ${requestLabel(request)} ${content}: is a proxy in between?`,
    {
      status: 502,
      code: 'UNAVAILABLE',
      isRetryable: true,
      phase: request.phase,
      outcome: request.phase === 'authorization' ? 'not sent' : 'unknown'
    }
  )

/** Codes of network errors that occur before anything is sent. */
export const UNSENT_CODES: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT'
]

/**
 * Error for a missing response: `Friendbuy MAPI did not answer POST /v1/customer: connect ECONNREFUSED`
 *
 * @param failure the network error's message and code; its own object may hold the request, and with it the token
 */
export const toNoResponseError = (
  request: MapiRequest,
  { message, code = 'NO_RESPONSE', isSent = !UNSENT_CODES.includes(code) }: NetworkFailure
): UnavailableError =>
  new UnavailableError(`Friendbuy MAPI did not answer ${requestLabel(request)}: ${toOneLine(message)}`, {
    status: code === 'ETIMEDOUT' ? 408 : 503,
    code,
    isRetryable: true,
    phase: request.phase,
    outcome: request.phase === 'call' && isSent ? 'unknown' : 'not sent'
  })

/** True if the error stands for a response, MAPI's or a proxy's, and not for a network failure. */
export const hasResponse = ({ isRetryable, code }: MapiError): boolean =>
  !isRetryable || code === 'UNAVAILABLE'

/** Reason for a missing response. */
export interface NetworkFailure {
  message: string
  /** Code such as `ECONNREFUSED`. */
  code?: string
  /** False if MAPI has certainly not seen the request. @default derived from the code */
  isSent?: boolean
}

/**
 * Parses a `Retry-After` header, which holds whole seconds or an HTTP date (RFC 9110, 10.2.3), to milliseconds.
 *
 * @returns undefined if the header is missing or neither
 */
export const toRetryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  // Date.parse also makes a date of "-5" and "5, 5".
  const date = /[a-z]{3}/i.test(header) ? Date.parse(header) : NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Describes a request without its query, which may hold an email address: `POST /v1/customer`. */
export const requestLabel = ({ method, url }: MapiRequest): string =>
  `${method} ${url.replace(/^\w+:\/\/[^/?]*|\?.*$/g, '')}`

/** `Friendbuy MAPI answered 422 to POST /v1/event/purchase: amount is required (reference 8a1f)` */
const describe = (request: MapiRequest, response: MapiResponse, secrets: readonly string[]) => {
  const answered = `Friendbuy MAPI answered ${response.status} to ${requestLabel(request)}`
  const { message, error, reference } = isRecord(response.body) ? response.body : {}
  const reason = [message, error].find(isText)
  const said = isText(reason) ? `${answered}: ${clean(reason, secrets)}` : answered
  const referred = isText(reference) ? `${said} (reference ${clean(reference, secrets)})` : said
  return request.phase === 'authorization' && [400, 401, 403, 422].includes(response.status)
    ? `${referred}. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret.`
    : referred
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** MAPI's text as part of one line, without the secrets that it may repeat. */
const clean = (text: string, secrets: readonly string[]) => toOneLine(redact(text, secrets))

/** Replaces secrets in a text, also where they are JSON-escaped or percent-encoded. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    // One may be the beginning of another.
    .sort((one, other) => other.length - one.length)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, '[redacted]'), text)
