import { once } from 'node:events'
import type { Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { startSandbox } from '../../sandbox'
import { parseInteger } from '../arguments'
import { EXIT, print, printError } from '../output'

/** The options of `sandbox`, as commander gives them. */
export interface SandboxCommandOptions {
  port: number
  rate?: number
  latency?: number
  quiet?: true
}

/** Long enough to rehearse any time-out. */
const MAX_LATENCY_MS = 10 * 60_000

/** Adds `sandbox` to a program. */
export const registerSandbox = (program: Command): void => {
  program
    .command('sandbox')
    .description('Run a sandbox of MAPI until it is interrupted.')
    .option('--port <number>', 'port to listen on', parseInteger(0, 65_535), 8787)
    .option('--rate <number>', 'answer 429 above this many calls a second', parseInteger(1))
    .option('--latency <ms>', 'answer this many milliseconds late', parseInteger(0, MAX_LATENCY_MS))
    .option('--quiet', 'print no line for each call')
    .addHelpText(
      'after',
      `
Example:
  $ actions-friendbuy-cloud sandbox --port 8787`
    )
    .action(async (options: SandboxCommandOptions) => {
      process.exitCode = await runSandbox(options)
    })
}

/** Who runs a sandbox from the command line reads its lines; nobody asks it for its records. */
const KEEP = 1000

/** Runs a sandbox until SIGINT or SIGTERM, with a line for each call. */
export const runSandbox = async ({ port, rate, latency, quiet }: SandboxCommandOptions): Promise<number> => {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const started = startSandbox({
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
  const sandbox = await started.catch((error: unknown) => {
    printError(`The sandbox cannot listen on port ${port}: ${toMessage(error)}`)
  })
  if (!sandbox) return EXIT.usage
  if (latency !== undefined) sandbox.injectFault({ latencyMs: latency })
  print(`Friendbuy MAPI sandbox on ${sandbox.url}, which takes any key and secret. Ctrl-C ends it.`)
  await interrupted
  await sandbox.close()
  return EXIT.delivered
}
