import type { Job, Queue, Worker } from 'bullmq'
import { createDelivery } from '../host/deliver'
import type { ResolveMerchant } from '../merchants/merchant'
import { toMessage } from '../messages'
import { openBullQueue } from './bull-queue'
import { createBullWorker } from './bull-worker'
import { ConnectionMonitor } from './connection-monitor'
import type { QueueLocation } from './connection-options'
import { CustomerOrder } from './customer-order'
import { withDeadline } from './deadline'
import type { QueuedEvent } from './job-data'
import { silentLogger, type WorkerLogger } from './logger'
import { createMetrics, noMetrics } from './metrics'
import { importOptional } from './optional-peer'
import { JobProcessor, RetryError } from './process-job'
import { readStatus } from './queue-status'
import { connect, findRisks, type RedisConnection } from './redis'
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
   * Maximum number of events of one merchant in flight in this worker, so that none can take all of it.
   *
   * @default half of `concurrency`
   */
  merchantConcurrency?: number
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
  /** Tells whether the worker accepts events: Redis responds and accepts writes, and the worker is not closing. */
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

/** Maximum time to read the state of the queue for metrics, in milliseconds. */
const STATUS_MS = 1000

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
  const { merchantConcurrency = Math.ceil(concurrency / 2) } = options
  const errors = await importOptional('bullmq', () => import('bullmq'))
  const metrics = options.metrics ? await createMetrics() : undefined
  const counters = metrics ?? noMetrics
  const deliver = createDelivery({
    mapiUrl,
    connections: concurrency,
    onAuthorization: counters.authorization
  })

  const redis = await connect(options)
  const monitor = new ConnectionMonitor(redis, logger)
  const queue = await openBullQueue(options, redis)
  const order = new CustomerOrder(queue, redis)
  const processor = new JobProcessor({
    errors,
    deliver,
    resolveMerchant,
    maxRetryAgeMs,
    perMerchant: merchantConcurrency,
    order,
    logger,
    metrics: counters
  })
  const worker = await createBullWorker({ location: options, redis, processor, concurrency, logger })
  listen(worker, order, logger)

  let isClosing = false
  let running: Promise<void> | undefined
  const report = (error: unknown) => {
    worker.emit('error', toError(error))
  }
  const start = async () => {
    await setLimits(queue, options)
    if (!isClosing) running = worker.run().catch(report)
    await logRisks(queue, redis, logger)
  }
  start().catch(report)
  const isReady = () => !isClosing && monitor.isHealthy && worker.isRunning()
  return {
    isReady,
    metrics: async () => {
      if (!metrics) throw new Error('This worker has no metrics: create it with "metrics: true".')
      const queueStatus = await readQueue(queue, redis)
      const state = { isReady: isReady(), paused: processor.paused, queue: queueStatus }
      return { text: await metrics.text(state), contentType: metrics.contentType }
    },
    close: (withinMs = DEFAULT_CLOSE_MS) => {
      isClosing = true
      return shutDown({ worker, queue, redis, processor, running: () => running }, withinMs)
    }
  }
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

/** BullMQ listens to errors only. */
const toError = (error: unknown) => (error instanceof Error ? error : new Error(toMessage(error)))

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

/** The state of a queue for metrics; undefined if Redis does not respond. */
const readQueue = async (queue: Queue<QueuedEvent>, redis: RedisConnection) => {
  // Counters that need no Redis are available without it.
  const reading = readStatus(queue, redis).catch(() => undefined)
  return withDeadline(reading, STATUS_MS, () => undefined)
}
