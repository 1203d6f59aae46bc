import { isRecord } from '../values'
import { toMapiAccount, toMapiUrl } from './account'
import { postAuthorization } from './call'
import { findViolation } from './check-input'
import type { Authorization } from './contract/authorization'
import type { Page } from './contract/common'
import type { ReferralLinkRequest } from './contract/links'
import type { Operation } from './contract/operation'
import { type MapiOperations, type OperationName, operationOf, operations } from './contract/operations'
import { isDate } from './contract/schema'
import { createReferralLinks, type ReferralLinkResult } from './create-referral-links'
import { InvalidRequestError } from './errors'
import { paginate, toPageQuery } from './paginate'
import type { Repeat } from './repeat'
import { callWithRetries, type RetryOptions } from './retry'
import { type GotTransportOptions, gotTransport } from './transports/got'

/** Credentials and behavior of a client. */
export interface MapiClientOptions extends GotTransportOptions, RetryOptions {
  /** The MAPI key. */
  key: string
  /** The MAPI secret; `ENV:SECRET` names one of Friendbuy's environments. */
  secret: string
  /**
   * Address of another MAPI, without the version, such as a sandbox's.
   *
   * @default 'https://mapi.fbot.me'
   */
  mapiUrl?: string
}

/** A call of a path that the client has no method for. */
export interface MapiRequestOptions {
  /** HTTP method. */
  method: 'GET' | 'POST' | 'DELETE'
  /** Path with the version, such as `/v1/customers`, without a query. */
  path: string
  /** Query parameters by name. */
  query?: Readonly<Record<string, string | number | boolean | Date | undefined>>
  /** Body, sent as JSON. */
  body?: object
  /**
   * Repetitions of the call that are safe.
   *
   * @default 'always' for GET and DELETE, 'never' for POST
   */
  repeat?: Repeat
}

/** MAPI's operations as methods, under the names of its reference, and what is built on them. */
export interface MapiClient extends MapiOperations {
  /**
   * Authorizes anew, which shows whether the credentials are valid. The other methods authorize by themselves.
   *
   * @see https://developers.friendbuy.com/#postauthorization
   * @example
   * const { expires } = await mapi.postAuthorization()
   */
  readonly postAuthorization: () => Promise<Authorization>
  /**
   * Creates or retrieves any number of personal links, ten in a call, and gives them in order. A request that MAPI
   * refuses gives an `error` and costs the others nothing. Any other error ends the iteration; all of it may be
   * repeated, since links are retrieved.
   *
   * @see https://developers.friendbuy.com/#postpersonalreferrallinkbatch
   * @example
   * for await (const { request, purl, error } of mapi.createReferralLinks(requests)) {
   *   console.log(request.email, purl?.link ?? error?.message)
   * }
   */
  readonly createReferralLinks: (
    requests: Iterable<ReferralLinkRequest> | AsyncIterable<ReferralLinkRequest>
  ) => AsyncIterableIterator<ReferralLinkResult>
  /**
   * Calls a path that has no method, authorized and retried like the others.
   *
   * @returns the parsed JSON of the answer
   * @example
   * const answer = await mapi.request({ method: 'GET', path: '/v1/customers', query: { id: 'c-1' } })
   */
  readonly request: (options: MapiRequestOptions) => Promise<unknown>
}

/**
 * Creates a MAPI client for one merchant. It authorizes by itself, once for all concurrent calls, renews the token in
 * time, and retries what may succeed later and counts nothing twice. A response without a body gives an empty object.
 *
 * Its methods reject with a `MapiError`: `InvalidRequestError` (400, 422, and invalid input, before any request),
 * `AuthenticationError` (401, 403) or `UnavailableError` (408, 423, 429, 5xx, a proxy's page, no response).
 *
 * @throws AuthenticationError if key or secret are blank; TypeError if mapiUrl is not a plain http or https address
 *
 * @example
 * const mapi = createMapiClient({ key, secret })
 * const { eventId } = await mapi.postPurchaseEvent({ orderId: 'order-1', amount: 49.9, currency: 'USD' })
 */
export const createMapiClient = ({ key, secret, mapiUrl, ...options }: MapiClientOptions): MapiClient => {
  const account = toMapiAccount(key, secret, toMapiUrl(mapiUrl))
  const transport = gotTransport(options)

  const call = async (name: string, operation: Operation, input: Input): Promise<unknown> => {
    const violation = findViolation(operation, input, 'allowed')
    if (violation !== undefined) throw toInvalidRequest(`${name}: ${violation}`)
    const { method, path, repeat, retryStatuses, toAnswer = toObject } = operation
    const { body } = await callWithRetries(
      account,
      transport,
      {
        method,
        path,
        ...(method === 'POST' ? { body: input } : { query: toQuery(input) }),
        repeat: typeof repeat === 'function' ? repeat(input) : repeat,
        ...(retryStatuses && { retryStatuses })
      },
      options
    )
    return toAnswer(body)
  }

  const toMethod = (name: OperationName) => {
    const operation = operationOf(name)
    const callWith = (input: Input) => call(name, operation, input)
    return operation.paged
      ? (query: Input = {}) =>
          paginate(query, (page) => callWith(toPageQuery(page)) as Promise<Page<unknown>>)
      : (input: Input = {}) => callWith(input)
  }

  const methods = toMethods(toMethod)

  return {
    ...methods,
    postAuthorization: async () =>
      toObject((await postAuthorization(account, transport)).body) as Authorization,
    createReferralLinks: (requests) =>
      createReferralLinks(requests, methods.postPersonalReferralLinkBatch, (request) => {
        const violation = operations.postPersonalReferralLink.input.violationOf(request, '', 'allowed')
        return violation === undefined ? undefined : toInvalidRequest(`createReferralLinks: ${violation}`)
      }),
    request: async ({ method, path, query, body, repeat = method === 'POST' ? 'never' : 'always' }) => {
      if (!isPlainPath(path)) {
        throw toInvalidRequest('request: path: expected a path such as /v1/customers, without a query')
      }
      const call = { method, path, ...(query && { query: toQuery(query) }), ...(body && { body }), repeat }
      return (await callWithRetries(account, transport, call, options)).body
    }
  }
}

/** A method for each operation. Each takes and gives what `OperationsOf` holds the operation of its name to. */
const toMethods = (toMethod: (name: OperationName) => unknown): MapiOperations => {
  const methods: unknown = Object.fromEntries(
    Object.keys(operations).map((name) => [name, toMethod(name as OperationName)])
  )
  return methods as MapiOperations
}

type Input = Readonly<Record<string, unknown>>

/** The parameters of a query as text. A property that is undefined counts as missing. */
const toQuery = (input: Input): Record<string, string> =>
  Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [[name, toText(value)]]))
  )

const toText = (value: unknown): string => {
  if (isDate(value)) return value.toISOString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** True for a path that a URL holds unchanged: without a query, a fragment or steps to another version. */
const isPlainPath = (path: unknown) =>
  typeof path === 'string' && path.startsWith('/v1/') && new URL(path, 'http://mapi').pathname === path

const toInvalidRequest = (message: string) =>
  new InvalidRequestError(message, {
    code: 'INVALID_REQUEST',
    isRetryable: false,
    phase: 'call',
    outcome: 'not sent'
  })

const toObject = (body: unknown): object => (isRecord(body) ? body : {})
