import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { type SandboxSetup, startSandbox } from '../../sandbox'
import { parseSetup } from '../../sandbox/setup'
import { parseInteger } from '../arguments'
import { EXIT, print, printError } from '../output'

/** Options of `sandbox`, as commander gives them. */
export interface SandboxCommandOptions {
  port: number
  rate?: number
  latency?: number
  setup?: string
  quiet?: true
}

/** Maximum latency, in milliseconds: longer than any timeout. */
const MAX_LATENCY_MS = 10 * 60_000

/** Registers `sandbox`. */
export const registerSandbox = (program: Command): void => {
  program
    .command('sandbox')
    .description('Run a sandbox of MAPI until it is interrupted.')
    .option('--port <number>', 'port to listen on', parseInteger(0, 65_535), 8787)
    .option('--rate <number>', 'calls per second above which it answers 429', parseInteger(1))
    .option('--latency <ms>', 'delay of each response, in milliseconds', parseInteger(0, MAX_LATENCY_MS))
    .option(
      '--setup <file>',
      'JSON file of campaigns, redemptionOptions, memberTiers, pointsCurrency, ledgerCap and pageSize'
    )
    .option('--quiet', 'print no line for each call')
    .addHelpText(
      'after',
      `
It keeps ledgers, links, coupons, referrals and reports in memory, of any key and secret, and answers calls
to this machine only.

Example:
  $ actions-friendbuy-cloud sandbox --port 8787 --setup examples/sandbox-setup.json`
    )
    .action(async (options: SandboxCommandOptions) => {
      process.exitCode = await runSandbox(options)
    })
}

/** Maximum number of each kind of thing that is kept. */
const KEEP = 10_000

/**
 * Runs a sandbox until SIGINT or SIGTERM, and prints a line for each call.
 *
 * @returns the exit code
 */
export const runSandbox = async (options: SandboxCommandOptions): Promise<number> => {
  const { port, rate, latency, quiet } = options
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const start = async () =>
    startSandbox({
      ...(await readSetup(options.setup)),
      port,
      keep: KEEP,
      ratePerSecond: rate,
      onCall: ({ at, method, path, status, merchant = '-', eventId = '-', duplicateOf }) => {
        if (quiet) return
        const duplicate = duplicateOf === undefined ? '' : `  duplicate of ${duplicateOf}`
        print(
          `${at}  ${status ?? '---'}  ${method} ${toOneLine(path)}  merchant ${merchant}  event ${eventId}${duplicate}`
        )
      }
    })
  const sandbox = await start().catch((error: unknown) => {
    printError(
      error instanceof SetupError ? error.message : `Cannot listen on port ${port}: ${toMessage(error)}`
    )
  })
  if (!sandbox) return EXIT.usage
  if (latency !== undefined) sandbox.injectFault({ latencyMs: latency })
  print(`Friendbuy MAPI sandbox on ${sandbox.url}, for any key and secret. Press Ctrl-C to stop it.`)
  await interrupted
  await sandbox.close()
  return EXIT.delivered
}

class SetupError extends Error {}

const readSetup = async (path: string | undefined): Promise<SandboxSetup> => {
  if (path === undefined) return {}
  try {
    return parseSetup(await readFile(path, 'utf8'))
  } catch (error) {
    throw new SetupError(`Invalid setup file ${path}: ${toMessage(error)}`)
  }
}
