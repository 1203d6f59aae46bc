import { toStatus } from '../messages'
import { isRecord } from '../values'
import type { MapiAccount } from './account'
import { hasResponse, MapiError, redact, toMapiError, toProxyError } from './errors'
import type { Repeat } from './repeat'
import { dropToken, type Token, tokenFor } from './tokens'
import type { Json, MapiRequest, MapiResponse, Transport } from './transports/transport'

/** A MAPI call before authorization. */
export interface MapiCall {
  method: MapiRequest['method']
  /** Path with the version, such as `/v1/event/purchase`. */
  path: string
  /** Query parameters; undefined values are left out. */
  query?: Readonly<Record<string, string | undefined>>
  /** The body, sent as JSON. */
  body?: object
  /** Repeat class, which decides what a lost response means. @default 'always' */
  repeat?: Repeat
  /** Statuses to retry besides 408, 423, 429 and 5xx. */
  retryStatuses?: readonly number[]
}

/** Documented lifetime of a token (https://developers.friendbuy.com, "postAuthorization"). */
const TOKEN_LIFETIME_MS = 20 * 60_000

/** Margin for a token's way to MAPI. */
const RENEW_BEFORE_MS = 60_000

const AUTHORIZATION = { method: 'POST', path: '/v1/authorization' } as const

/**
 * Calls MAPI as an account. After a 401 it renews the token and repeats the call once.
 *
 * @returns the response, which is a 2xx, without the account's credentials
 * @throws MapiError for any other response, and for a page in place of MAPI's response; the transport's own error
 * unchanged
 */
export const callMapi = async (
  account: MapiAccount,
  transport: Transport,
  call: MapiCall
): Promise<MapiResponse> => {
  const authorizeAccount = () => authorize(account, transport)
  const token = await tokenFor(account, authorizeAccount)
  try {
    return await send(account, transport, call, token)
  } catch (error) {
    // A host's own error for a 401 counts too.
    if (toStatus(error) !== 401) throw error
    dropToken(account, token)
    return await send(account, transport, call, await tokenFor(account, authorizeAccount))
  }
}

const send = async (account: MapiAccount, transport: Transport, call: MapiCall, token: Token) => {
  const request = toRequest(account, call, token)
  const secrets = [account.key, account.secret, token.value]
  try {
    const response = await exchange(transport, request, secrets)
    return { ...response, body: withoutSecrets(response.body, secrets) }
  } catch (error) {
    throw call.repeat === 'never' && error instanceof MapiError && mayHaveActed(error)
      ? toUnknownOutcome(error, call)
      : error
  }
}

/** Sends a request and requires MAPI's 2xx. */
const exchange = async (transport: Transport, request: MapiRequest, secrets: readonly string[]) => {
  const response = await transport(request)
  if (response.status < 200 || response.status > 299) throw toMapiError(request, response, secrets)
  if (isPage(response)) throw toProxyError(request, response, 'with an HTML page')
  return response
}

/**
 * Asks MAPI for a new token and ignores the cached one.
 *
 * @throws MapiError if MAPI refuses the credentials or gives no usable token; the transport's own error unchanged
 */
export const authorize = async (account: MapiAccount, transport: Transport): Promise<Token> => {
  const { token, keepForMs } = await postAuthorization(account, transport)
  return { value: token, keepForMs }
}

/** A usable authorization. */
interface Authorization {
  token: string
  keepForMs: number
  /** MAPI's response body. */
  body: Json
}

/**
 * Sends the credentials to MAPI.
 *
 * @throws MapiError if MAPI refuses them or gives no usable token; the transport's own error unchanged
 */
export const postAuthorization = async (
  account: MapiAccount,
  transport: Transport
): Promise<Authorization> => {
  const { key, secret } = account
  const request: MapiRequest = {
    ...toRequest(account, { ...AUTHORIZATION, body: { key, secret } }),
    phase: 'authorization'
  }
  const response = await exchange(transport, request, [key, secret])
  const { body } = response
  const { token, expires } = isRecord(body) ? body : {}
  if (typeof token !== 'string' || token === '') throw toProxyError(request, response, 'without a token')
  if (!isToken(token)) throw toProxyError(request, response, 'with a token that no header can carry')
  return { token, keepForMs: toLifetime(expires, response), body }
}

