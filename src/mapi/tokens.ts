import { LRUCache } from 'lru-cache'
import type { MapiAccount } from './account'
import { isMapiError } from './errors'

/** A bearer token, and for how long it may serve. */
export interface Token {
  value: string
  /** From now on, in milliseconds; 0 where it may serve the calls that wait for it, and no other. */
  keepForMs: number
}

/** Authorizes an account; resolves with nothing where the answer holds no token and yet is no failure. */
export type Authorize = (account: MapiAccount) => Promise<Token | undefined>

/** More merchants than this share the cache by turns: about 5 MB when full. */
const MAX_TOKENS = 10_000

/**
 * The tokens of this process, one for each address, key and secret. Hosts call `perform` with a new request each
 * time, so what outlives an event has to live here. Authorizations are shared by all who wait for the same one.
 */
const tokens = new LRUCache<string, Token, { account: MapiAccount; authorize: Authorize }>({
  max: MAX_TOKENS,
  // An authorization that another merchant's pushes out of the cache is still answered to who waits for it.
  ignoreFetchAbort: true,
  ttlResolution: 0,
  perf: { now: () => Date.now() },
  fetchMethod: async (_id, _expired, { context: { account, authorize }, options }) => {
    const token = await authorize(account)
    options.ttl = token?.keepForMs
    return token
  }
})

const cacheKey = ({ mapiUrl, key, secret }: MapiAccount) => JSON.stringify([mapiUrl, key, secret])

/**
 * The account's token: the kept one, or a new one. However many ask at once, one authorization answers all.
 *
 * Where it fails by MAPI's answer, it fails for all of them, and nothing is kept. Where it fails by the request that
 * it was made with (one host's time-out, one event's abort), those who did not make it try once with their own.
 */
export const tokenFor = async (account: MapiAccount, authorize: Authorize): Promise<Token | undefined> => {
  let isOurs = false
  const context = {
    account,
    authorize: (asked: MapiAccount) => {
      isOurs = true
      return authorize(asked)
    }
  }
  const ask = () => tokens.fetch(cacheKey(account), { context })
  const token = await ask().catch((error: unknown) => {
    if (isOurs || isMapiError(error)) throw error
    return ask()
  })
  if (token?.keepForMs === 0) dropToken(account, token)
  return token
}

/** Forgets a token that MAPI no longer takes, unless a newer one is in its place already. */
export const dropToken = (account: MapiAccount, token: Token): void => {
  const id = cacheKey(account)
  if (tokens.peek(id) === token) tokens.delete(id)
}
