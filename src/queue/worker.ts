import { setTimeout as delay } from 'node:timers/promises'
import type { Job } from 'bullmq'
import { toMessage } from '../messages'
import type { Transport } from '../mapi/transports/transport'
import { undiciTransport } from '../mapi/transports/undici'
import { createDelivery, type Outcome } from '../host/deliver'
import { CircuitBreakers } from './circuit-breakers'
import { CustomerOrder } from './customer-order'
import { attemptDelivery, type AttemptResult } from './attempt'
import { load } from './optional-peer'
import type { QueueLocation } from './connection-options'
import { silentLogger, type WorkerLogger } from './logger'
import type { ResolveMerchant } from '../merchants/merchant'
import { createMetrics, noMetrics } from './metrics'
import { openBullQueue } from './bull-queue'
import type { QueuedEvent } from './job-data'
import { connect, disconnect, isReachable, keyPrefix, QUEUE, findRisks } from './redis'

/** How queued events are delivered. */
export interface WorkerOptions extends QueueLocation {
  /** Finds the settings of a merchant, by the ID that its events were enqueued with. */
  resolveMerchant: ResolveMerchant
  /** Another MAPI than the settings name, such as a sandbox. */
  mapiUrl?: string
  /** How many events this worker has under way at once. Default: 32. */
  concurrency?: number
  /** How many events all workers of the queue have under way at once, from now on; 0 lifts that. Default: as it is. */
  globalConcurrency?: number
  /** How many events a second all workers of the queue begin at most, from now on; 0 lifts that. Default: as it is. */
  ratePerSecond?: number
  /** How long an event is tried after its first try, in milliseconds. Default: 24 hours. */
  maxRetryAgeMs?: number
  /** Takes structured lines, as pino does. Default: nobody. */
  logger?: WorkerLogger
  /** Whether to count for Prometheus, which needs prom-client. Default: false. */
  metrics?: boolean
}

/** A running worker. */
export interface FriendbuyWorker {
  /** Whether it takes events: Redis answers, and it is not closing. */
  isReady: () => boolean
  /**
   * What it has counted, in Prometheus' text format.
   *
   * @throws Error where `metrics` was not asked for
   */
  metrics: () => Promise<{ text: string; contentType: string }>
  /**
   * Takes no further event, and finishes those that are under way.
   *
   * @param withinMs how long that may take, in milliseconds. Default: 30 seconds.
   * @returns whether all were finished; those that were not are delivered by another worker, once more
   */
  close: (withinMs?: number) => Promise<boolean>
}

const DEFAULT_CONCURRENCY = 32

const DEFAULT_RETRY_FOR_MS = 24 * 3_600_000

const DEFAULT_CLOSE_MS = 30_000

/** How long a worker that has died keeps the events that it had under way, in milliseconds, and how often that is looked at. */
const LOCK_MS = 15_000
const STALLED_EVERY_MS = 5000

/** An event that so many workers have died over is likely to be the reason. */
const MOST_STALLED = 10

/** How long a worker waits before it tries again what Redis did not answer, in milliseconds. */
const REDIS_RETRY_MS = 1000

/** What BullMQ is told of an event that is tried again: it asks for the delay. */
class TryAgain extends Error {
  readonly delayMs: number
  /** BullMQ would keep one for each try, in Redis. */
  override stack = undefined

  constructor(reason: string, delayMs: number) {
    super(reason)
    this.delayMs = delayMs
  }
}

/**
 * Starts a worker: it takes events from the queue and delivers them through the destination, at least once. It waits
 * for Redis where that is away.
 *
 * @throws Error saying what to install; TypeError for a name, an address of Redis or a mapiUrl that is none
 */
