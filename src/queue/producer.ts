import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { Queue } from 'bullmq'
import { nanoid } from 'nanoid'
import { toEvent } from '../events/to-event'
import { toMessage } from '../messages'
import { isBlank } from '../values'
import { Backpressure } from './backpressure'
import { JOB, openBullQueue } from './bull-queue'
import type { QueueLocation } from './connection-options'
import { ConnectionMonitor } from './connection-monitor'
import { CustomerOrder, type OrderedJob } from './customer-order'
import { withDeadline } from './deadline'
import { FairSchedule } from './fair-schedule'
import { customerOf, fingerprintOf, newJobId, type QueuedEvent } from './job-data'
import { silentLogger, type WorkerLogger } from './logger'
import { connect, disconnect, type RedisConnection } from './redis'

/** Options of a producer. */
export interface ProducerOptions extends QueueLocation {
  /**
   * Deduplication window in milliseconds: an event with the merchant and messageId of one that was enqueued within it
   * is not added again.
   *
   * @default 86400000 (24 hours)
   */
  windowMs?: number
  /**
   * Number of queued events above which `add` waits. It may be exceeded by up to 500.
   *
   * @default 100000
   */
  maxQueued?: number
  /**
   * Delivers the events of one customer (by userId, else anonymousId) one after the other, in the order in which they
   * were enqueued.
   *
   * @default false
   */
  ordered?: boolean
  /**
   * Maximum time for Redis to store 500 events, in milliseconds. After it, `add` rejects, and Redis may have the events
   * or not: repeat the call, events with a messageId are deduplicated.
   *
   * @default 60000
   */
  timeoutMs?: number
  /**
   * Receives a line when the connection to Redis is lost or restored, and when the queue is full.
   *
   * @default none
   */
  logger?: WorkerLogger
}

/** Result of enqueueing an event. */
export interface Enqueued {
  /** The event's messageId, generated if it had none. */
  messageId: string
  /** ID of its job. */
  id: string
  /**
   * `added`; `duplicate` if it was enqueued before, within the window; `failed` if it was enqueued before and is among
   * the failed events, from where it can be retried.
   */
  state: 'added' | 'duplicate' | 'failed'
}

/** Enqueues events. */
export interface Producer {
  /**
   * Enqueues events of a merchant, in their order. Redis has all of them when it resolves.
   *
   * @param merchant ID by which the worker finds the merchant's settings
   * @param options `signal` ends the wait for a full queue, and for Redis
   * @throws TypeError if one of them is not an event, before any is added; AbortError; Error if Redis does not respond
   * within `timeoutMs`. In the latter two cases some of the events may be queued.
   * @example
   * const [{ state }] = await producer.add('shop-1', [{ type: 'identify', messageId: 'm-1', userId: 'u-1' }])
   */
  add: (
    merchant: string,
    events: readonly SegmentEvent[],
    options?: { signal?: AbortSignal }
  ) => Promise<Enqueued[]>
  /** Closes the connection after the calls in flight. */
  close: () => Promise<void>
}

const DEFAULT_WINDOW_MS = 24 * 3_600_000

const DEFAULT_MAX_QUEUED = 100_000

const DEFAULT_TIMEOUT_MS = 60_000

/** Jobs sent to Redis together: enough to amortize the round trip, few enough that Redis isn't blocked for over 20 ms. */
const BULK = 500

/** Delay before a bulk that was cut off is sent again, in milliseconds. */
const RECONNECT_MS = 100

/** So many attempts that only an event's age ends them. */
const ATTEMPTS = 1_000_000

/**
 * Opens a producer. It waits for Redis if that is unreachable.
 *
 * @throws Error saying what to install; TypeError if the queue's name or the address is invalid
 * @example
 * const producer = await createProducer({ redis: process.env.REDIS_URL })
 * await producer.add('shop-1', events)
 * await producer.close()
 */
