import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { toMessage } from '../../messages'
import {
  createWorker,
  type FriendbuyWorker,
  readMerchants,
  type ResolveMerchant,
  serveHealth,
  type WorkerLogger
} from '../../queue'
import { load } from '../../queue/optional-peer'
import { collect, parseInteger } from '../arguments'
import { CREDENTIALS_HELP, readCredentials } from '../../merchants/credentials'
import { ONLY_MERCHANT } from './enqueue'
import { EXIT, printError } from '../output'
import { listenForInterruption } from '../interruption'
import { readMappingFile } from '../../merchants/mapping-file'
import { toQueueLocation, type QueueOptions, REDIS_HELP, withQueueOptions } from '../queue-options'

/** The options of `worker`, as commander gives them. */
export interface WorkerCommandOptions extends QueueOptions {
  merchants?: string
  settings?: string
  mapping?: string
  customEvent?: string[]
  mapiUrl?: string
  concurrency: number
  globalConcurrency?: number
  rate?: number
  /** In seconds. */
  retryFor: number
  /** In seconds. */
  stopWithin: number
  port?: number
  host: string
}

/** Adds `worker` to a program. */
export const registerWorker = (program: Command): void => {
  withQueueOptions(
    program.command('worker').description('Deliver events from the queue, until SIGTERM or Ctrl-C.')
  )
    .option('--merchants <file>', 'a JSON file of many merchants that only its owner may read')
    .addOption(
      new Option(
        '--settings <file>',
        'the credentials of the one merchant, in a JSON file that only its owner may read'
      ).conflicts('merchants')
    )
    .addOption(
      new Option(
        '--mapping <file>',
        'a JSON file of subscriptions in place of the presets, for the one merchant'
      ).conflicts('merchants')
    )
    .addOption(
      new Option(
        '--custom-event <name>',
        'send track events of this name as custom events, for the one merchant; may be repeated'
      )
        .argParser(collect)
        .conflicts('merchants')
    )
    .option('--mapi-url <url>', "another MAPI than Friendbuy's, such as a running sandbox")
    .option(
      '--concurrency <number>',
      'how many events this worker has under way at once',
      parseInteger(1, 1000),
      32
    )
    .option(
      '--global-concurrency <number>',
      'how many all workers of the queue have under way at once, from now on; 0 lifts that',
      parseInteger(0)
    )
    .option(
      '--rate <number>',
      'how many events a second all workers of the queue begin at most, from now on; 0 lifts that',
      parseInteger(0)
    )
    .option(
      '--retry-for <seconds>',
      'how long an event is tried after its first try',
      parseInteger(1),
      86_400
    )
    .option('--stop-within <seconds>', 'how long finishing may take at the end', parseInteger(0), 30)
    .option('--port <number>', 'serve /healthz, /readyz and /metrics there', parseInteger(0, 65_535))
    .option('--host <address>', 'the address to serve them on', '127.0.0.1')
    .addHelpText(
      'after',
      `
A file of merchants holds {"shop-1": {"settings": {"authKey": "…", "authSecret": "…"}, "subscriptions": […],
"customEvents": […]}, …}: only the settings are required, and it is read again when it changes. Without one there is one
merchant, "${ONLY_MERCHANT}".
${CREDENTIALS_HELP}
${REDIS_HELP}
Exit code: 0 all that was under way is finished, 1 some was not in time, 2 wrong usage.

Example:
  $ actions-friendbuy-cloud worker --merchants merchants.json --port 9090`
    )
    .action(async (options: WorkerCommandOptions) => {
      // What was not finished in time is not waited for.
      process.exit(await runWorker(options))
    })
}

/**
 * Delivers events from the queue until SIGINT or SIGTERM. It logs to standard output, one JSON object a line.
 *
 * @returns the exit code
 */
export const runWorker = async (options: WorkerCommandOptions): Promise<number> => {
  const { concurrency, globalConcurrency, rate, retryFor, stopWithin, mapiUrl, port, host } = options
  const interruption = listenForInterruption()
  let worker: FriendbuyWorker | undefined
  let health: { port: number; close: () => void } | undefined
  try {
    const logger = await createLogger()
    worker = await createWorker({
      ...toQueueLocation(options, process.env),
      resolveMerchant: await merchantsOf(options, logger),
      mapiUrl,
      concurrency,
      globalConcurrency,
      ratePerSecond: rate,
      maxRetryAgeMs: retryFor * 1000,
      logger,
      metrics: port !== undefined
    })
    if (port !== undefined) health = await serveHealth(worker, { port, host })
    logger.info({ concurrency, ...(health && { host, port: health.port }) }, 'the worker is up')
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
    const isFinished = await worker.close(stopWithin * 1000)
    if (isFinished) logger.info({}, 'the worker is down: all that was under way is finished')
    else logger.warn({}, 'the worker is down: another one delivers once more what was under way')
    return isFinished ? EXIT.delivered : EXIT.failed
  } catch (error) {
    printError(toMessage(error))
    await worker?.close(0)
    return EXIT.usage
  } finally {
    health?.close()
    interruption.stopListening()
  }
}

const merchantsOf = async (options: WorkerCommandOptions, logger: WorkerLogger): Promise<ResolveMerchant> => {
  if (options.merchants !== undefined) {
    return readMerchants(options.merchants, (problem) => {
      if (problem === undefined) logger.info({}, 'the file of merchants was read again')
      else logger.error({ problem }, 'the file of merchants is not in order: those of the last one go on')
    })
  }
  const merchant = {
    settings: await readCredentials(options, process.env),
    ...(options.mapping !== undefined && { subscriptions: await readMappingFile(options.mapping) }),
    customEvents: options.customEvent
  }
  return (id) => (id === ONLY_MERCHANT ? merchant : undefined)
}

/** What a log must never show, wherever it stands. */
const SECRETS = ['authKey', 'authSecret', 'key', 'secret', 'token', 'password']

const createLogger = async (): Promise<WorkerLogger> => {
  const { pino } = await load('pino', () => import('pino'))
  const logger: WorkerLogger = pino(
    { base: { pid: process.pid }, redact: SECRETS.flatMap((name) => [name, `*.${name}`]) },
    pino.destination({ dest: 1, sync: true })
  )
  return logger
}
