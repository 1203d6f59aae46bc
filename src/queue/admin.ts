import type { SegmentEvent } from '@segment/actions-core'
import type { Job, Queue } from 'bullmq'
import { openBullQueue } from './bull-queue'
import type { QueueLocation } from './connection-options'
import { CustomerOrder } from './customer-order'
import type { EventGroups, GroupOptions, QueueStatus } from './event-counts'
import { countGroups } from './event-groups'
import type { QueuedEvent } from './job-data'
import { readStatus } from './queue-status'
import { connect, disconnect, waitForReady } from './redis'

/** A failed event. */
export interface FailedQueuedEvent {
  /** ID of its job. */
  id: string
  /** ID of the merchant. */
  merchant: string
  /** The event as it was enqueued. */
  event: SegmentEvent
  /** Reason of the failure. */
  error: string
  /** Status of the first action that failed; missing without one. */
  status?: number
  /** Time of the failure, in milliseconds since 1970. */
  failedAt: number
}

/** Selects failed events; all conditions must hold. */
export interface FailedFilter {
  /**
   * Part of the reason.
   *
   * @default any
   */
  reason?: string
  /**
   * ID of the merchant.
   *
   * @default any
   */
  merchant?: string
  /**
   * Status of the first action that failed.
   *
   * @default any
   */
  status?: number
  /**
   * IDs of their jobs.
   *
   * @default any
   */
  ids?: readonly string[]
}

/** Inspects and manages a queue. */
export interface QueueAdmin {
  /** Counts the events by state. */
  status: () => Promise<QueueStatus>
  /**
   * Lists failed events, the latest failure first.
   *
   * @example
   * for await (const { event, error } of admin.failed({ merchant: 'shop-1' })) console.log(event.messageId, error)
   */
  failed: (filter?: FailedFilter) => AsyncGenerator<FailedQueuedEvent>
  /**
   * Counts events by state, merchant and reason, the largest group first. It reads all events of these states, a page
   * at a time; the numbers are approximate while workers run.
   *
   * @example
   * const { groups } = await admin.groups({ by: ['merchant'], states: ['failed'] })
   * // [{ state: 'failed', merchant: 'shop-1', events: 90 }, …]
   */
  groups: (options?: GroupOptions) => Promise<EventGroups>
  /**
   * Puts failed events back into the queue, with the whole retry time again. Subscriptions that delivered an event
   * don't deliver it again.
   *
   * @returns the number of events
   */
  retry: (filter?: FailedFilter) => Promise<number>
  /**
   * Takes all waiting and delayed events out of the queue. Workers start no events meanwhile.
   *
   * @param keep receives each event before it is removed. If it rejects, the event and the rest stay.
   * @param options `signal` stops early; the rest stays in the queue
   * @returns the number of events
   */
  export: (
    keep: (queued: QueuedEvent) => Promise<void>,
    options?: { signal?: AbortSignal }
  ) => Promise<number>
  /** Lets workers start events again after an `export` that was killed. */
  resume: () => Promise<void>
  /** Closes the connection. */
  close: () => Promise<void>
}

/** Jobs loaded together. */
const PAGE = 200

/** Maximum time to connect, in milliseconds. */
const CONNECT_MS = 5000

/**
 * Opens a queue to inspect and manage it.
 *
 * @throws Error if Redis cannot be reached, or saying what to install; TypeError if the queue's name or the address is
 * invalid
 * @example
 * const admin = await openQueue({ redis: process.env.REDIS_URL })
 * const { waiting, failed } = await admin.status()
 * await admin.close()
 */
export const openQueue = async (location: QueueLocation = {}): Promise<QueueAdmin> => {
  const redis = await connect(location)
  try {
    await waitForReady(redis, CONNECT_MS)
  } catch (error) {
    disconnect(redis)
    throw error
  }
  const queue = await openBullQueue(location, redis)
  const order = new CustomerOrder(queue, redis)
  return {
    status: () => readStatus(queue, redis),
    failed: async function* (filter = {}) {
      for await (const job of failedJobs(queue, filter)) yield toFailed(job)
    },
    groups: (options = {}) => countGroups(queue, redis, options),
    retry: async (filter = {}) => {
      let retried = 0
      for await (const job of failedJobs(queue, filter)) {
        await retryJob(job)
        retried += 1
      }
      return retried
    },
    export: (keep, { signal } = {}) => exportJobs(queue, order, keep, signal),
    resume: () => queue.resume(),
    close: async () => {
      await queue.close()
      disconnect(redis)
    }
  }
}

async function* failedJobs(queue: Queue<QueuedEvent>, filter: FailedFilter) {
  // Retries and new failures shift the list, so its IDs are read first.
  const ids = filter.ids ?? (await queue.getRanges(['failed'], 0, -1))
  for (let start = 0; start < ids.length; start += PAGE) {
    const jobs = await Promise.all(ids.slice(start, start + PAGE).map((id) => queue.getJob(id)))
    // A job that was retried meanwhile is not finished.
    for (const job of jobs) if (job?.finishedOn !== undefined && matches(job, filter)) yield job
  }
}

const retryJob = async (job: Job<QueuedEvent>) => {
  const { completed = [], ...data } = job.data
  const delivered = completed.filter(({ error }) => error === undefined)
  await job.updateData({ ...data, completed: delivered, since: Date.now() })
  await job.retry('failed', { resetAttemptsMade: true })
}

const exportJobs = async (
  queue: Queue<QueuedEvent>,
  order: CustomerOrder,
  keep: (queued: QueuedEvent) => Promise<void>,
  signal?: AbortSignal
): Promise<number> => {
  await queue.pause()
  try {
    let exported = 0
    for (;;) {
      const jobs = await queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, PAGE - 1, true)
      if (jobs.length === 0) return exported
      for (const job of jobs) {
        if (signal?.aborted) return exported
        await keep(job.data)
        await job.remove()
        const { id, data } = job
        if (id !== undefined && data.customer !== undefined) {
          await order.withdraw([{ id, customer: data.customer }])
        }
        exported += 1
      }
    }
  } finally {
    await queue.resume()
  }
}

const matches = (job: Job<QueuedEvent>, { reason, merchant, status }: FailedFilter) =>
  (reason === undefined || job.failedReason.includes(reason)) &&
  (merchant === undefined || job.data.merchant === merchant) &&
  (status === undefined || toFailed(job).status === status)

const toFailed = ({ id = '', data, failedReason, finishedOn = 0 }: Job<QueuedEvent>): FailedQueuedEvent => {
  const status = data.completed?.find(({ error }) => error !== undefined)?.status
  return {
    id,
    merchant: data.merchant,
    event: data.event,
    error: failedReason,
    ...(status !== undefined && { status }),
    failedAt: finishedOn
  }
}
