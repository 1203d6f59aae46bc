import type { Command } from 'commander'
import { toMapiUrl } from '../../mapi/account'
import { authorize } from '../../mapi/call'
import { gotTransport } from '../../mapi/transports/got'
import { toMessage } from '../../messages'
import { toAccount } from '../../cloud/settings'
import { CREDENTIALS_HELP, type CredentialsOptions, readCredentials } from '../../merchants/credentials'
import { EXIT, print, printError } from '../output'

/** The options of `verify`, as commander gives them. */
export interface VerifyCommandOptions extends CredentialsOptions {
  mapiUrl?: string
}

/** Adds `verify` to a program. */
export const registerVerify = (program: Command): void => {
  program
    .command('verify')
    .description('Ask MAPI whether the credentials are good.')
    .option('--settings <file>', 'a JSON file with the credentials')
    .option('--mapi-url <url>', "another MAPI than Friendbuy's, such as a running sandbox")
    .addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 they are good, 1 MAPI refuses them or does not answer, 2 wrong usage or no credentials.

Example:
  $ actions-friendbuy-cloud verify --settings settings.json`
    )
    .action(async (options: VerifyCommandOptions) => {
      process.exitCode = await runVerify(options)
    })
}

/**
 * Authorizes once, and prints whether that went well.
 *
 * @returns the exit code
 */
export const runVerify = async (options: VerifyCommandOptions): Promise<number> => {
  const account = await accountFor(options).catch((error: unknown) => {
    printError(toMessage(error))
  })
  if (!account) return EXIT.usage
  try {
    await authorize(account, gotTransport())
  } catch (error) {
    printError(`Asked ${account.mapiUrl}: ${toMessage(error)}`)
    return EXIT.failed
  }
  print(`Asked ${account.mapiUrl}: the credentials are good.`)
  return EXIT.delivered
}

const accountFor = async ({ mapiUrl, ...options }: VerifyCommandOptions) =>
  toAccount(await readCredentials(options, process.env), toMapiUrl(mapiUrl))
