import { type Command, Option } from 'commander'
import type { LedgerBalance, LedgerEntry, MapiClient } from '../../mapi'
import { MapiError } from '../../mapi'
import { CREDENTIALS_HELP } from '../../merchants/credentials'
import { toMessage, toOneLine } from '../../messages'
import { parseDate } from '../arguments'
import { addMapiOptions, createClient, type MapiOptions } from '../mapi-options'
import { EXIT, print, printError } from '../output'

/** Options of `ledger balance`, as commander gives them. */
export interface LedgerOptions extends MapiOptions {
  currency: string
  json?: true
}

/** Options of `ledger entries`, as commander gives them. */
export interface LedgerEntriesOptions extends LedgerOptions {
  since: Date
}

/** Registers `ledger`. */
export const registerLedger = (program: Command): void => {
  const ledger = program
    .command('ledger')
    .description("Show a customer's points or credit. No command changes them.")
  const subcommand = (name: string, description: string) =>
    addMapiOptions(
      ledger
        .command(name)
        .description(description)
        .argument('<customer-id>', "the shop's ID of the customer")
        .requiredOption('--currency <name>', 'currency of the ledger as spelled in Friendbuy, such as Points')
        .option('--json', 'print JSON')
    ).addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 shown, 1 MAPI refuses or does not respond, 2 invalid usage or no credentials.

Example:
  $ actions-friendbuy-cloud ledger ${name} customer-12345 --currency Points`
    )
  subcommand('balance', "Show the balance of a customer's ledger, and its credits.").action(
    async (customerId: string, options: LedgerOptions) => {
      process.exitCode = await runLedgerBalance(customerId, options)
    }
  )
  subcommand('entries', "List the changes of a customer's ledger.")
    .addOption(
      new Option('--since <time>', 'only changes after this time')
        .argParser(parseDate)
        .default(new Date(0), 'all changes')
    )
    .action(async (customerId: string, options: LedgerEntriesOptions) => {
      process.exitCode = await runLedgerEntries(customerId, options)
    })
}

/**
 * Prints the balance of a ledger.
 *
 * @returns the exit code
 */
export const runLedgerBalance = (customerId: string, options: LedgerOptions): Promise<number> =>
  show<LedgerBalance>(options, {
    read: (mapi, currency) => mapi.getLedgerBalance({ customerId, currency }),
    missing: { currency: options.currency, total: 0, creditDetails: [] },
    print: ({ total, currency, creditDetails = [] }) => {
      print(`${total} ${toOneLine(currency)}`)
      for (const { amount, status, earnedOn, expireOn } of creditDetails) {
        print(
          `${amount}\t${status}\tearned ${earnedOn}${expireOn === undefined ? '' : `\texpires ${expireOn}`}`
        )
      }
    }
  })

/**
 * Prints the changes of a ledger.
 *
 * @returns the exit code
 */
export const runLedgerEntries = (
  customerId: string,
  { since, ...options }: LedgerEntriesOptions
): Promise<number> =>
  show<LedgerEntry[]>(options, {
    read: (mapi, currency) => mapi.getLedgerEntries({ customerId, currency, createdAfter: since }),
    missing: [],
    print: (entries) => {
      for (const { createdOn, value, total, description, sourceName = '' } of entries) {
        print([createdOn, value, total, toOneLine(description), toOneLine(sourceName)].join('\t').trimEnd())
      }
    }
  })

/** Reads something of a ledger and prints it. MAPI answers 404 for a customer who has no ledger yet. */
const show = async <Answer>(
  options: LedgerOptions,
  {
    read,
    missing,
    print: printAnswer
  }: {
    read: (mapi: MapiClient, currency: string) => Promise<Answer>
    missing: Answer
    print: (answer: Answer) => void
  }
): Promise<number> => {
  let mapi: MapiClient
  try {
    mapi = await createClient(options)
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  try {
    const answer = await read(mapi, options.currency).catch((error: unknown) => {
      if (error instanceof MapiError && error.status === 404) return missing
      throw error
    })
    if (options.json) print(JSON.stringify(answer))
    else printAnswer(answer)
    return EXIT.delivered
  } catch (error) {
    printError(toMessage(error))
    return EXIT.failed
  }
}
