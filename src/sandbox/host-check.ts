import { isIP } from 'node:net'

/** Addresses that stand for every address of this machine. */
const ALL_ADDRESSES = ['0.0.0.0', '::']

/**
 * Makes a check that keeps web pages out: a browser sends their site's name as Host (DNS rebinding) or as Origin.
 *
 * @param bindHost address that the sandbox listens on; if it is every address, any IP address may be the Host
 */
export const createHostCheck =
  (bindHost: string) =>
  ({ host, origin }: { host?: string; origin?: string }): boolean =>
    [`http://${host ?? ''}`, origin].every((address) => {
      if (address === undefined) return true
      if (!URL.canParse(address)) return false
      const name = new URL(address).hostname.replace(/^\[(.*)\]$/, '$1')
      return (
        name === bindHost ||
        name === 'localhost' ||
        name === '::1' ||
        (isIP(name) === 4 && name.startsWith('127.')) ||
        (ALL_ADDRESSES.includes(bindHost) && isIP(name) > 0)
      )
    })
