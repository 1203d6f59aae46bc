import type { MapiAccount } from './account'
import { MapiError } from './errors'

/** A bearer token. */
export interface Token {
  value: string
  /** Time until it is renewed, in milliseconds; 0 if it serves only the calls that wait for it. */
  keepForMs: number
}

/** Asks MAPI for a token. */
export type Authorize = (account: MapiAccount) => Promise<Token>

/** An authorization, in flight or complete. */
interface Authorization {
  pending: Promise<Token>
  token?: Token
  /** Time of this machine, in milliseconds. */
  renewAt: number
}

/** Maximum number of cached tokens (about 5 MB). The least recently used is evicted. */
const MAX_TOKENS = 10_000

/**
 * Authorizations of this process, one for each address, key and secret, least recently used first. Hosts call `perform`
 * with a new request each time, so tokens live here.
 */
const authorizations = new Map<string, Authorization>()

const toKey = ({ mapiUrl, key, secret }: MapiAccount) => JSON.stringify([mapiUrl, key, secret])

/**
 * Gets the account's token: the cached one, or a new one that all concurrent callers share.
 *
 * @throws MapiError for all callers if MAPI refuses. Any other error belongs to the request that was made with one
 * caller's host (its timeout or abort): the other callers then ask once with their own.
 */
export const tokenFor = async (account: MapiAccount, authorize: Authorize): Promise<Token> => {
  const key = toKey(account)
  const add = () => addAuthorization(key, authorize(account))
  const shared = findAuthorization(key)
  try {
    // All callers wait for the same promise, so that they go on in the order in which they came.
    return await (shared ?? add())
  } catch (error) {
    if (!shared || error instanceof MapiError) throw error
    return findAuthorization(key) ?? add()
  }
}

const findAuthorization = (key: string): Promise<Token> | undefined => {
  const found = authorizations.get(key)
  if (!found || found.renewAt <= Date.now()) return undefined
  // The order of a Map is that of its insertions.
  authorizations.delete(key)
  authorizations.set(key, found)
  return found.pending
}

const addAuthorization = (key: string, pending: Promise<Token>): Promise<Token> => {
  const added: Authorization = { pending, renewAt: Infinity }
  authorizations.delete(key)
  authorizations.set(key, added)
  for (const [oldest] of authorizations) {
    if (authorizations.size <= MAX_TOKENS) break
    authorizations.delete(oldest)
  }
  pending.then(
    (token) => {
      added.token = token
      added.renewAt = Date.now() + token.keepForMs
    },
    () => {
      if (authorizations.get(key) === added) authorizations.delete(key)
    }
  )
  return pending
}

/** Removes a token that MAPI rejects, unless a newer one has replaced it. */
export const dropToken = (account: MapiAccount, token: Token): void => {
  const key = toKey(account)
  if (authorizations.get(key)?.token === token) authorizations.delete(key)
}