/**
 * Encodes a value of a query. Not by URLSearchParams, which not every runtime has: half characters become U+FFFD, as in a
 * body of JSON, and `!'()~` are encoded too.
 */
const toQueryValue = (text: string) =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )

const toRequest = (account: MapiAccount, call: MapiCall, token?: Token): MapiRequest => {
  const { method, path, query = {}, body, repeat = 'always', retryStatuses } = call
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${toQueryValue(value)}`]
  )
  return {
    method,
    url: account.mapiUrl + path + (parameters.length > 0 ? `?${parameters.join('&')}` : ''),
    headers: token ? { Authorization: `Bearer ${token.value}` } : {},
    ...(body && { json: body }),
    phase: 'call',
    repeat,
    ...(retryStatuses && { retryStatuses })
  }
}

/**
 * True for a proxy's page in place of MAPI's JSON: taking it for success would lose the event. No transport asks for a
 * content encoding, so an encoded body that is not JSON is not MAPI's either.
 */
const isPage = ({ body, header }: MapiResponse) => {
  if (typeof body !== 'string') return false
  const encoding = header('content-encoding') ?? 'identity'
  return (
    body.trimStart().startsWith('<') ||
    /^\s*text\/html\b/i.test(header('content-type') ?? '') ||
    encoding.trim().toLowerCase() !== 'identity'
  )
}

/** Visible ASCII with inner blanks: anything else breaks the header, and the error for that would show the token. */
const isToken = (token: string) => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token)

/**
 * Time to keep a token, in milliseconds. The expiry is in MAPI's time, so it is compared with the response's date if
 * there is one: this machine's clock may be off. A token without a readable expiry serves its callers and is not kept.
 */
const toLifetime = (expires: unknown, response: MapiResponse) => {
  const answeredAt = Date.parse(response.header('date') ?? '')
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : NaN
  const lifetime = Math.min(
    expiresAt - (Number.isNaN(answeredAt) ? Date.now() : answeredAt),
    TOKEN_LIFETIME_MS
  )
  // A sandbox may give tokens that live for seconds.
  const keepForMs = Math.floor(lifetime - Math.min(RENEW_BEFORE_MS, lifetime / 10))
  return keepForMs > 0 ? keepForMs : 0
}

/** Minimum length of a credential that is looked for in a 2xx, in characters: a shorter one is part of any ID. */
const MIN_SECRET_LENGTH = 8

/** Redacts credentials that MAPI's response repeats. Returns the same value if there are none. */
const withoutSecrets = (value: Json, secrets: readonly string[]): Json => {
  const present = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH && holds(value, secret))
  return present.length > 0 ? (JSON.parse(redact(JSON.stringify(value), present)) as Json) : value
}

const holds = (value: Json, text: string): boolean => {
  if (typeof value === 'string') return value.includes(text)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, item]) => name.includes(text) || holds(item, text))
}

/** Statuses with which MAPI certainly refuses a call that must not be repeated. */
const CERTAINLY_REFUSED: readonly (number | undefined)[] = [423, 429]

const mayHaveActed = ({ isRetryable, outcome, status }: MapiError) =>
  isRetryable && outcome !== 'not sent' && !CERTAINLY_REFUSED.includes(status)

/** Error that no queue, host or wrapper retries: MAPI may have paid already, and no key makes a repeat safe. */
const toUnknownOutcome = (error: MapiError, { path }: MapiCall) => {
  const { message, status, reference, phase, cause } = error
  return new MapiError(
    `${message}. It is unknown whether POST ${path} took effect. Before you repeat it, look for it with getLedgerEntries (createdAfter the time of this call) or getCoupons.`,
    {
      // A gateway would have answered 504 for a response that was lost.
      status: hasResponse(error) ? status : 504,
      code: 'OUTCOME_UNKNOWN',
      reference,
      isRetryable: false,
      phase,
      outcome: 'unknown',
      cause
    }
  )
}
