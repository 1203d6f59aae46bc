import type { Command } from 'commander'
import type { QueueLocation, WorkerLogger } from '../queue'
import { isBlank } from '../values'
import { printError } from './output'

/** Options that select a queue. */
export interface QueueOptions {
  redis?: string
  queue?: string
}

/** ID of the merchant if there is only one. */
export const ONLY_MERCHANT = 'default'

/** Help text of a command's queue. */
export const REDIS_HELP = `The address of Redis is that of --redis, else REDIS_URL in the environment (for one with a password), else
redis://127.0.0.1:6379. Several addresses, separated by commas, are nodes of one Redis Cluster.`

/** Adds the options that select a queue. */
export const withQueueOptions = (command: Command): Command =>
  command
    .option('--redis <url>', 'address of Redis, without a password')
    .option('--queue <name>', 'name of the queue', 'friendbuy')

/**
 * The location of a command's queue.
 *
 * @throws Error if the arguments, which other users can see, contain a password
 */
export const toQueueLocation = ({ redis, queue }: QueueOptions, env: NodeJS.ProcessEnv): QueueLocation => {
  if (redis !== undefined && /:\/\/[^/]*@/.test(redis)) {
    throw new Error(
      'Other users can see the arguments of a command: pass an address with a password in REDIS_URL.'
    )
  }
  const { REDIS_URL } = env
  return { redis: redis ?? (isBlank(REDIS_URL) ? undefined : REDIS_URL), queue }
}

/** Logs to a person, on standard error. */
export const standardErrorLogger: WorkerLogger = {
  info: (_fields, message) => {
    printError(message)
  },
  warn: ({ reason }, message) => {
    printError(typeof reason === 'string' ? `${message} (${reason})` : message)
  },
  error: (_fields, message) => {
    printError(message)
  }
}
