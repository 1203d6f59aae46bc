import type { Queue } from 'bullmq'
import { type QueuedEvent, toCreationTime } from './job-data'
import type { RedisConnection } from './redis'

/** A job in the list of its customer. */
export interface OrderedJob {
  id: string
  /** Hash of the customer. */
  customer: string
}

/** Maximum time to wait for a job that was announced and not added, in milliseconds: its producer may have died. */
const ANNOUNCED_MS = 60_000

/** Delay of an event behind another one of its customer, in milliseconds, unless it is promoted earlier. */
const BEHIND_OTHERS_MS = 30_000

/** Delay of an event behind one that is announced and not added yet, in milliseconds. */
const BEHIND_ANNOUNCED_MS = 1000

/**
 * Keeps the events of a customer in the order in which they were enqueued. A Redis list per customer holds the IDs of
 * its unfinished jobs. Only the first one is delivered; the others are delayed, and other customers are not affected.
 */
export class CustomerOrder {
  readonly #queue: Queue<QueuedEvent>
  readonly #redis: RedisConnection

  constructor(queue: Queue<QueuedEvent>, redis: RedisConnection) {
    this.#queue = queue
    this.#redis = redis
  }

  /** Appends jobs that are about to be added. Repeating it is harmless. */
  async announce(jobs: readonly OrderedJob[]): Promise<void> {
    await this.#each(jobs, (pipeline, { id, customer }) => pipeline.rpush(this.#key(customer), id))
  }

  /** Removes jobs that were not added after all, or were taken out of the queue. */
  async withdraw(jobs: readonly OrderedJob[]): Promise<void> {
    await this.#each(jobs, (pipeline, { id, customer }) => pipeline.lrem(this.#key(customer), 0, id))
  }

  /**
   * Checks if a job is its customer's next one.
   *
   * @returns undefined if it is; else the delay in milliseconds
   */
  async delayOf(id: string, customer: string): Promise<number | undefined> {
    const key = this.#key(customer)
    for (;;) {
      const [first, position] = await Promise.all([this.#redis.lindex(key, 0), this.#redis.lpos(key, id)])
      // A job that was retried after it failed is no longer in the list.
      if (first === null || position === null || position === 0) return undefined
      const state = await this.#queue.getJobState(first)
      const exists = state !== 'unknown'
      if (exists && state !== 'failed' && state !== 'completed') return BEHIND_OTHERS_MS
      if (!exists && Date.now() < toCreationTime(first) + ANNOUNCED_MS) return BEHIND_ANNOUNCED_MS
      await this.#redis.lrem(key, 1, first)
    }
  }

  /** Promotes a customer's next job if it is delayed. */
  async promoteNext(customer: string): Promise<void> {
    const first = await this.#redis.lindex(this.#key(customer), 0)
    const job = first === null ? undefined : await this.#queue.getJob(first)
    // It may be active by then.
    if (await job?.isDelayed()) await job?.promote().catch(() => undefined)
  }

  /** Removes a finished job, and promotes its customer's next one. */
  async finish({ id, customer }: OrderedJob): Promise<void> {
    await this.#redis.lrem(this.#key(customer), 0, id)
    await this.promoteNext(customer)
  }

  async #each(
    jobs: readonly OrderedJob[],
    add: (pipeline: ReturnType<RedisConnection['pipeline']>, job: OrderedJob) => unknown
  ) {
    const pipeline = this.#redis.pipeline()
    for (const job of jobs) add(pipeline, job)
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
  }

  #key(customer: string) {
    return `${this.#queue.toKey('order')}:${customer}`
  }
}
