import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { MAPI_URL, toMapiAccount, toMapiUrl } from '../../mapi/account'
import { CREDENTIALS_HELP, readCredentials, SETTINGS_SHAPE } from '../../merchants/credentials'
import { readMappingFile } from '../../merchants/mapping-file'
import type { Merchant } from '../../merchants/merchant'
import { openMerchantsFile, type OpenMerchantsFile } from '../../merchants/merchants-file'
import { toMessage } from '../../messages'
import { createWorker, type FriendbuyWorker, serveHealth, type WorkerLogger } from '../../queue'
import { describeServers } from '../../queue/redis'
import { version } from '../../queue/version'
import { collect, MAPI_URL_OPTION, parseInteger, SETTINGS_OPTION } from '../arguments'
import { listenForInterruption } from '../interruption'
import { EXIT, printError } from '../output'
import {
  ONLY_MERCHANT,
  type QueueOptions,
  REDIS_HELP,
  toQueueLocation,
  withQueueOptions
} from '../queue-options'
import { createWorkerLogger, LOG_FORMATS, LOG_LEVELS, type WorkerLoggerOptions } from '../worker-logger'

/** Options of `worker`, as parsed by commander. */
export interface WorkerCommandOptions extends QueueOptions {
  merchants?: string
  settings?: string
  mapping?: string
  customEvent?: string[]
  mapiUrl?: string
  concurrency: number
  merchantConcurrency?: number
  globalConcurrency?: number
  rate?: number
  /** In seconds. */
  retryFor: number
  /** In seconds. */
  stopWithin: number
  port?: number
  host: string
  logLevel: WorkerLoggerOptions['level']
  logFormat?: WorkerLoggerOptions['format']
}

/** Adds `worker` to a program. */
export const registerWorker = (program: Command): void => {
  const command = program.command('worker').description('Deliver queued events until SIGTERM or Ctrl-C.')
  withLimits(withMerchants(withQueueOptions(command)))
    .option('--port <number>', 'serve /healthz, /readyz and /metrics on this port', parseInteger(0, 65_535))
    .option('--host <address>', 'address to serve them on', '127.0.0.1')
    .addOption(
      new Option('--log-level <level>', 'lowest level to log; debug logs a line for each attempt')
        .choices(LOG_LEVELS)
        .default('info')
        .env('LOG_LEVEL')
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'format of the log (default: text on a terminal, else json)'
      ).choices(LOG_FORMATS)
    )
    .addHelpText(
      'after',
      `
A merchants file holds {"shop-1": {"settings": ${SETTINGS_SHAPE}, "subscriptions": […],
"customEvents": […]}, …}. Only the settings are required; changes take effect within a second. Without a merchants file
there is one merchant, "${ONLY_MERCHANT}".
${CREDENTIALS_HELP}
${REDIS_HELP}
Exit code: 0 all events in flight were finished, 1 some were not finished in time, 2 invalid usage.

Examples:
  $ actions-friendbuy-cloud worker --settings settings.json
  $ actions-friendbuy-cloud worker --merchants merchants.json --port 9090`
    )
    .action(async (options: WorkerCommandOptions) => {
      // Unfinished events would keep the process alive.
      process.exit(await runWorker(options))
    })
}

const withMerchants = (command: Command) => {
  const ofOneMerchant = (flags: string, description: string) =>
    new Option(flags, `${description}, for a single merchant`).conflicts('merchants')
  return command
    .option('--merchants <file>', 'JSON file of merchants, readable by its owner only')
    .addOption(ofOneMerchant('--settings <file>', SETTINGS_OPTION))
    .addOption(ofOneMerchant('--mapping <file>', 'JSON file of subscriptions that replace the presets'))
    .addOption(
      ofOneMerchant(
        '--custom-event <name>',
        'deliver track events with this name as custom events; repeatable'
      ).argParser(collect)
    )
    .option('--mapi-url <url>', MAPI_URL_OPTION)
}

const withLimits = (command: Command) =>
  command
    .option(
      '--concurrency <number>',
      'maximum number of events in flight in this worker',
      parseInteger(1, 1000),
      32
    )
    .option(
      '--merchant-concurrency <number>',
      'maximum number of events of one merchant in flight in this worker (default: half of --concurrency)',
      parseInteger(1, 1000)
    )
    .option(
      '--global-concurrency <number>',
      'maximum number of events in flight in all workers of the queue; stays in effect until changed, 0 removes it',
      parseInteger(0)
    )
    .option(
      '--rate <number>',
      'queue-wide rate limit in events per second; stays in effect until changed, 0 removes it',
      parseInteger(0)
    )
    .option(
      '--retry-for <seconds>',
      'maximum age of an event since its first failed attempt',
      parseInteger(1),
      86_400
    )
    .option('--stop-within <seconds>', 'maximum time to finish events in flight', parseInteger(0), 30)

