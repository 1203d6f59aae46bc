import type { Command } from 'commander'
import { createMapiClient, type MapiClient } from '../mapi'
import { type CredentialsOptions, readCredentials } from '../merchants/credentials'
import { MAPI_URL_OPTION, SETTINGS_OPTION } from './arguments'
import { printError } from './output'

/** Options of a command that calls MAPI. */
export interface MapiOptions extends CredentialsOptions {
  mapiUrl?: string
}

/** Adds the options of a command that calls MAPI. */
export const addMapiOptions = (command: Command): Command =>
  command.option('--settings <file>', SETTINGS_OPTION).option('--mapi-url <url>', MAPI_URL_OPTION)

/**
 * Creates the client of a command.
 *
 * @throws Error if credentials are missing or the address is invalid
 */
export const createClient = async ({ mapiUrl, ...options }: MapiOptions): Promise<MapiClient> => {
  const { authKey: key, authSecret: secret } = await readCredentials(options, process.env)
  warnOfEnvironment(secret, mapiUrl)
  return createMapiClient({ key, secret, mapiUrl })
}

/** Warns of a secret that looks like one of an environment, but addresses production. */
export const warnOfEnvironment = (secret: string, mapiUrl?: string): void => {
  if (mapiUrl !== undefined || !/^(?=[a-z0-9-]*[A-Z])[A-Za-z0-9-]{1,32}:/.test(secret)) return
  printError(
    'The MAPI secret begins with a name in capital letters and a colon. It addresses production: write the name of an environment in lower case.'
  )
}
