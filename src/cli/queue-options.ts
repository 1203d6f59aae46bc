import type { Command } from 'commander'
import { isBlank } from '../values'
import { printError } from './output'
import type { QueueLocation, WorkerLogger } from '../queue'

/** Which queue a command is about. */
export interface QueueOptions {
  redis?: string
  queue?: string
}

/** What the help of a command says of its queue. */
export const REDIS_HELP = `Redis is found by --redis or, since its address may hold a password, by REDIS_URL in the environment; else at
redis://127.0.0.1:6379. Several addresses, separated by commas, are nodes of one Redis Cluster.`

/** Adds the options that name a queue. */
export const withQueueOptions = (command: Command): Command =>
  command
    .option('--redis <url>', 'the address of Redis, without a password')
    .option('--queue <name>', 'the name of the queue', 'friendbuy')

/**
 * Where the queue of a command is.
 *
 * @throws Error where the arguments, which anybody may see, hold a password
 */
export const toQueueLocation = ({ redis, queue }: QueueOptions, env: NodeJS.ProcessEnv): QueueLocation => {
  if (redis !== undefined && /:\/\/[^/]*@/.test(redis)) {
    throw new Error('Arguments can be seen by others: put an address with a password into REDIS_URL.')
  }
  const { REDIS_URL } = env
  return { redis: redis ?? (isBlank(REDIS_URL) ? undefined : REDIS_URL), queue }
}

/** Says what happens to the queue to a person, on standard error. */
export const toStandardError: WorkerLogger = {
  info: (_details, message) => {
    printError(message)
  },
  warn: (details, message) => {
    printError('reason' in details ? `${message} (${String(details.reason)})` : message)
  },
  error: (_details, message) => {
    printError(message)
  }
}
