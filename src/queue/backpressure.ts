import { setTimeout as delay } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import type { WorkerLogger } from './logger'

/** Interval at which a full queue is checked, in milliseconds. */
const CHECK_MS = 250

/** Blocks a producer while the queue is full. */
export class Backpressure {
  readonly #queue: Pick<Queue, 'count'>
  readonly #maxQueued: number
  readonly #step: number
  readonly #logger: WorkerLogger
  #capacity = 0
  #isFull = false
  #looking?: Promise<boolean>

  /**
   * @param maxQueued events in the queue above which producers wait
   * @param step events admitted between two looks at the queue
   */
  constructor(queue: Pick<Queue, 'count'>, maxQueued: number, step: number, logger: WorkerLogger) {
    this.#queue = queue
    this.#maxQueued = maxQueued
    this.#step = step
    this.#logger = logger
  }

  /**
   * Waits for capacity. The last events admitted may exceed it, so that a small capacity is enough.
   *
   * @param within bounds the time for Redis to count the events
   * @throws AbortError, and what `within` throws
   */
  async admit(
    events: number,
    within: (look: Promise<boolean>) => Promise<boolean>,
    signal?: AbortSignal
  ): Promise<void> {
    while (this.#capacity <= 0) {
      // Calls at the same time share a look.
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
      if (await within(this.#looking)) await delay(CHECK_MS, undefined, { signal })
    }
    this.#capacity -= events
  }

  /** Counts the events in the queue; resolves with true if it is full. */
  async #look(): Promise<boolean> {
    const queued = await this.#queue.count()
    // Other producers add events too.
    this.#capacity = Math.min(this.#step, this.#maxQueued - queued)
    const wasFull = this.#isFull
    this.#isFull = this.#capacity <= 0
    if (this.#isFull && !wasFull) {
      this.#logger.info({ event: 'queue_full', queued }, 'the queue is full: waiting for the workers')
    }
    return this.#isFull
  }
}
