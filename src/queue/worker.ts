import type { Job, Queue, Worker } from 'bullmq'
import { createDelivery } from '../host/deliver'
import type { ResolveMerchant } from '../merchants/merchant'
import { toMessage } from '../messages'
import { openBullQueue } from './bull-queue'
import type { QueueLocation } from './connection-options'
import { CustomerOrder } from './customer-order'
import type { QueuedEvent } from './job-data'
import { silentLogger, type WorkerLogger } from './logger'
import { createMetrics, noMetrics, type Metrics } from './metrics'
import { importOptional } from './optional-peer'
import { JobProcessor, RetryError } from './process-job'
import { connect, findRisks, keyPrefix, QUEUE, type RedisConnection } from './redis'
import { shutDown } from './shut-down'

/** Options of a worker. */
export interface WorkerOptions extends QueueLocation {
  /** Finds a merchant by the ID that its events were enqueued with. */
  resolveMerchant: ResolveMerchant
  /**
   * Base URL of another MAPI, such as a sandbox.
   *
   * @default Friendbuy's MAPI
   */
  mapiUrl?: string
  /**
   * Maximum number of events in flight in this worker.
   *
   * @default 32
   */
  concurrency?: number
  /**
   * Maximum number of events in flight in all workers of the queue; 0 removes the limit. It stays in effect until
   * changed.
   *
   * @default unchanged
   */
  globalConcurrency?: number
  /**
   * Queue-wide rate limit in events per second; 0 removes it. It stays in effect until changed.
   *
   * @default unchanged
   */
  ratePerSecond?: number
  /**
   * Maximum age of an event since its first failed attempt, in milliseconds. Older events are not retried.
   *
   * @default 86400000 (24 hours)
   */
  maxRetryAgeMs?: number
  /**
   * Receives structured log lines, as pino does.
   *
   * @default none
   */
  logger?: WorkerLogger
  /**
   * Counts for Prometheus; needs prom-client.
   *
   * @default false
   */
  metrics?: boolean
}

/** A running worker. */
export interface FriendbuyWorker {
  /** Tells whether the worker accepts events: Redis is connected, and it is not closing. */
  isReady: () => boolean
  /**
   * The worker's metrics, in Prometheus' text format.
   *
   * @throws Error if it was created without `metrics`
   */
  metrics: () => Promise<{ text: string; contentType: string }>
  /**
   * Accepts no further events, and finishes those in flight.
   *
   * @param withinMs maximum duration in milliseconds (default: 30000)
   * @returns false if events were left unfinished, which another worker delivers again
   */
  close: (withinMs?: number) => Promise<boolean>
}

const DEFAULT_CONCURRENCY = 32

const DEFAULT_MAX_RETRY_AGE_MS = 24 * 3_600_000

const DEFAULT_CLOSE_MS = 30_000

/** Time after which the events of a worker that died go to another one, and the interval of that check, in milliseconds. */
const LOCK_MS = 15_000
const STALLED_EVERY_MS = 5000

/** After this many stalls, assume that the event itself crashes workers. */
const MAX_STALLED = 10

/** Delay before a command is repeated that failed with the connection, in milliseconds. */
const REDIS_RETRY_MS = 1000

/**
 * Starts a worker, which delivers queued events to Friendbuy at least once. It waits for Redis if that is unreachable.
 *
 * @throws Error saying what to install; TypeError if the queue's name, the address of Redis or mapiUrl is invalid
 * @example
 * const worker = await createWorker({ redis: process.env.REDIS_URL, resolveMerchant: (id) => merchants.get(id) })
 * process.once('SIGTERM', () => void worker.close())
 */
