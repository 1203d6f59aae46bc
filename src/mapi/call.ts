import { RetryableError } from '@segment/actions-core'
import type { MapiAccount } from './account'
import type { OperationName, Operations } from './contract/operations'
import { requestLabel, noteOfAuthorization, toError } from './errors'
import { isRecord } from '../values'
import { toStatus } from '../messages'
import { dropToken, type Token, tokenFor } from './tokens'
import type { MapiRequest, MapiResponse, Transport } from './transports/transport'

/** A call of MAPI before it is authorized. */
export interface MapiCall {
  method: MapiRequest['method']
  /** Path with the version, such as `/v1/event/purchase`. */
  path: Operations[OperationName]['path']
  query?: Record<string, string | undefined>
  /** The body, sent as JSON. */
  body?: object
}

/** A token lives 20 minutes (https://developers.friendbuy.com, "postAuthorization"); no clock makes it live longer. */
const TOKEN_LIFETIME_MS = 20 * 60_000

const AUTHORIZATION = { method: 'POST', path: '/v1/authorization' } as const satisfies MapiCall

/** Renew this long before a token expires, so that none expires on its way to MAPI. */
const RENEW_BEFORE_MS = 60_000

/**
 * Calls MAPI as an account: with its token, and once more with a new one where MAPI no longer takes the first.
 *
 * @returns the response, which is a 2xx
 * @throws what `toError` makes of any other response; RetryableError for a page in MAPI's place; what the transport
 * throws, as it is
 */
export const callMapi = async (
  account: MapiAccount,
  transport: Transport,
  call: MapiCall
): Promise<MapiResponse> => {
  const authorizeAccount = async () => {
    try {
      return await authorize(account, transport)
    } catch (error) {
      noteOfAuthorization(error)
      throw error
    }
  }
  const token = await tokenFor(account, authorizeAccount)
  try {
    return await send(account, transport, call, token)
  } catch (error) {
    if (toStatus(error) !== 401) throw error
    if (token) dropToken(account, token)
    return await send(account, transport, call, await tokenFor(account, authorizeAccount))
  }
}

const send = async (account: MapiAccount, transport: Transport, call: MapiCall, token?: Token) => {
  const request = toRequest(account, call, token)
  const response = await transport(request)
  if (isSuccess(response)) {
    if (isPage(response)) throw answeredByAnother(request, response, 'with an HTML page')
    return response
  }
  throw toError(request, response, [account.key, account.secret, ...(token ? [token.value] : [])])
}

/**
 * Asks MAPI for a new token, without regard to one that is kept.
 *
 * @returns nothing where a host's test mode answers in MAPI's place
 * @throws what `postAuthorization` throws; RetryableError for a 2xx without a token
 */
export const authorize = async (account: MapiAccount, transport: Transport): Promise<Token | undefined> => {
  const response = await postAuthorization(account, transport)
  if (isTestMode(response)) return undefined
  const { token, expires } = isRecord(response.body) ? response.body : {}
  if (!isToken(token)) {
    throw answeredByAnother(toRequest(account, AUTHORIZATION), response, 'without a token')
  }
  return { value: token, keepForMs: keepFor(expires, response) }
}

/**
 * Sends the credentials to MAPI.
 *
 * @returns the response, which is a 2xx
 * @throws what `toError` makes of any other response; what the transport throws, as it is
 */
export const postAuthorization = (account: MapiAccount, transport: Transport): Promise<MapiResponse> =>
  send(account, transport, { ...AUTHORIZATION, body: { key: account.key, secret: account.secret } })

const toRequest = (account: MapiAccount, call: MapiCall, token?: Token): MapiRequest => {
  const query = new URLSearchParams(
    Object.entries(call.query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  ).toString()
  return {
    method: call.method,
    url: account.mapiUrl + call.path + (query && `?${query}`),
    headers: token ? { Authorization: `Bearer ${token.value}` } : {},
    ...(call.body && { json: call.body })
  }
}

const isSuccess = ({ status }: MapiResponse) => status >= 200 && status < 300

/** No answer of MAPI's, which speaks JSON: to take a page for success would lose the event. */
const isPage = ({ body }: MapiResponse) => typeof body === 'string' && body.trimStart().startsWith('<')

/** `Friendbuy MAPI answered 200 to POST /v1/customer with an HTML page: is a proxy in between?` */
const answeredByAnother = (request: MapiRequest, { status }: MapiResponse, how: string) =>
  new RetryableError(
    `Friendbuy MAPI answered ${status} to ${requestLabel(request)} ${how}: is a proxy in between?`,
    502
  )

/**
 * PostHog's test mode answers every POST with `{"status":"OK", …}` and sends nothing: an event without a token then
 * shows the tester its body. Where MAPI itself takes the event, its 401 leads to a proper authorization.
 */
const isTestMode = ({ body }: MapiResponse) => isRecord(body) && body.status === 'OK' && !('token' in body)

/** Visible ASCII: anything else breaks the header, and the error for that would show the token. */
const isToken = (token: unknown): token is string => typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)

/**
 * The expiry is MAPI's time, so it is judged from the response's own date where there is one: the clock of this
 * machine may be off. An expiry that cannot be read, or is past, is no reason to lose the event, nor to keep the token.
 */
const keepFor = (expires: unknown, response: MapiResponse) => {
  const answeredAt = Date.parse(response.header('date') ?? '')
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : NaN
  const lifetime = Math.min(
    expiresAt - (Number.isNaN(answeredAt) ? Date.now() : answeredAt),
    TOKEN_LIFETIME_MS
  )
  // A sandbox may hand out tokens that live for seconds.
  const keepForMs = Math.floor(lifetime - Math.min(RENEW_BEFORE_MS, lifetime / 10))
  return keepForMs > 0 ? keepForMs : 0
}
