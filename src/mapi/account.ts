import { InvalidAuthenticationError } from '@segment/actions-core'

/** MAPI's address in production (https://developers.friendbuy.com, "Base URL"), without the version. */
export const MAPI_URL = 'https://mapi.fbot.me'

/** A merchant as MAPI knows it: where to ask, and with which credentials. */
export interface MapiAccount {
  /** Address of MAPI without the version, such as `https://mapi.fbot.me`. */
  mapiUrl: string
  /** The MAPI key. */
  key: string
  /** The MAPI secret, without the name of an environment. */
  secret: string
}

/**
 * Which MAPI a key and secret belong to: `ENV:SECRET`, with ENV of 1 to 32 characters out of `a-z`, `0-9` and
 * `-`, names Friendbuy's environment ENV; any other secret is production's. The pattern is narrow because the
 * secret comes from a merchant and must not choose the host that the server calls.
 *
 * @param key the MAPI key
 * @param secret the MAPI secret, with or without the name of an environment before it
 * @param mapiUrl another MAPI, chosen by who runs the process: it takes the place of both addresses
 * @throws InvalidAuthenticationError when the key or the secret is missing or blank
 */
export const toMapiAccount = (key: unknown, secret: unknown, mapiUrl?: string): MapiAccount => {
  if (!isFilled(key) || !isFilled(secret)) {
    throw new InvalidAuthenticationError(
      'The Friendbuy MAPI Key or the Friendbuy MAPI Secret is missing: set both in the settings of the destination.'
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
 * The address of another MAPI, where one is given: checked, and without what a call's path begins with, a slash and the
 * version that MAPI's documentation counts to its address.
 *
 * @throws TypeError when it is no http or https address, or carries credentials, a query or a fragment
 */
export const toMapiUrl = (address: string | undefined): string | undefined => {
  if (address === undefined) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(address)) {
    throw new TypeError('mapiUrl must be a plain http or https address, such as http://127.0.0.1:8787')
  }
  return url.href.replace(/(\/v1)?\/*$/, '')
}