export const createWorker = async (options: WorkerOptions): Promise<FriendbuyWorker> => {
  const { mapiUrl, concurrency = DEFAULT_CONCURRENCY, logger = silentLogger } = options
  const { maxRetryAgeMs = DEFAULT_MAX_RETRY_AGE_MS, resolveMerchant } = options
  const errors = await importOptional('bullmq', () => import('bullmq'))
  const metrics = options.metrics ? await createMetrics() : undefined
  const counters = metrics ?? noMetrics
  const deliver = createDelivery({
    mapiUrl,
    connections: concurrency,
    onAuthorization: counters.authorization
  })

  const redis = await connect(options, logger)
  const queue = await openBullQueue(options, redis)
  const order = new CustomerOrder(queue, redis)
  const processor = new JobProcessor({
    errors,
    deliver,
    resolveMerchant,
    maxRetryAgeMs,
    order,
    logger,
    metrics: counters
  })
  const worker = await openBullWorker(options, redis, processor)
  const report = (error: unknown) => {
    // Lost connections are logged where they are noticed.
    if (redis.status === 'ready')
      logger.error({ event: 'queue_error', error: toMessage(error) }, 'queue error')
  }
  worker.on('error', report)
  listen(worker, order, logger)

  let isClosing = false
  let running: Promise<void> | undefined
  const start = async () => {
    await setLimits(queue, options)
    if (!isClosing) running = worker.run().catch(report)
    await logRisks(queue, redis, logger)
  }
  start().catch(report)
  return {
    isReady: () => !isClosing && redis.status === 'ready' && worker.isRunning(),
    metrics: () => readMetrics(metrics, queue, redis),
    close: (withinMs = DEFAULT_CLOSE_MS) => {
      isClosing = true
      return shutDown({ worker, queue, redis, processor, running: () => running }, withinMs)
    }
  }
}

const openBullWorker = async (
  { concurrency = DEFAULT_CONCURRENCY, ...location }: WorkerOptions,
  redis: RedisConnection,
  processor: JobProcessor
) => {
  const { Worker } = await importOptional('bullmq', () => import('bullmq'))
  return new Worker<QueuedEvent>(QUEUE, (job) => processor.process(job), {
    connection: redis,
    prefix: keyPrefix(location),
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_EVERY_MS,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: REDIS_RETRY_MS,
    removeOnComplete: { count: 0 },
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof RetryError ? error.delayMs : LOCK_MS)
    },
    // The queue's limits are set first.
    autorun: false
  })
}

/** Logs what becomes of jobs, and promotes the next event of a customer. */
const listen = (worker: Worker<QueuedEvent>, order: CustomerOrder, logger: WorkerLogger) => {
  const promoteNext = ({ id = '', data: { customer } }: Job<QueuedEvent>) => {
    if (customer === undefined) return
    order.finish({ id, customer }).catch((error: unknown) => {
      logger.error(
        { event: 'order_delayed', error: toMessage(error), id },
        "cannot promote the customer's next event: it waits for up to 30 seconds"
      )
    })
  }
  worker.on('completed', promoteNext)
  worker.on('failed', (job, error) => {
    if (job?.finishedOn !== undefined) promoteNext(job)
    else if (!(error instanceof RetryError)) {
      logger.error(
        { event: 'attempt_interrupted', error: error.message, id: job?.id },
        'attempt interrupted: it is repeated'
      )
    }
  })
  worker.on('stalled', (id) => {
    logger.warn({ event: 'event_stalled', id }, 'the worker of this event died: it is delivered again')
  })
}

const setLimits = async (
  queue: Queue<QueuedEvent>,
  { globalConcurrency, ratePerSecond }: Pick<WorkerOptions, 'globalConcurrency' | 'ratePerSecond'>
) => {
  if (globalConcurrency === 0) await queue.removeGlobalConcurrency()
  else if (globalConcurrency !== undefined) await queue.setGlobalConcurrency(globalConcurrency)
  if (ratePerSecond === 0) await queue.removeGlobalRateLimit()
  else if (ratePerSecond !== undefined) await queue.setGlobalRateLimit(ratePerSecond, 1000)
}

const logRisks = async (queue: Queue<QueuedEvent>, redis: RedisConnection, logger: WorkerLogger) => {
  for (const risk of await findRisks(redis)) logger.warn({ event: 'redis_risk' }, risk)
  if (await queue.isPaused()) {
    logger.warn(
      { event: 'queue_paused' },
      'the queue is paused: no worker starts an event. Run "queue resume" to end that.'
    )
  }
}

const readMetrics = async (
  metrics: Metrics | undefined,
  queue: Queue<QueuedEvent>,
  redis: RedisConnection
) => {
  if (!metrics) throw new Error('This worker has no metrics: create it with "metrics: true".')
  // Counters that need no Redis are available without it.
  const isConnected = redis.status === 'ready'
  metrics.depth(isConnected ? await queue.getJobCounts('waiting', 'active', 'delayed', 'failed') : {})
  return { text: await metrics.text(), contentType: metrics.contentType }
}
