import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { type SandboxSetup, startSandbox, type WebhookAttempt } from '../../sandbox'
import { parseSetup } from '../../sandbox/setup'
import { parseInteger } from '../arguments'
import { EXIT, print, printError } from '../output'
import { parseHttpUrl, readSecretKey } from '../webhook-options'

/** Options of `sandbox`, as commander gives them. */
export interface SandboxCommandOptions {
  port: number
  rate?: number
  latency?: number
  setup?: string
  webhookUrl?: string
  validationUrl?: string
  secretEnv?: string
  webhookRetry: number
  quiet?: true
}

/** Maximum latency, in milliseconds: longer than any timeout. */
const MAX_LATENCY_MS = 10 * 60_000

/** Registers `sandbox`. */
export const registerSandbox = (program: Command): void => {
  program
    .command('sandbox')
    .description('Run a sandbox of MAPI until Ctrl-C.')
    .option('--port <number>', 'port to listen on', parseInteger(0, 65_535), 8787)
    .option('--rate <number>', 'respond with 429 above this many calls per second', parseInteger(1))
    .option(
      '--latency <ms>',
      'delay each response by this many milliseconds',
      parseInteger(0, MAX_LATENCY_MS)
    )
    .option(
      '--setup <file>',
      'JSON file of campaigns, redemptionOptions, memberTiers, pointsCurrency, ledgerCap and pageSize'
    )
    .option('--webhook-url <url>', 'send webhooks to this address', parseHttpUrl)
    .option('--validation-url <url>', 'ask this address before a reward is given', parseHttpUrl)
    .option('--secret-env <name>', 'environment variable that holds the Secret Key of the webhooks')
    .option(
      '--webhook-retry <seconds>',
      'repeat a failed webhook after this long (Friendbuy: 900)',
      parseInteger(1),
      15
    )
    .option('--quiet', 'do not print a line for each call')
    .addHelpText(
      'after',
      `
The sandbox accepts any key and secret, keeps ledgers, links, coupons, referrals and reports in memory, and answers
only this machine. With --webhook-url it sends signed webhooks, for example to "listen".

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
      webhooks: toWebhooks(options),
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
      error instanceof UsageError
        ? error.message
        : `Cannot listen on port ${port}: ${toMessage(error)}. Choose another one with --port.`
    )
  })
  if (!sandbox) return EXIT.usage
  if (latency !== undefined) sandbox.injectFault({ latencyMs: latency })
  print(`Friendbuy MAPI sandbox on ${sandbox.url}, for any key and secret. Press Ctrl-C to stop it.`)
  await interrupted
  await sandbox.close()
  return EXIT.delivered
}

class UsageError extends Error {}

/** @throws UsageError if options that need each other are not all there */
const toWebhooks = ({
  webhookUrl: url,
  validationUrl,
  secretEnv,
  webhookRetry,
  quiet
}: SandboxCommandOptions) => {
  if (url === undefined) {
    if (validationUrl === undefined) return undefined
    throw new UsageError('--validation-url needs --webhook-url too.')
  }
  if (secretEnv === undefined)
    throw new UsageError(
      '--webhook-url needs --secret-env: pass the name of the variable that holds the Secret Key.'
    )
  let secretKey
  try {
    secretKey = readSecretKey(secretEnv, process.env)
  } catch (error) {
    throw new UsageError(toMessage(error))
  }
  const onAttempt = ({ type, url: target, status }: WebhookAttempt) => {
    const isRejected = type === 'rewardValidation' && status === 400
    const outcome = status === 200 ? 'accepted' : isRejected ? 'rejected' : `sent again in ${webhookRetry} s`
    if (!quiet) print(`${new Date().toISOString()}  ${status ?? '---'}  ${type} to ${target}  ${outcome}`)
  }
  return { url, validationUrl, secretKey, retryMs: webhookRetry * 1000, onAttempt }
}

const readSetup = async (path: string | undefined): Promise<SandboxSetup> => {
  if (path === undefined) return {}
  try {
    return parseSetup(await readFile(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`Invalid setup file ${path}: ${toMessage(error)}`)
  }
}
