import { isRecord } from '../values'
import { toMapiAccount, toMapiUrl } from './account'
import { callMapi, postAuthorization } from './call'
import {
  type AnswerOf,
  type InputOf,
  type OperationName,
  type Operations,
  operations
} from './contract/operations'
import { type GotTransportOptions, gotTransport } from './transports/got'
import type { MapiResponse } from './transports/transport'

/** Whose MAPI calls to make, and how. */
export interface MapiClientOptions extends GotTransportOptions {
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
 * A client of MAPI for one merchant. It authorizes by itself, once for all calls that wait, renews the token in time,
 * and tries again where that may help. An answer without a body gives an empty object.
 *
 * Its methods reject with actions-core's errors: `PayloadValidationError` (400, 422), `InvalidAuthenticationError`
 * (401, 403), `RetryableError` (408, 423, 429, 5xx, no answer; with `retryAfterMs` where MAPI said when) and
 * `IntegrationError` (any other), each with a `status`.
 *
 * @throws InvalidAuthenticationError when key or secret are blank; TypeError when mapiUrl is no plain
 * http or https address
 */
export const createMapiClient = ({ key, secret, mapiUrl, ...options }: MapiClientOptions): MapiClient => {
  const account = toMapiAccount(key, secret, toMapiUrl(mapiUrl))
  const transport = gotTransport(options)

  const toMethod = ([name, { method, path }]: [string, Operations[OperationName]]) => [
    name,
    async (input: Record<string, string>) =>
      answerOf(
        await callMapi(account, transport, { method, path, [method === 'POST' ? 'body' : 'query']: input })
      )
  ]

  return {
    // Each method takes and gives what the operation of its name declares.
    ...(Object.fromEntries(Object.entries(operations).map(toMethod)) as MapiClient),
    postAuthorization: async () =>
      answerOf(await postAuthorization(account, transport)) as AnswerOf<'postAuthorization'>
  }
}

const answerOf = ({ body }: MapiResponse): object => (isRecord(body) ? body : {})
