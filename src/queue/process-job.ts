import type { DelayedError, Job, UnrecoverableError } from 'bullmq'
import type { Deliver, Outcome } from '../host/deliver'
import type { ResolveMerchant } from '../merchants/merchant'
import { attemptDelivery, type AttemptOptions, type AttemptResult } from './attempt'
import { CircuitBreakers, type PausedMerchant } from './circuit-breakers'
import type { CustomerOrder } from './customer-order'
import type { CompletedSubscription, QueuedEvent } from './job-data'
import type { WorkerLogger } from './logger'
import { MerchantSlots } from './merchant-slots'
import type { Metrics } from './metrics'
import { NotMappedReport } from './not-mapped-report'

/** Dependencies of a worker's jobs. */
export interface ProcessorOptions {
  /** The classes of BullMQ's errors, which has to be imported dynamically. */
  errors: { DelayedError: typeof DelayedError; UnrecoverableError: typeof UnrecoverableError }
  deliver: Deliver
  resolveMerchant: ResolveMerchant
  /** Maximum age of an event since its first failed attempt, in milliseconds. */
  maxRetryAgeMs: number
  /** Maximum number of events of one merchant in flight. */
  perMerchant: number
  order: CustomerOrder
  logger: WorkerLogger
  metrics: Pick<Metrics, 'outcome' | 'attempt' | 'notMapped'>
}

/** Thrown to make BullMQ retry a job after `delayMs`. */
export class RetryError extends Error {
  readonly delayMs: number
  /** BullMQ would store a stack per attempt in Redis. */
  override stack = undefined

  constructor(reason: string, delayMs: number) {
    super(reason)
    this.delayMs = delayMs
  }
}

/** Processes the jobs of a worker. */
export class JobProcessor {
  readonly #inFlight = new Set<Promise<unknown>>()
  readonly #options: ProcessorOptions
  readonly #attemptOptions: AttemptOptions
  readonly #slots: MerchantSlots

  constructor(options: ProcessorOptions) {
    const { deliver, resolveMerchant, maxRetryAgeMs, metrics, logger } = options
    this.#options = options
    this.#slots = new MerchantSlots(options)
    const notMapped = new NotMappedReport(logger, metrics)
    this.#attemptOptions = {
      deliver,
      resolveMerchant,
      maxRetryAgeMs,
      breakers: createBreakers(logger),
      onOutcome: (queued, outcome) => {
        metrics.outcome(outcome)
        logOutcome(queued, outcome, logger)
      },
      onDelivered: (queued, matching) => {
        notMapped.add(queued, matching)
      }
    }
  }

  /** Number of jobs in flight. */
  get inFlight(): number {
    return this.#inFlight.size
  }

  /** Merchants that this worker has paused. */
  get paused(): PausedMerchant[] {
    return this.#attemptOptions.breakers.paused()
  }

  /** Resolves once the jobs in flight have been attempted. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
  }

  /**
   * Makes one attempt at a job.
   *
   * @throws RetryError, DelayedError or UnrecoverableError for BullMQ, unless the job is done
   */
  async process(job: Job<QueuedEvent>): Promise<void> {
    const startedAt = performance.now()
    const attempt = this.#attempt(job)
    this.#inFlight.add(attempt)
    const result = await attempt.finally(() => this.#inFlight.delete(attempt))
    const { errors, metrics } = this.#options
    if (!result) throw new errors.DelayedError()
    metrics.attempt(result, performance.now() - startedAt)
    if (result.status === 'delivered' || result.status === 'unmatched') return
    await saveProgress(job, result.completed)
    if (result.status === 'delayed') throw new RetryError(result.reason, result.delayMs)
    this.#fail(job, result.reason)
  }

  /** The result of an attempt; undefined if the job was delayed, since it is not yet its turn. */
  async #attempt(job: Job<QueuedEvent>): Promise<AttemptResult | undefined> {
    if (!(await this.#isNextOfCustomer(job))) return undefined
    const slot = await this.#slots.acquire(job.data.merchant)
    if ('delayMs' in slot) {
      await job.moveToDelayed(Date.now() + slot.delayMs, job.token)
      return undefined
    }
    try {
      return await attemptDelivery(job.data, job.attemptsMade, this.#attemptOptions)
    } finally {
      slot.release()
    }
  }

  /** Delays a job behind an earlier one of its customer. */
  async #isNextOfCustomer(job: Job<QueuedEvent>): Promise<boolean> {
    const { order } = this.#options
    const { id = '', data } = job
    if (data.customer === undefined) return true
    const waitMs = await order.delayOf(id, data.customer)
    if (waitMs === undefined) return true
    await job.moveToDelayed(Date.now() + waitMs, job.token)
    // The event before this one may have finished meanwhile, when this one was not delayed yet.
    if ((await order.delayOf(id, data.customer)) === undefined) await order.promoteNext(data.customer)
    return false
  }

  #fail({ id, data: { merchant, event } }: Job<QueuedEvent>, reason: string): never {
    const { errors, logger } = this.#options
    const { messageId } = event
    logger.warn({ event: 'event_failed', merchant, messageId, id, reason }, 'event failed permanently')
    throw Object.assign(new errors.UnrecoverableError(reason), { stack: undefined })
  }
}

/** Stores the time of the first failure, and what is completed, if either is new. */
const saveProgress = async (job: Job<QueuedEvent>, completed: readonly CompletedSubscription[]) => {
  const { since, completed: before = [] } = job.data
  if (since !== undefined && completed.length === before.length) return
  await job.updateData({ ...job.data, since: since ?? Date.now(), completed })
}

/** Logs an attempt, at a level that is off by default: most events are attempted once, and delivered. */
const logOutcome = (
  { merchant, event: { messageId } }: QueuedEvent,
  { action, status, eventId, error, dropped }: Outcome,
  logger: WorkerLogger
) => {
  if (error === undefined) {
    logger.debug?.(
      { event: 'event_delivered', merchant, messageId, action, status, eventId },
      'event delivered'
    )
  } else {
    logger.debug?.(
      { event: 'attempt_failed', merchant, messageId, action, status, reason: error },
      'attempt failed'
    )
  }
  if (dropped.length === 0) return
  logger.debug?.({ event: 'values_dropped', merchant, messageId, action, dropped }, 'values dropped')
}

const createBreakers = (logger: WorkerLogger) =>
  new CircuitBreakers({
    opened: (merchant, { reason, status }, forMs, isExtended) => {
      if (isExtended) return
      logger.warn(
        { event: 'merchant_paused', merchant, reason, status, forMs: Math.round(forMs) },
        'merchant paused (circuit open)'
      )
    },
    closed: (merchant) => {
      logger.info({ event: 'merchant_resumed', merchant }, 'merchant resumed (circuit closed)')
    }
  })