export const createProducer = async (options: ProducerOptions = {}): Promise<Producer> => {
  const { maxQueued = DEFAULT_MAX_QUEUED, timeoutMs = DEFAULT_TIMEOUT_MS, ordered = false } = options
  const { windowMs = DEFAULT_WINDOW_MS, logger = silentLogger } = options
  const redis = await connect(options)
  const monitor = new ConnectionMonitor(redis, logger)
  const queue = await openBullQueue(options, redis)
  const backpressure = new Backpressure(queue, maxQueued, BULK, logger)
  const writer = new QueueWriter(queue, redis, windowMs)
  const within = <Result>(work: Promise<Result>, signal?: AbortSignal) =>
    withDeadline(work, timeoutMs, failLate(timeoutMs), signal)

  return {
    add: async (merchant, events, { signal } = {}) => {
      events.forEach(assertEvent)
      const enqueued: Enqueued[] = []
      for (let start = 0; start < events.length; start += BULK) {
        const part = events.slice(start, start + BULK)
        await backpressure.admit(part.length, (look) => within(look, signal), signal)
        const jobs = part.map((event) => toNewJob(merchant, event, ordered))
        for (const one of await within(writer.write(merchant, jobs), signal)) enqueued.push(one)
      }
      return enqueued
    },
    close: async () => {
      writer.isClosed = true
      monitor.stop()
      await queue.close()
      disconnect(redis)
    }
  }
}

const failLate = (timeoutMs: number) => (): never => {
  throw new Error(
    `Redis did not respond within ${timeoutMs / 1000} s, and may have stored events. Repeat the call: events with a messageId are deduplicated.`
  )
}

const assertEvent = (given: unknown, index: number) => {
  const read = toEvent(given)
  if ('error' in read) throw new TypeError(`events[${index}] is ${read.error}`)
}

/** A job that is about to be added. */
interface NewJob {
  id: string
  messageId: string
  /** Hash of merchant and messageId, by which duplicates are found. */
  identity: string
  data: QueuedEvent
}

const toNewJob = (merchant: string, given: SegmentEvent, ordered: boolean): NewJob => {
  const messageId = isBlank(given.messageId) ? nanoid() : given.messageId
  const event = { ...given, messageId }
  const customer = ordered ? customerOf(merchant, event) : undefined
  const data: QueuedEvent = { merchant, event, ...(customer !== undefined && { customer }) }
  return { id: newJobId(), messageId, data, identity: fingerprintOf([merchant, messageId]) }
}

/** Writes jobs into Redis. */
class QueueWriter {
  isClosed = false
  readonly #queue: Queue<QueuedEvent>
  readonly #order: CustomerOrder
  readonly #schedule: FairSchedule
  readonly #windowMs: number

  constructor(queue: Queue<QueuedEvent>, redis: RedisConnection, windowMs: number) {
    this.#queue = queue
    this.#order = new CustomerOrder(queue, redis)
    this.#schedule = new FairSchedule(queue, redis)
    this.#windowMs = windowMs
  }

  async write(merchant: string, jobs: readonly NewJob[]): Promise<Enqueued[]> {
    const announced = jobs.flatMap(({ id, data: { customer } }): OrderedJob[] =>
      customer === undefined ? [] : [{ id, customer }]
    )
    if (announced.length > 0) await this.#whenConnected(() => this.#order.announce(announced))
    const rounds = await this.#whenConnected(() => this.#schedule.reserve(merchant, jobs.length))
    const bulk = jobs.map((job, index) => this.#toBullJob(job, rounds[index]))
    const added = await this.#whenConnected(() => this.#queue.addBulk(bulk))
    const enqueued = await Promise.all(jobs.map((job, index) => this.#toEnqueued(job, added[index]?.id)))
    const ids = new Set(enqueued.map(({ id }) => id))
    const withdrawn = announced.filter(({ id }) => !ids.has(id))
    if (withdrawn.length > 0) await this.#order.withdraw(withdrawn)
    return enqueued
  }

  #toBullJob({ id, data, identity }: NewJob, priority?: number) {
    return {
      name: JOB,
      data,
      opts: {
        jobId: id,
        priority,
        deduplication: { id: identity, ttl: this.#windowMs },
        attempts: ATTEMPTS,
        backoff: { type: 'custom' }
      }
    }
  }

  /** @param present ID of the job that Redis has for the event, which is another one for a duplicate */
  async #toEnqueued({ id, messageId }: NewJob, present = id): Promise<Enqueued> {
    if (present === id) return { messageId, id, state: 'added' }
    const isFailed = (await this.#queue.getJobState(present)) === 'failed'
    return { messageId, id: present, state: isFailed ? 'failed' : 'duplicate' }
  }

  /** Repeats what a closing connection cut off: it had waited for Redis, and failed when that came back. */
  async #whenConnected<Result>(write: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (this.isClosed || !/connection (is )?close/i.test(toMessage(error))) throw error
        await delay(RECONNECT_MS)
      }
    }
  }
}
