import { Argument, type Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { signWebhook } from '../../webhooks'
import { parseInteger } from '../arguments'
import { EXIT, print, printError } from '../output'
import { createExample, EXAMPLE_TYPES, type ExampleType } from '../webhook-examples'
import { parseHttpUrl, readSecretKey, SECRET_KEY_HELP } from '../webhook-options'

/** The options of `webhook send`, as commander gives them. */
export interface WebhookSendOptions {
  url: string
  secretEnv: string
  times: number
}

/** Friendbuy hangs up after this time, in milliseconds. */
const TIMEOUT_MS = 10_000

/** Adds `webhook` to a program. */
export const registerWebhook = (program: Command): void => {
  program
    .command('webhook')
    .description('Try out a webhook handler without Friendbuy.')
    .command('send')
    .description('Sign an example of a webhook or callback and post it to a handler.')
    .addArgument(new Argument('<type>', 'type of the example').choices(EXAMPLE_TYPES))
    .requiredOption('--url <url>', 'address of the handler', parseHttpUrl)
    .requiredOption('--secret-env <name>', 'environment variable that holds the Secret Key')
    .option('--times <number>', 'post the same example this many times at once', parseInteger(1, 100), 1)
    .addHelpText(
      'after',
      `
Each example has new IDs and people at example.com. A handler in production would give them a reward: use a test key.
${SECRET_KEY_HELP}
Exit code: 0 success, 1 Friendbuy would send it again, 2 invalid usage.

Example:
  $ actions-friendbuy-cloud webhook send advocateReward --url http://localhost:3000/hook --secret-env FRIENDBUY_SECRET_KEY`
    )
    .action(async (type: ExampleType, options: WebhookSendOptions) => {
      process.exitCode = await runWebhookSend(type, options)
    })
}

/**
 * Posts a signed example and prints the responses.
 *
 * @returns the exit code
 */
export const runWebhookSend = async (
  type: ExampleType,
  { url, secretEnv, times }: WebhookSendOptions
): Promise<number> => {
  let secretKey
  try {
    secretKey = readSecretKey(secretEnv, process.env)
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  const body = JSON.stringify(createExample(type))
  const signature = await signWebhook(body, secretKey)
  const outcomes = await Promise.all(Array.from({ length: times }, () => post(url, body, signature)))
  for (const outcome of outcomes) print(describeOutcome(type, outcome))
  return outcomes.every(({ status }) => isFinal(type, status)) ? EXIT.delivered : EXIT.failed
}

interface Outcome {
  status?: number
  /** Body of the response, or the reason why there is no response. */
  words: string
  durationMs: number
}

const post = async (url: string, body: string, signature: string): Promise<Outcome> => {
  const startedAt = performance.now()
  const elapsed = () => Math.round(performance.now() - startedAt)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Friendbuy-Hmac-SHA256': signature },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    const words = await response.text()
    return { status: response.status, words, durationMs: elapsed() }
  } catch (error) {
    const { cause } = error as Error
    return { words: toMessage(cause ?? error), durationMs: elapsed() }
  }
}

const describeOutcome = (type: ExampleType, { status, words, durationMs }: Outcome) => {
  const consequence = isFinal(type, status)
    ? type === 'rewardValidation'
      ? `Friendbuy would ${status === 200 ? 'give the reward' : 'reject the reward permanently'}`
      : 'done'
    : 'Friendbuy would send it again'
  return `${status ?? 'no response'} in ${durationMs} ms: ${consequence}${words === '' ? '' : `. ${toOneLine(words)}`}`
}

/** True for a response after which Friendbuy does not ask again. */
const isFinal = (type: ExampleType, status: number | undefined) =>
  status === 200 || (type === 'rewardValidation' && status === 400)
