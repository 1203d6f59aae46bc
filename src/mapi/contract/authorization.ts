/** Authorization, which the client takes care of by itself. */
import { object, text } from './schema'

/** Credentials of a merchant. */
export interface Credentials {
  /** The MAPI key. */
  key: string
  /** The MAPI secret. */
  secret: string
}

/** A bearer token. */
export interface Authorization {
  /** Type of the token, `Bearer`. */
  tokenType?: string
  /** The token. */
  token: string
  /** Time at which it expires, as ISO text: 20 minutes after it was made. */
  expires: string
}

export const authorizationOperations = {
  postAuthorization: {
    method: 'POST',
    path: '/v1/authorization',
    repeat: 'always',
    input: object<Credentials>({ key: text, secret: text })
  }
} as const
