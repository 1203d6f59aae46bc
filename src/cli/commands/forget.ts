import type { Command } from 'commander'
import { isBlank } from '../../values'
import { toMessage, toOneLine } from '../../messages'
import { CREDENTIALS_HELP } from '../../merchants/credentials'
import { ask, canAsk, type Terminal } from '../ask'
import { addMapiOptions, createClient, type MapiOptions } from '../mapi-options'
import { EXIT, print, printError } from '../output'

/** Options of `forget`, as commander gives them. */
export interface ForgetCommandOptions extends MapiOptions {
  yes?: boolean
  json?: boolean
}

/** Registers `forget`. */
export const registerForget = (program: Command): void => {
  addMapiOptions(
    program
      .command('forget')
      .description("Have Friendbuy delete a customer's data. It cannot be undone.")
      .argument('<customer-id>', "the shop's ID of the customer")
      .option('--yes', 'do not ask for confirmation, for scripts')
      .option('--json', 'print one JSON object')
  )
    .addHelpText(
      'after',
      `
Asks for the customer ID again before it deletes anything.
${CREDENTIALS_HELP}
Exit code: 0 deletion requested, 1 not requested, 2 invalid usage or no credentials, 130 interrupted.

Example:
  $ actions-friendbuy-cloud forget customer-12345 --settings settings.json`
    )
    .action(async (customerId: string, options: ForgetCommandOptions) => {
      process.exitCode = await runForget(customerId, options)
    })
}

/**
 * Requests the deletion of a customer's data after a person has confirmed it, and prints the job's ID.
 *
 * @param terminal terminal on which the person confirms
 * @returns the exit code
 */
export const runForget = async (
  customerId: string,
  { yes = false, json = false, ...options }: ForgetCommandOptions,
  terminal: Terminal = process
): Promise<number> => {
  let mapi
  try {
    mapi = await clientFor(customerId, options)
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }

  if (!yes) {
    if (!canAsk(terminal)) {
      printError('Cannot ask for confirmation without a terminal. Add --yes if you are sure.')
      return EXIT.usage
    }
    const answer = await ask(
      `Friendbuy will delete all data of the customer ${toOneLine(customerId)}. This cannot be undone.\nType the customer ID again to continue: `,
      terminal
    )
    if (answer === undefined) {
      printError('Nothing was deleted.')
      return EXIT.interrupted
    }
    if (answer !== customerId) {
      printError('Nothing was deleted: the customer IDs differ.')
      return EXIT.failed
    }
  }

  try {
    const { jobId } = await mapi.deleteUserData({ customerId })
    const id = jobId === undefined ? 'Friendbuy gave no job ID.' : `Job ID: ${toOneLine(jobId)}`
    const text = `Deletion of the customer ${toOneLine(customerId)} requested. ${id}`
    print(json ? JSON.stringify({ customerId, ...(jobId !== undefined && { jobId }) }) : text)
    return EXIT.delivered
  } catch (error) {
    printError(toMessage(error))
    return EXIT.failed
  }
}

const clientFor = (customerId: string, options: MapiOptions) => {
  if (isBlank(customerId))
    throw new Error('The customer ID is blank. Name the customer whose data to delete.')
  return createClient(options)
}
