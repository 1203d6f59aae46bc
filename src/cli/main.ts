#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { messageOf } from '../mapi/thrown'
import { registerEnqueue } from './enqueue'
import { EXIT } from './exit'
import { registerFields } from './fields'
import { registerForget } from './forget'
import { printError } from './output'
import { registerPreview } from './preview'
import { registerQueue } from './queue'
import { registerSandbox } from './sandbox'
import { registerSend } from './send'
import { registerVerify } from './verify'
import { registerWorker } from './worker'

const packageJson = readFileSync(join(__dirname, '../../package.json'), 'utf8')
const { version } = JSON.parse(packageJson) as { version: string }

const program = new Command('actions-friendbuy-cloud')
  .description("Send a shop's events to Friendbuy, or rehearse it on an embedded sandbox.")
  .version(version)
  .showHelpAfterError('(--help shows what there is)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.delivered : EXIT.usage)
  })

registerPreview(program)
registerSend(program)
registerFields(program)
registerVerify(program)
registerForget(program)
registerSandbox(program)
registerEnqueue(program)
registerWorker(program)
registerQueue(program)

// Whoever reads the output may stop reading; what follows is not sent then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.failed)
})

program.parseAsync().catch((error: unknown) => {
  printError(messageOf(error))
  process.exitCode = EXIT.usage
})
