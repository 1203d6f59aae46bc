import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { toMessage } from '../messages'
import { formatHelp } from './help'
import { EXIT, print, printError } from './output'

/** Functions that load the registration of each command, by name, in the order of the help. */
const COMMANDS = new Map<string, () => Promise<(program: Command) => void>>([
  ['preview', async () => (await import('./commands/preview.js')).registerPreview],
  ['send', async () => (await import('./commands/send.js')).registerSend],
  ['fields', async () => (await import('./commands/fields.js')).registerFields],
  ['verify', async () => (await import('./commands/verify.js')).registerVerify],
  ['forget', async () => (await import('./commands/forget.js')).registerForget],
  ['links', async () => (await import('./commands/links.js')).registerLinks],
  ['report', async () => (await import('./commands/report.js')).registerReport],
  ['ledger', async () => (await import('./commands/ledger.js')).registerLedger],
  ['sandbox', async () => (await import('./commands/sandbox.js')).registerSandbox],
  ['listen', async () => (await import('./commands/listen.js')).registerListen],
  ['webhook', async () => (await import('./commands/webhook.js')).registerWebhook],
  ['segment-function', async () => (await import('./commands/segment-function.js')).registerSegmentFunction],
  ['enqueue', async () => (await import('./commands/enqueue.js')).registerEnqueue],
  ['worker', async () => (await import('./commands/worker.js')).registerWorker],
  ['queue', async () => (await import('./commands/queue.js')).registerQueue]
])

const packageJson = readFileSync(join(__dirname, '../../package.json'), 'utf8')
const { version } = JSON.parse(packageJson) as { version: string }

/** An option that somebody expects to hold a credential. */
const CREDENTIAL_OPTION = /unknown option '--(?:auth|mapi|api)?-?(?:key|secret|token)\b/i

const CREDENTIAL_HINT =
  'Credentials are not arguments, which other users can see: set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET, or pass a file with --settings.'

const program = new Command('actions-friendbuy-cloud')
  .description("Send a shop's events to Friendbuy, or try it out on an embedded sandbox.")
  .version(version)
  .showHelpAfterError('(run with --help for the usage)')
  // Commander's own minimum leaves the descriptions of a narrow terminal unwrapped.
  .configureHelp({ minWidthToWrap: 20 })
  .configureOutput({
    outputError: (text) => {
      printError(text.trimEnd())
      if (CREDENTIAL_OPTION.test(text)) printError(CREDENTIAL_HINT)
    },
    writeOut: (text) => {
      process.stdout.write(formatHelp(text, process.stdout.columns, process.cwd()))
    }
  })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.delivered : EXIT.usage)
  })

program.command('version', { hidden: true }).action(() => {
  print(version)
})

let isOutputClosed = false

// The reader of a pipe may stop, as `head` does. A command that finishes its calls when it is interrupted does so then,
// instead of sending events whose outcome nobody sees.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (isOutputClosed) return
  if (process.listenerCount('SIGTERM') === 0) process.exit(EXIT.failed)
  isOutputClosed = true
  printError('Standard output was closed.')
  process.emit('SIGTERM', 'SIGTERM')
})

const run = async () => {
  const [, , name = ''] = process.argv
  const command = COMMANDS.get(name)
  // Loading only the given command makes the start several times faster. The help needs all of them.
  for (const load of command ? [command] : COMMANDS.values()) (await load())(program)
  await program.parseAsync()
}

run().catch((error: unknown) => {
  printError(toMessage(error))
  process.exitCode = EXIT.usage
})
