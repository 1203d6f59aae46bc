import { isRecord } from '../values'
import { toMapiAccount, toMapiUrl } from './account'
import { postAuthorization } from './call'
import {
  type AnswerOf,
  type InputOf,
  type OperationName,
  type Operations,
  operations
} from './contract/operations'
import { toRepeat } from './repeat'
import { callWithRetries, type RetryOptions } from './retry'
import { type GotTransportOptions, gotTransport } from './transports/got'

/** Whose MAPI calls to make, and how. */
export interface MapiClientOptions extends GotTransportOptions, RetryOptions {
  /** The MAPI key. */
  key: string
  /** The MAPI secret; `ENV:SECRET` names one of Friendbuy's environments. */
  secret: string
  /** Address of another MAPI, without the version, such as a sandbox's. */
  mapiUrl?: string
}

type AuthorizedOperation = Exclude<OperationName, 'postAuthorization'>

/** MAPI's operations as methods, under the names of its reference. */
export type MapiClient = {
  readonly [Name in AuthorizedOperation]: (input: InputOf<Name>) => Promise<AnswerOf<Name>>
} & {
  /** Authorizes anew, which tells whether the credentials are good. The other methods authorize by themselves. */
  readonly postAuthorization: () => Promise<AnswerOf<'postAuthorization'>>
}

/**
 * Creates a MAPI client for one merchant. It authorizes by itself, once for all concurrent calls, renews the token in
 * time, and retries what may succeed later and counts nothing twice. A response without a body gives an empty object.
 *
 * Its methods reject with a `MapiError`: `InvalidRequestError` (400, 422), `AuthenticationError` (401, 403) or
 * `UnavailableError` (408, 423, 429, 5xx, a proxy's page, no response).
 *
 * @throws AuthenticationError if key or secret are blank; TypeError if mapiUrl is not a plain http or https address
 *
 * @example
 * const mapi = createMapiClient({ key: process.env.FRIENDBUY_MAPI_KEY, secret: process.env.FRIENDBUY_MAPI_SECRET })
 * const { eventId } = await mapi.postPurchaseEvent({ orderId: 'order-1', amount: 49.9, currency: 'USD' })
 */
export const createMapiClient = ({ key, secret, mapiUrl, ...options }: MapiClientOptions): MapiClient => {
  const account = toMapiAccount(key, secret, toMapiUrl(mapiUrl))
  const transport = gotTransport(options)

  const toMethod = ([name, { method, path }]: [string, Operations[OperationName]]) => [
    name,
    async (input: Record<string, string>) => {
      const call =
        method === 'POST'
          ? { method, path, body: input, repeat: toRepeat(path, input) }
          : { method, path, query: input }
      return toObject((await callWithRetries(account, transport, call, options)).body)
    }
  ]

  return {
    // Each method takes and gives what the operation of its name declares.
    ...(Object.fromEntries(Object.entries(operations).map(toMethod)) as MapiClient),
    postAuthorization: async () =>
      toObject((await postAuthorization(account, transport)).body) as AnswerOf<'postAuthorization'>
  }
}

const toObject = (body: unknown): object => (isRecord(body) ? body : {})
