import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { isBlank } from '../../values'
import { createMapiClient } from '../../mapi'
import { toMessage, toOneLine } from '../../messages'
import { CREDENTIALS_HELP, type CredentialsOptions, readCredentials } from '../../merchants/credentials'
import { EXIT, print, printError } from '../output'

/** The options of `forget`, as commander gives them. */
export interface ForgetCommandOptions extends CredentialsOptions {
  mapiUrl?: string
  yes?: boolean
}

/** Where a person is asked: what they type, and what they see. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

/** Adds `forget` to a program. */
export const registerForget = (program: Command): void => {
  program
    .command('forget')
    .description("Have Friendbuy delete a customer's data. It cannot be undone.")
    .argument('<customer-id>', "the shop's own ID of the customer")
    .option('--yes', 'do not ask for confirmation, for scripts')
    .option('--settings <file>', 'a JSON file with the credentials')
    .option('--mapi-url <url>', "another MAPI than Friendbuy's, such as a running sandbox")
    .addHelpText(
      'after',
      `
It asks for the customer ID once more before it deletes anything.
${CREDENTIALS_HELP}
Exit code: 0 the deletion is requested, 1 it is not, 2 wrong usage or no credentials, 130 interrupted.

Example:
  $ actions-friendbuy-cloud forget customer-12345 --settings settings.json`
    )
    .action(async (customerId: string, options: ForgetCommandOptions) => {
      process.exitCode = await runForget(customerId, options)
    })
}

/**
 * Requests the deletion of a customer's data, once a person has confirmed it, and prints the ID of the job.
 *
 * @param terminal where the person is asked; this process's by default
 * @returns the exit code
 */
export const runForget = async (
  customerId: string,
  { yes = false, mapiUrl, ...options }: ForgetCommandOptions,
  terminal: Terminal = process
): Promise<number> => {
  const mapi = await clientFor(customerId, mapiUrl, options).catch((error: unknown) => {
    printError(toMessage(error))
  })
  if (!mapi) return EXIT.usage

  if (!yes) {
    if (!terminal.stdin.isTTY || !terminal.stderr.isTTY) {
      printError('There is no terminal to ask for confirmation on: add --yes if you are sure.')
      return EXIT.usage
    }
    const answer = await ask(
      `Friendbuy will delete all data of the customer ${toOneLine(customerId)}. This cannot be undone.\nType the customer ID again to go on: `,
      terminal
    )
    if (answer !== customerId) {
      printError('Nothing was deleted: that is not the same customer ID.')
      return answer === undefined ? EXIT.interrupted : EXIT.failed
    }
  }

  try {
    const { jobId: job } = await mapi.deleteUserData({ customerId })
    const id = job === undefined ? 'Friendbuy gave no job ID.' : `Job ID: ${toOneLine(job)}`
    print(`Friendbuy deletes the data of the customer ${toOneLine(customerId)}. ${id}`)
    return EXIT.delivered
  } catch (error) {
    printError(toMessage(error))
    return EXIT.failed
  }
}

const clientFor = async (customerId: string, mapiUrl: string | undefined, options: CredentialsOptions) => {
  if (isBlank(customerId)) throw new Error('The customer ID is blank: say whose data is to be deleted.')
  const { authKey, authSecret } = await readCredentials(options, process.env)
  return createMapiClient({ key: authKey, secret: authSecret, mapiUrl })
}

/** What a person types; undefined where they end it with Ctrl-C or Ctrl-D. */
const ask = (question: string, { stdin, stderr }: Terminal): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr })
    lines.on('close', () => {
      stderr.write('\n')
      resolve(undefined)
    })
    lines.question(question, (answer) => {
      resolve(answer)
      lines.removeAllListeners('close').close()
    })
  })
