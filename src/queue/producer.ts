import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { Queue } from 'bullmq'
import { nanoid } from 'nanoid'
import { isBlank } from '../values'
import { toMessage } from '../messages'
import { toEvent } from '../events/to-event'
import { CustomerOrder } from './customer-order'
import type { QueueLocation } from './connection-options'
import { type WorkerLogger, silentLogger } from './logger'
import { JOB, openBullQueue } from './bull-queue'
import { customerOf, fingerprintOf, type QueuedEvent } from './job-data'
import { connect, disconnect } from './redis'

/** How events are put into the queue. */
export interface ProducerOptions extends QueueLocation {
  /**
   * For how long an event that is enqueued again, by its messageId, is known and not added, in milliseconds.
   * Default: 24 hours.
   */
  windowMs?: number
  /** While so many events wait, `add` waits too; it goes beyond by fewer than 500. Default: 100000. */
  maxQueued?: number
  /**
   * Whether the events of one customer (by userId, else anonymousId) are delivered in the order in which they were
   * enqueued, one after the other. Default: false.
   */
  ordered?: boolean
  /** Is told when Redis goes and comes back, and when the queue is full. Default: nobody. */
  logger?: WorkerLogger
}

/** What became of an event that was enqueued. */
export interface Enqueued {
  /** The event's messageId, which it was given where it had none. */
  messageId: string
  /** The ID of its job. */
  id: string
  /**
   * `added`; `known` where it was enqueued before, within the window; `failed` where it was enqueued before and is
   * among the failed ones: that one is to be retried.
   */
  state: 'added' | 'duplicate' | 'failed'
}

/** Puts events into the queue. */
export interface Producer {
  /**
   * Puts events of a merchant into the queue, in their order. When it resolves, Redis has all of them.
   *
   * @param merchant an ID by which the worker finds the merchant's settings
   * @param signal ends the waiting for a full queue
   * @throws TypeError where one is no event, before any is added; AbortError
   */
  add: (
    merchant: string,
    events: readonly SegmentEvent[],
    options?: { signal?: AbortSignal }
  ) => Promise<Enqueued[]>
  /** Closes the connection, once what is under way is done. */
  close: () => Promise<void>
}

const DEFAULT_WINDOW_MS = 24 * 3_600_000

const DEFAULT_MAX_QUEUED = 100_000

/** So many jobs go to Redis at once: enough that the way there costs little, and no more than it takes in some 20 ms. */
const BULK = 500

/** How long to wait before a bulk that was cut off is sent again, in milliseconds. */
const RECONNECT_MS = 100

/** How often a full queue is looked at, in milliseconds. */
const FULL_MS = 250

/** So many tries that only the age of an event ends them. */
const ATTEMPTS = 1_000_000

/**
 * Opens a producer.
 *
 * @throws Error saying what to install; TypeError for a name of a queue, or an address, that is none
 */
export const createProducer = async (options: ProducerOptions = {}): Promise<Producer> => {
  const { windowMs = DEFAULT_WINDOW_MS, maxQueued = DEFAULT_MAX_QUEUED, ordered = false } = options
  const logger = options.logger ?? silentLogger
  const redis = await connect(options, logger)
  const queue = await openBullQueue(options, redis)
  const order = new CustomerOrder(queue, redis)
  const room = new Room(queue, maxQueued, logger)
  let isClosed = false

  /** Does again what a closing connection cut off: it has waited for Redis, and failed as that came back. */
  const untilConnected = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (isClosed || !/connection (is )?close/i.test(toMessage(error))) throw error
        await delay(RECONNECT_MS)
      }
    }
  }

  const addBulk = async (merchant: string, events: readonly SegmentEvent[]): Promise<Enqueued[]> => {
    const jobs = events.map((given) => toJob(merchant, given, ordered))
    const announced = jobs.flatMap(({ id, data: { customer } }) =>
      customer === undefined ? [] : [{ id, customer }]
    )
    if (announced.length > 0) await untilConnected(() => order.announce(announced))
    const bulk = jobs.map(({ id, data, identity }) => ({
      name: JOB,
      data,
      opts: {
        jobId: id,
        deduplication: { id: identity, ttl: windowMs },
        attempts: ATTEMPTS,
        backoff: { type: 'custom' }
      }
    }))
    // What Redis has of them already it does not add again.
    const added = await untilConnected(() => queue.addBulk(bulk))
    const enqueued = await Promise.all(
      jobs.map(async ({ id, messageId }, index): Promise<Enqueued> => {
        const { id: present = id } = added[index] ?? {}
        if (present === id) return { messageId, id, state: 'added' }
        const isFailed = (await queue.getJobState(present)) === 'failed'
        return { messageId, id: present, state: isFailed ? 'failed' : 'duplicate' }
      })
    )
    const ids = new Set(enqueued.map(({ id }) => id))
    const withdrawn = announced.filter(({ id }) => !ids.has(id))
    if (withdrawn.length > 0) await order.withdraw(withdrawn)
    return enqueued
  }

  return {
    add: async (merchant, events, { signal } = {}) => {
      events.forEach(check)
      const enqueued: Enqueued[] = []
      for (let start = 0; start < events.length; start += BULK) {
        const part = events.slice(start, start + BULK)
        await room.take(part.length, signal)
        for (const one of await addBulk(merchant, part)) enqueued.push(one)
      }
      return enqueued
    },
    close: async () => {
      isClosed = true
      await queue.close()
      disconnect(redis)
    }
  }
}

const check = (given: unknown, index: number) => {
  const read = toEvent(given)
  if ('error' in read) throw new TypeError(`[${index}] is ${read.error}`)
}

const toJob = (merchant: string, given: SegmentEvent, ordered: boolean) => {
  const messageId = isBlank(given.messageId) ? nanoid() : given.messageId
  const event = { ...given, messageId }
  const customer = ordered ? customerOf(merchant, event) : undefined
  const data: QueuedEvent = { merchant, event, ...(customer !== undefined && { customer }) }
  // BullMQ takes no bare number and no colon; customer-order.ts reads the time.
  const id = `${Date.now().toString(36)}-${nanoid(12)}`
  return { id, messageId, data, identity: fingerprintOf([merchant, messageId]) }
}

/** Lets events in as long as the queue has room. */
class Room {
  readonly #queue: Queue<QueuedEvent>
  readonly #most: number
  readonly #logger: WorkerLogger
  #left = 0

  constructor(queue: Queue<QueuedEvent>, most: number, logger: WorkerLogger) {
    this.#queue = queue
    this.#most = most
    this.#logger = logger
  }

  /** Waits until there is room. The last ones that go may be a few more than it, so that a small room is one as well. */
  async take(events: number, signal?: AbortSignal): Promise<void> {
    let isTold = false
    while (this.#left <= 0) {
      const queued = await this.#queue.count()
      // Other producers fill it too.
      this.#left = Math.min(BULK, this.#most - queued)
      if (this.#left > 0) break
      if (!isTold) this.#logger.info({ queued }, 'the queue is full: waiting for the workers')
      isTold = true
      await delay(FULL_MS, undefined, { signal })
    }
    this.#left -= events
  }
}
