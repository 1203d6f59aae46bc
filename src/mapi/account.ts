import { AuthenticationError } from './errors'

/** MAPI's address in production (https://developers.friendbuy.com, "Base URL"), without the version. */
export const MAPI_URL = 'https://mapi.fbot.me'

/** A merchant's account at MAPI. */
export interface MapiAccount {
  /** Address of MAPI without the version, such as `https://mapi.fbot.me`. */
  mapiUrl: string
  /** The MAPI key. */
  key: string
  /** The MAPI secret, without an environment's prefix. */
  secret: string
}

/**
 * Builds the account of a key and secret. `ENV:SECRET`, with ENV of 1 to 32 characters of `a-z`, `0-9` and `-`,
 * addresses Friendbuy's environment ENV; any other secret addresses production. The pattern is narrow because the
 * secret comes from a merchant and must not choose the host that the server calls.
 *
 * @param key the MAPI key
 * @param secret the MAPI secret, with or without an environment's prefix
 * @param mapiUrl the operator's address, which replaces both
 * @throws AuthenticationError if the key or the secret is missing or blank
 *
 * @example
 * toMapiAccount('key', 'staging-1:secret').mapiUrl // 'https://mapi.fbot-staging-1.me'
 */
export const toMapiAccount = (key: unknown, secret: unknown, mapiUrl?: string): MapiAccount => {
  if (!isFilled(key) || !isFilled(secret)) {
    throw new AuthenticationError(
      'The Friendbuy MAPI Key or the Friendbuy MAPI Secret is missing: set both in the settings of the destination.',
      { code: 'MISSING_CREDENTIALS', isRetryable: false, phase: 'authorization', outcome: 'not sent' }
    )
  }
  const [, environment, environmentSecret] = /^([a-z0-9-]{1,32}):(.+)$/s.exec(secret) ?? []
  return environment !== undefined && environmentSecret !== undefined
    ? { mapiUrl: mapiUrl ?? `https://mapi.fbot-${environment}.me`, key, secret: environmentSecret }
    : { mapiUrl: mapiUrl ?? MAPI_URL, key, secret }
}

/** A host that does not validate settings may pass anything. */
const isFilled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/**
 * Checks the operator's address of MAPI, and strips trailing slashes and the version, which each path begins with.
 *
 * @throws TypeError if it is not an http or https address, or has credentials, a query or a fragment
 */
export const toMapiUrl = (address: string | undefined): string | undefined => {
  if (address === undefined) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(address)) {
    throw new TypeError('mapiUrl must be a plain http or https address, such as http://127.0.0.1:8787')
  }
  const base = withoutSlashes(url.href)
  return base.endsWith('/v1') ? base.slice(0, -'/v1'.length) : base
}

/** Strips trailing slashes in linear time, unlike a regular expression. */
const withoutSlashes = (text: string) => {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
