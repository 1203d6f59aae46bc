import type { Command } from 'commander'
import { createMapiClient, type MapiClient } from '../mapi'
import { type CredentialsOptions, readCredentials } from '../merchants/credentials'

/** Options of a command that calls MAPI. */
export interface MapiOptions extends CredentialsOptions {
  mapiUrl?: string
}

/** Adds the options of a command that calls MAPI. */
export const addMapiOptions = (command: Command): Command =>
  command
    .option('--settings <file>', 'JSON file of credentials, readable by its owner only')
    .option('--mapi-url <url>', "address of another MAPI than Friendbuy's, such as a sandbox")

/**
 * Creates the client of a command.
 *
 * @throws Error if credentials are missing or the address is invalid
 */
export const createClient = async ({ mapiUrl, ...options }: MapiOptions): Promise<MapiClient> => {
  const { authKey: key, authSecret: secret } = await readCredentials(options, process.env)
  return createMapiClient({ key, secret, mapiUrl })
}
