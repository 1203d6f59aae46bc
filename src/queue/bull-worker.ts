import { setTimeout as delay } from 'node:timers/promises'
import type { Worker } from 'bullmq'
import { toMessage } from '../messages'
import type { QueueLocation } from './connection-options'
import type { QueuedEvent } from './job-data'
import type { WorkerLogger } from './logger'
import { importOptional } from './optional-peer'
import { type JobProcessor, RetryError } from './process-job'
import { keyPrefix, QUEUE, type RedisConnection } from './redis'

/** Dependencies of BullMQ's worker. */
export interface BullWorkerOptions {
  location: QueueLocation
  redis: RedisConnection
  processor: JobProcessor
  /** Jobs in the worker at once. */
  concurrency: number
  logger: WorkerLogger
}

/** Time after which the events of a worker that died go to another one, and the interval of that check, in milliseconds. */
const LOCK_MS = 15_000
const STALLED_EVERY_MS = 5000

/** After this many stalls, assume that the event itself crashes workers. */
const MAX_STALLED = 10

/** Delay before the next job is requested again, after Redis refused it, in milliseconds. */
const REDIS_RETRY_MS = 1000

/**
 * Creates BullMQ's worker, which is not running yet. If Redis refuses to hand out jobs, for example because it is out of
 * memory, it pauses for a second instead of asking at once, and logs one line at the beginning and one at the end.
 *
 * @throws Error saying what to install
 */
export const createBullWorker = async ({
  location,
  redis,
  processor,
  concurrency,
  logger
}: BullWorkerOptions): Promise<Worker<QueuedEvent>> => {
  const bull = await importOptional('bullmq', () => import('bullmq'))
  const errors = new ErrorLog(redis, logger)
  const PausingWorker = class extends bull.Worker<QueuedEvent> {
    protected override async moveToActive(token: string, name?: string) {
      try {
        const job = await super.moveToActive(token, name)
        errors.end()
        return job
      } catch (error) {
        await delay(REDIS_RETRY_MS)
        throw error
      }
    }
  }
  const worker = new PausingWorker(QUEUE, (job) => processor.process(job), {
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
  worker.on('error', (error) => {
    errors.report(error)
  })
  return worker
}

/** Logs the first of a series of errors, and its end. */
class ErrorLog {
  readonly #redis: RedisConnection
  readonly #logger: WorkerLogger
  #lastAt?: number

  constructor(redis: RedisConnection, logger: WorkerLogger) {
    this.#redis = redis
    this.#logger = logger
  }

  report(error: unknown): void {
    // The connection's monitor logs lost connections.
    if (this.#redis.status !== 'ready') return
    // After a reconnect, ioredis repeats commands that Redis may have executed: the job is finished already.
    if (toMessage(error).startsWith('Missing key for job')) return
    if (this.#lastAt === undefined) {
      this.#logger.error({ event: 'queue_error', error: toMessage(error) }, 'queue error: retrying')
    }
    this.#lastAt = performance.now()
  }

  /** Notes a success, which ends a series of errors unless it only falls between two of them. */
  end(): void {
    if (this.#lastAt === undefined || performance.now() - this.#lastAt < REDIS_RETRY_MS) return
    this.#lastAt = undefined
    this.#logger.info({ event: 'queue_recovered' }, 'queue recovered')
  }
}
