#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { runSandbox, type SandboxCommandOptions } from './sandbox'
import { messageOf } from '../mapi/thrown'
import { EXIT } from './exit'
import { printError } from './output'
import { runSend, type SendCommandOptions } from './send'

const packageJson = readFileSync(join(__dirname, '../../package.json'), 'utf8')
const { version } = JSON.parse(packageJson) as { version: string }

/** Long enough to rehearse any time-out. */
const MAX_LATENCY_MS = 10 * 60_000

const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }

const program = new Command('actions-friendbuy-cloud')
  .description("Send a shop's events to Friendbuy, or rehearse it on an embedded sandbox.")
  .version(version)
  .showHelpAfterError('(--help shows what there is)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.delivered : EXIT.usage)
  })

program
  .command('send')
  .description('Send the events of a file through the presets of the destination.')
  .argument('<file>', 'newline-delimited JSON, one event a line; - for standard input')
  .option('--sandbox', 'send to a sandbox within this process: nothing leaves the machine')
  .addOption(
    new Option('--mapi-url <url>', "another MAPI than Friendbuy's, such as a running sandbox").conflicts(
      'sandbox'
    )
  )
  .option(
    '--custom-event <name>',
    'send track events of this name as custom events; may be repeated',
    (name, names: string[]) => [...names, name],
    []
  )
  .addHelpText(
    'after',
    `
The credentials come from the environment: FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET.
Exit code: 0 all delivered, 1 some not, 2 wrong usage or an unreadable file.

Example:
  $ actions-friendbuy-cloud send events.ndjson --sandbox --custom-event Downloaded`
  )
  .action(async (file: string, options: SendCommandOptions) => {
    process.exitCode = await runSend(file, options)
  })

program
  .command('sandbox')
  .description('Run a sandbox of MAPI until it is interrupted.')
  .option('--port <number>', 'port to listen on', wholeNumber(0, 65_535), 8787)
  .option('--rate <number>', 'answer 429 above this many calls a second', wholeNumber(1))
  .option('--latency <ms>', 'answer this many milliseconds late', wholeNumber(0, MAX_LATENCY_MS))
  .addHelpText(
    'after',
    `
Example:
  $ actions-friendbuy-cloud sandbox --port 8787`
  )
  .action(async (options: SandboxCommandOptions) => {
    process.exitCode = await runSandbox(options)
  })

// Whoever reads the output may stop reading; what follows is not sent then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.failed)
})

program.parseAsync().catch((error: unknown) => {
  printError(messageOf(error))
  process.exitCode = EXIT.usage
})
