#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { toMessage } from '../messages'
import { EXIT, printError } from './output'

/** What adds a command to a program, by name, in the order of the help. */
const COMMANDS = new Map<string, () => Promise<(program: Command) => void>>([
  ['preview', async () => (await import('./commands/preview.js')).registerPreview],
  ['send', async () => (await import('./commands/send.js')).registerSend],
  ['fields', async () => (await import('./commands/fields.js')).registerFields],
  ['verify', async () => (await import('./commands/verify.js')).registerVerify],
  ['forget', async () => (await import('./commands/forget.js')).registerForget],
  ['sandbox', async () => (await import('./commands/sandbox.js')).registerSandbox],
  ['enqueue', async () => (await import('./commands/enqueue.js')).registerEnqueue],
  ['worker', async () => (await import('./commands/worker.js')).registerWorker],
  ['queue', async () => (await import('./commands/queue.js')).registerQueue]
])

const packageJson = readFileSync(join(__dirname, '../../package.json'), 'utf8')
const { version } = JSON.parse(packageJson) as { version: string }

const program = new Command('actions-friendbuy-cloud')
  .description("Send a shop's events to Friendbuy, or rehearse it on an embedded sandbox.")
  .version(version)
  .showHelpAfterError('(--help shows what there is)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.delivered : EXIT.usage)
  })

// Whoever reads the output may stop reading; what follows is not sent then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.failed)
})

const run = async () => {
  const [, , name = ''] = process.argv
  const asked = COMMANDS.get(name)
  // A command loads what it needs itself, which is a fraction of the whole; the help has them all.
  for (const load of asked ? [asked] : COMMANDS.values()) (await load())(program)
  await program.parseAsync()
}

run().catch((error: unknown) => {
  printError(toMessage(error))
  process.exitCode = EXIT.usage
})