export const createWorker = async (options: WorkerOptions): Promise<FriendbuyWorker> => {
  const {
    resolveMerchant,
    mapiUrl,
    concurrency = DEFAULT_CONCURRENCY,
    globalConcurrency,
    ratePerSecond,
    maxRetryAgeMs = DEFAULT_RETRY_FOR_MS,
    logger = silentLogger
  } = options
  const { Worker, DelayedError, UnrecoverableError } = await load('bullmq', () => import('bullmq'))
  const metrics = options.metrics ? await createMetrics() : undefined
  const { outcome: countOutcome, verdict: countVerdict, authorization } = metrics ?? noMetrics
  const deliver = createDelivery({
    mapiUrl,
    transport: counting(undiciTransport({ connections: concurrency }), authorization)
  })
  const prefix = keyPrefix(options)

  const redis = await connect(options, logger)
  const queue = await openBullQueue(options, redis)
  const order = new CustomerOrder(queue, redis)
  const breakers = new CircuitBreakers({
    opened: (merchant, { reason, status }, forMs) => {
      logger.warn({ merchant, reason, status, forMs: Math.round(forMs) }, 'the events of this merchant wait')
    },
    closed: (merchant) => {
      logger.info({ merchant }, 'the events of this merchant go again')
    }
  })
  const onOutcome = ({ merchant, event: { messageId } }: QueuedEvent, outcome: Outcome) => {
    countOutcome(outcome)
    const { action, dropped } = outcome
    if (dropped.length > 0) logger.info({ merchant, messageId, action, dropped }, 'values were left out')
  }

  const inFlight = new Set<Promise<unknown>>()
  const tryJob = async (job: Job<QueuedEvent>): Promise<AttemptResult | undefined> => {
    const { id = '', data, attemptsMade } = job
    const waitMs = data.customer === undefined ? undefined : await order.waitFor(id, data.customer)
    if (waitMs !== undefined) {
      await job.moveToDelayed(Date.now() + waitMs, job.token)
      // The event before this one may have come to its end meanwhile, and found this one not waiting yet.
      if (data.customer !== undefined && (await order.waitFor(id, data.customer)) === undefined) {
        await order.callUp(data.customer)
      }
      return undefined
    }
    return attemptDelivery(data, attemptsMade, {
      deliver,
      resolveMerchant,
      breakers,
      maxRetryAgeMs,
      onOutcome
    })
  }

  const worker = new Worker<QueuedEvent>(
    QUEUE,
    async (job) => {
      const begunAt = performance.now()
      const trying = tryJob(job)
      inFlight.add(trying)
      const verdict = await trying.finally(() => inFlight.delete(trying))
      if (!verdict) throw new DelayedError()
      countVerdict(verdict.status, performance.now() - begunAt)
      if (verdict.status === 'delivered' || verdict.status === 'unmatched') return
      const { reason, completed } = verdict
      const { since, completed: before = [] } = job.data
      if (since === undefined || completed.length > before.length) {
        await job.updateData({ ...job.data, since: since ?? Date.now(), completed: [...completed] })
      }
      if (verdict.status === 'delayed') throw new TryAgain(reason, verdict.delayMs)
      const { merchant, event } = job.data
      logger.warn({ merchant, messageId: event.messageId, id: job.id, reason }, 'an event failed for good')
      throw Object.assign(new UnrecoverableError(reason), { stack: undefined })
    },
    {
      connection: redis,
      prefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_EVERY_MS,
      maxStalledCount: MOST_STALLED,
      runRetryDelay: REDIS_RETRY_MS,
      removeOnComplete: { count: 0 },
      settings: {
        backoffStrategy: (_tries, _type, error) => (error instanceof TryAgain ? error.delayMs : LOCK_MS)
      },
      // Not before the bounds of the queue are set.
      autorun: false
    }
  )
  const callNext = ({ id = '', data: { customer } }: Job<QueuedEvent>) => {
    if (customer === undefined) return
    order.done(id, customer).catch((error: unknown) => {
      logger.error({ error: String(error), id }, 'the next event of this customer waits for half a minute')
    })
  }
  worker.on('completed', callNext)
  worker.on('failed', (job, error) => {
    if (job?.finishedOn !== undefined) callNext(job)
    else if (!(error instanceof TryAgain)) {
      logger.error({ error: error.message, id: job?.id }, 'a try at an event broke off: it is made again')
    }
  })
  worker.on('stalled', (id) => {
    logger.warn({ id }, 'the worker that had this event has died: it is delivered once more')
  })
  const bound = async () => {
    if (globalConcurrency === 0) await queue.removeGlobalConcurrency()
    else if (globalConcurrency !== undefined) await queue.setGlobalConcurrency(globalConcurrency)
    if (ratePerSecond === 0) await queue.removeGlobalRateLimit()
    else if (ratePerSecond !== undefined) await queue.setGlobalRateLimit(ratePerSecond, 1000)
  }
  const warn = async () => {
    for (const risk of await findRisks(redis)) logger.warn({}, risk)
    if (await queue.isPaused()) {
      logger.warn({}, 'the queue is paused: no worker begins an event. "queue resume" ends that.')
    }
  }
  const start = async () => {
    await bound()
    if (!isClosing) running = worker.run().catch(report)
    await warn()
  }
  const report = (error: unknown) => {
    // Of Redis going and coming there is a line each already.
    if (redis.status === 'ready') logger.error({ error: toMessage(error) }, 'the queue had an error')
  }
  worker.on('error', report)

  let isClosing = false
  let running: Promise<void> | undefined
  start().catch(report)
  return {
    isReady: () => !isClosing && redis.status === 'ready' && worker.isRunning(),
    metrics: async () => {
      if (!metrics) throw new Error('This worker counts nothing: start it with "metrics".')
      // Who asks while Redis is away is told the rest.
      const isUp = redis.status === 'ready'
      metrics.depth(isUp ? await queue.getJobCounts('waiting', 'active', 'delayed', 'failed') : {})
      return { text: await metrics.text(), contentType: metrics.contentType }
    },
    close: async (withinMs = DEFAULT_CLOSE_MS) => {
      isClosing = true
      const isIdle = inFlight.size === 0
      const finish = async () => {
        await worker.pause(true)
        await Promise.allSettled(inFlight)
        // Without Redis there is nobody to tell what became of them.
        const isToldOf = await isReachable(redis)
        if (isToldOf && !worker.closing) {
          // Ends the wait for the next event. It has a connection of its own, which may have to come back first.
          await worker.backend.reconnectBlocking()
          await worker.backend.disconnectBlocking(false)
          await running
        }
        return isToldOf || isIdle
      }
      const deadline = new AbortController()
      const isFinished = await Promise.race([
        finish(),
        delay(withinMs, false, { signal: deadline.signal })
      ]).finally(() => {
        deadline.abort()
      })
      // The close of BullMQ that waits is of no use: where Redis goes meanwhile, it has no end and cannot be forced.
      await worker.close(true)
      if (redis.status === 'ready') await queue.close()
      disconnect(redis)
      return isFinished
    }
  }
}

/** A transport that tells of each authorization. */
const counting =
  (transport: Transport, onAuthorization: () => void): Transport =>
  (request) => {
    if (new URL(request.url).pathname.endsWith('/v1/authorization')) onAuthorization()
    return transport(request)
  }
