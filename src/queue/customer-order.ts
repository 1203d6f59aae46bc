import type { Queue } from 'bullmq'
import type { QueuedEvent } from './job-data'
import type { RedisConnection } from './redis'

/** A job's ID begins with the time at which it was made, in base 36. */
const madeAt = (jobId: string) => parseInt(jobId.split('-', 1)[0] ?? '', 36)

/** A job that is announced and not there is waited for this long, in milliseconds: its producer may have died. */
const ANNOUNCED_MS = 60_000

/** How long an event waits for the one before it, in milliseconds, unless it is called up earlier. */
const WAIT_MS = 30_000

/** How long it waits for one that is announced and not there yet. */
const WAIT_FOR_ANNOUNCED_MS = 1000

/**
 * Keeps the events of a customer in the order in which they were enqueued: a list for each customer in Redis has the
 * IDs of the jobs that are not done. Only the first of them is delivered; the others wait, and hold up nobody else.
 */
export class CustomerOrder {
  readonly #queue: Queue<QueuedEvent>
  readonly #redis: RedisConnection

  constructor(queue: Queue<QueuedEvent>, redis: RedisConnection) {
    this.#queue = queue
    this.#redis = redis
  }

  /** Takes note of jobs that are about to be added; to do so again changes nothing that counts. */
  async announce(jobs: readonly { id: string; customer: string }[]): Promise<void> {
    await this.#each(jobs, (pipeline, { id, customer }) => pipeline.rpush(this.#key(customer), id))
  }

  /** Takes back jobs that were not added after all. */
  async withdraw(jobs: readonly { id: string; customer: string }[]): Promise<void> {
    await this.#each(jobs, (pipeline, { id, customer }) => pipeline.lrem(this.#key(customer), 0, id))
  }

  /**
   * Whether it is a job's turn.
   *
   * @returns undefined where it is; else how long it should wait, in milliseconds
   */
  async waitFor(id: string, customer: string): Promise<number | undefined> {
    const key = this.#key(customer)
    for (;;) {
      const [first, position] = await Promise.all([this.#redis.lindex(key, 0), this.#redis.lpos(key, id)])
      // One that was put back among others has lost its place.
      if (first === null || position === null || position === 0) return undefined
      const state = await this.#queue.getJobState(first)
      const isReachable = state !== 'unknown'
      if (isReachable && state !== 'failed' && state !== 'completed') return WAIT_MS
      if (!isReachable && Date.now() < madeAt(first) + ANNOUNCED_MS) return WAIT_FOR_ANNOUNCED_MS
      await this.#redis.lrem(key, 1, first)
    }
  }

  /** Calls up a customer's first job, where it waits. */
  async callUp(customer: string): Promise<void> {
    const first = await this.#redis.lindex(this.#key(customer), 0)
    const job = first === null ? undefined : await this.#queue.getJob(first)
    // It may be under way already.
    if (await job?.isDelayed()) await job?.promote().catch(() => undefined)
  }

  /** A job is done, and the next one of its customer has its turn. */
  async done(id: string, customer: string): Promise<void> {
    await this.#redis.lrem(this.#key(customer), 0, id)
    await this.callUp(customer)
  }

  async #each(
    jobs: readonly { id: string; customer: string }[],
    add: (pipeline: ReturnType<RedisConnection['pipeline']>, job: { id: string; customer: string }) => unknown
  ) {
    const pipeline = this.#redis.pipeline()
    for (const job of jobs) add(pipeline, job)
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
  }

  #key(customer: string) {
    return `${this.#queue.toKey('order')}:${customer}`
  }
}
