import type { Command } from 'commander'
import { toMapiUrl } from '../../mapi/account'
import { authorize } from '../../mapi/call'
import { gotTransport } from '../../mapi/transports/got'
import { toMessage } from '../../messages'
import { toAccount } from '../../cloud/settings'
import { CREDENTIALS_HELP, readCredentials } from '../../merchants/credentials'
import { addMapiOptions, type MapiOptions, warnOfEnvironment } from '../mapi-options'
import { EXIT, print, printError } from '../output'

/** Registers `verify`. */
export const registerVerify = (program: Command): void => {
  addMapiOptions(program.command('verify').description('Check the credentials with MAPI.'))
    .addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 valid, 1 MAPI refuses them or does not respond, 2 invalid usage or no credentials.

Example:
  $ actions-friendbuy-cloud verify --settings settings.json`
    )
    .action(async (options: MapiOptions) => {
      process.exitCode = await runVerify(options)
    })
}

/**
 * Authorizes once and prints the result.
 *
 * @returns the exit code
 */
export const runVerify = async (options: MapiOptions): Promise<number> => {
  const account = await accountFor(options).catch((error: unknown) => {
    printError(toMessage(error))
  })
  if (!account) return EXIT.usage
  try {
    await authorize(account, gotTransport())
  } catch (error) {
    printError(`${account.mapiUrl}: ${toMessage(error)}`)
    return EXIT.failed
  }
  print(`${account.mapiUrl}: the credentials are valid.`)
  return EXIT.delivered
}

const accountFor = async ({ mapiUrl, ...options }: MapiOptions) => {
  const settings = await readCredentials(options, process.env)
  warnOfEnvironment(settings.authSecret, mapiUrl)
  return toAccount(settings, toMapiUrl(mapiUrl))
}
