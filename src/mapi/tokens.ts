import { LRUCache } from 'lru-cache'
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

/** Maximum number of cached tokens (about 5 MB). The least recently used is evicted. */
const MAX_TOKENS = 10_000

/**
 * Tokens of this process, one for each address, key and secret. Hosts call `perform` with a new request each time, so
 * tokens live here. Concurrent calls share one authorization.
 */
let tokens: LRUCache<string, Token, { account: MapiAccount; authorize: Authorize }> | undefined

/** Creates the cache on first use: its arrays would be a quarter of the time that a host takes to load this package. */
const tokenCache = () =>
  (tokens ??= new LRUCache({
    max: MAX_TOKENS,
    // An evicted authorization still resolves for the calls that wait for it.
    ignoreFetchAbort: true,
    ttlResolution: 0,
    perf: { now: () => Date.now() },
    fetchMethod: async (_key, _expired, { context: { account, authorize }, options }) => {
      const token = await authorize(account)
      options.ttl = token.keepForMs
      return token
    }
  }))

const cacheKey = ({ mapiUrl, key, secret }: MapiAccount) => JSON.stringify([mapiUrl, key, secret])

/**
 * Gets the account's token: the cached one, or a new one that all concurrent callers share.
 *
 * @throws MapiError for all callers if MAPI refuses. Any other error belongs to the request that was made with one
 * caller's host (its timeout or abort): the other callers then ask once with their own.
 */
export const tokenFor = async (account: MapiAccount, authorize: Authorize): Promise<Token> => {
  let isOurs = false
  const context = {
    account,
    authorize: (asked: MapiAccount) => {
      isOurs = true
      return authorize(asked)
    }
  }
  const ask = async () => {
    const token = await tokenCache().fetch(cacheKey(account), { context })
    // The fetch method above always gives one.
    if (!token) throw new TypeError('The token cache gave no token.')
    return token
  }
  const token = await ask().catch((error: unknown) => {
    if (isOurs || error instanceof MapiError) throw error
    return ask()
  })
  if (token.keepForMs === 0) dropToken(account, token)
  return token
}

/** Removes a token that MAPI rejects, unless a newer one has replaced it. */
export const dropToken = (account: MapiAccount, token: Token): void => {
  const key = cacheKey(account)
  if (tokenCache().peek(key) === token) tokenCache().delete(key)
}