/**
 * Delivers queued events until SIGINT or SIGTERM. Logs to standard output: text on a terminal, else one JSON object per
 * line.
 *
 * @returns the exit code
 */
export const runWorker = async (options: WorkerCommandOptions): Promise<number> => {
  const { stopWithin, port, host } = options
  const interruption = listenForInterruption()
  let worker: FriendbuyWorker | undefined
  let health: { port: number; close: () => void } | undefined
  try {
    const format = options.logFormat ?? (process.stdout.isTTY ? 'text' : 'json')
    const logger = await createWorkerLogger({ level: options.logLevel, format })
    const source = await openMerchants(options, logger)
    worker = await startWorker(options, source, logger)
    if (port !== undefined) health = await serve(worker, port, host)
    logStart(logger, options, source, health?.port)
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort')
    const isFinished = await worker.close(stopWithin * 1000)
    const stopped = { event: 'worker_stopped', isFinished } as const
    if (isFinished) logger.info(stopped, 'worker stopped: all events in flight were finished')
    else logger.warn(stopped, 'worker stopped: another one delivers the events that were in flight again')
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

/** Serves health and metrics, or says which option to change. */
const serve = async (worker: FriendbuyWorker, port: number, host: string) => {
  try {
    return await serveHealth(worker, { port, host })
  } catch (error) {
    throw new Error(`Cannot listen on ${host}:${port}: ${toMessage(error)}. Pass another --port or --host.`, {
      cause: error
    })
  }
}

const startWorker = (options: WorkerCommandOptions, source: OpenMerchantsFile, logger: WorkerLogger) =>
  createWorker({
    ...toQueueLocation(options, process.env),
    resolveMerchant: source.resolve,
    mapiUrl: options.mapiUrl,
    concurrency: options.concurrency,
    // A single merchant has no one to share with.
    merchantConcurrency: options.merchants === undefined ? options.concurrency : options.merchantConcurrency,
    globalConcurrency: options.globalConcurrency,
    ratePerSecond: options.rate,
    maxRetryAgeMs: options.retryFor * 1000,
    logger,
    metrics: options.port !== undefined
  })

/** Logs what the worker works on. */
const logStart = (
  logger: WorkerLogger,
  options: WorkerCommandOptions,
  { merchants }: OpenMerchantsFile,
  port: number | undefined
) => {
  const { queue, concurrency, host } = options
  const redis = describeServers(toQueueLocation(options, process.env))
  const mapi = addressesOf(merchants, options.mapiUrl).join(',')
  logger.info(
    {
      event: 'worker_started',
      version,
      queue,
      redis,
      mapi,
      merchants: merchants.size,
      concurrency,
      ...(port !== undefined && { host, port })
    },
    'worker started'
  )
}

/** Addresses of MAPI: a merchant's secret may name an environment of Friendbuy. */
const addressesOf = (merchants: ReadonlyMap<string, Merchant>, given: string | undefined) => {
  const mapiUrl = toMapiUrl(given)
  if (mapiUrl !== undefined || merchants.size === 0) return [mapiUrl ?? MAPI_URL]
  const accounts = [...merchants.values()].map(({ settings }) =>
    toMapiAccount(settings.authKey, settings.authSecret)
  )
  return [...new Set(accounts.map((account) => account.mapiUrl))]
}

const openMerchants = async (
  options: WorkerCommandOptions,
  logger: WorkerLogger
): Promise<OpenMerchantsFile> => {
  if (options.merchants === undefined) {
    const merchant = await readOnlyMerchant(options)
    return {
      resolve: (id) => (id === ONLY_MERCHANT ? merchant : undefined),
      merchants: new Map([[ONLY_MERCHANT, merchant]])
    }
  }
  const source = await openMerchantsFile(options.merchants, {
    onReload: (issue) => {
      if (issue === undefined) {
        const merchants = source.merchants.size
        logger.info({ event: 'merchants_file_reloaded', merchants }, 'merchants file reloaded')
      } else {
        logger.error(
          { event: 'merchants_file_invalid', issue },
          'invalid merchants file: the last valid one stays in effect'
        )
      }
    }
  })
  return source
}

const readOnlyMerchant = async (options: WorkerCommandOptions): Promise<Merchant> => ({
  settings: await readCredentials(options, process.env),
  ...(options.mapping !== undefined && { subscriptions: await readMappingFile(options.mapping) }),
  customEvents: options.customEvent
})
