import type { Command } from 'commander'
import { toMapiUrl } from '../../mapi/account'
import { authorize } from '../../mapi/call'
import { gotTransport } from '../../mapi/transports/got'
import { toMessage } from '../../messages'
import { toAccount } from '../../cloud/settings'
import { CREDENTIALS_HELP, readCredentials } from '../../merchants/credentials'
import { addMapiOptions, type MapiOptions, warnOfEnvironment } from '../mapi-options'
import { EXIT, print, printError } from '../output'

/** Options of `verify`, as commander gives them. */
export interface VerifyCommandOptions extends MapiOptions {
  json?: true
}

/** Registers `verify`. */
export const registerVerify = (program: Command): void => {
  addMapiOptions(program.command('verify').description('Check the credentials with MAPI.'))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 valid, 1 MAPI refuses them or does not respond, 2 invalid usage or no credentials.

Example:
  $ actions-friendbuy-cloud verify --settings settings.json`
    )
    .action(async (options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(options)
    })
}

/**
 * Authorizes once and prints the result.
 *
 * @returns the exit code
 */
export const runVerify = async ({ json, ...options }: VerifyCommandOptions): Promise<number> => {
  const account = await accountFor(options).catch((error: unknown) => {
    printError(toMessage(error))
  })
  if (!account) return EXIT.usage
  const { mapiUrl } = account
  try {
    await authorize(account, gotTransport())
  } catch (error) {
    const message = toMessage(error)
    if (json) print(JSON.stringify({ mapiUrl, valid: false, error: message }))
    else printError(`${mapiUrl}: ${message}`)
    return EXIT.failed
  }
  print(json ? JSON.stringify({ mapiUrl, valid: true }) : `${mapiUrl}: the credentials are valid.`)
  return EXIT.delivered
}

const accountFor = async ({ mapiUrl, ...options }: MapiOptions) => {
  const settings = await readCredentials(options, process.env)
  warnOfEnvironment(settings.authSecret, mapiUrl)
  return toAccount(settings, toMapiUrl(mapiUrl))
}
