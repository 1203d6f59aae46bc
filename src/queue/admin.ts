import type { SegmentEvent } from '@segment/actions-core'
import type { Job } from 'bullmq'
import { CustomerOrder } from './customer-order'
import type { QueueLocation } from './connection-options'
import { openBullQueue } from './bull-queue'
import type { QueuedEvent } from './job-data'
import { waitForReady, connect, disconnect, findRisks } from './redis'

/** How many events are in which state. */
export interface QueueStatus {
  /** Wait for a worker. */
  waiting: number
  /** Are under way. */
  active: number
  /** Wait for their next try, for their merchant, or for an earlier event of their customer. */
  delayed: number
  /** Cannot succeed as they are, or were given up. */
  failed: number
  /** How long the oldest of those that wait for a worker has been in the queue, in milliseconds. */
  oldestMs: number
  /** Whether no worker begins an event: `drain` is under way, or was killed. `resume` ends that. */
  isPaused: boolean
  /** What is risky about the settings of Redis, a line each. */
  risks: string[]
}

/** An event among the failed ones. */
export interface FailedQueuedEvent {
  /** The ID of its job. */
  id: string
  merchant: string
  event: SegmentEvent
  /** Why it failed. */
  error: string
  /** MAPI's status at the action that failed first, where there is one. */
  status?: number
  /** When it failed, in milliseconds since 1970. */
  failedAt: number
}

/** Which failed events; all conditions have to hold. Default: all. */
export interface FailedFilter {
  /** A part of the reason. */
  reason?: string
  merchant?: string
  status?: number
  ids?: readonly string[]
}

/** Looks after a queue. */
export interface QueueAdmin {
  status: () => Promise<QueueStatus>
  /** The failed events, the one that failed last first. */
  failed: (filter?: FailedFilter) => AsyncGenerator<FailedQueuedEvent>
  /**
   * Puts failed events back, with a whole new time to be tried in. What was delivered of one is not delivered again.
   *
   * @returns how many
   */
  retry: (filter?: FailedFilter) => Promise<number>
  /**
   * Takes out every event that is waiting or delayed. No worker begins another one meanwhile.
   *
   * @param keep is given each, before it is taken out: where it rejects, that one stays, and so does the rest
   * @param signal ends it early; what is left stays in the queue
   * @returns how many
   */
  drain: (keep: (queued: QueuedEvent) => Promise<void>, options?: { signal?: AbortSignal }) => Promise<number>
  /** Has the workers begin events again after a `drain` that was killed. */
  resume: () => Promise<void>
  close: () => Promise<void>
}

/** How many jobs are looked at together. */
const PAGE = 200

/** How long Redis may take to be there, in milliseconds. */
const REACH_MS = 5000

/**
 * Opens a queue to look after it.
 *
 * @throws Error where Redis cannot be reached, or saying what to install; TypeError for a name or an address that is
 * none
 */
export const openQueue = async (location: QueueLocation = {}): Promise<QueueAdmin> => {
  const redis = await connect(location)
  try {
    await waitForReady(redis, REACH_MS)
  } catch (error) {
    disconnect(redis)
    throw error
  }
  const queue = await openBullQueue(location, redis)
  const order = new CustomerOrder(queue, redis)

  async function* failedJobs(filter: FailedFilter) {
    if (filter.ids) {
      for (const id of filter.ids) {
        const job = await queue.getJob(id)
        if (job && (await job.isFailed()) && matches(job, filter)) yield job
      }
      return
    }
    // What is put back, or fails meanwhile, moves the others: so the IDs come first.
    const ids = await queue.getRanges(['failed'], 0, -1)
    for (let start = 0; start < ids.length; start += PAGE) {
      const jobs = await Promise.all(ids.slice(start, start + PAGE).map((id) => queue.getJob(id)))
      for (const job of jobs) if (job && matches(job, filter)) yield job
    }
  }

  return {
    status: async () => {
      const { waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts()
      const [oldest] = await queue.getJobs(['waiting'], 0, 0, true)
      const oldestMs = oldest ? Math.max(0, Date.now() - oldest.timestamp) : 0
      const isPaused = await queue.isPaused()
      return { waiting, active, delayed, failed, oldestMs, isPaused, risks: await findRisks(redis) }
    },
    failed: async function* (filter = {}) {
      for await (const job of failedJobs(filter)) yield toFailed(job)
    },
    retry: async (filter = {}) => {
      let retried = 0
      for await (const job of failedJobs(filter)) {
        const { completed = [], ...data } = job.data
        const delivered = completed.filter(({ error }) => error === undefined)
        await job.updateData({ ...data, completed: delivered, since: Date.now() })
        await job.retry('failed', { resetAttemptsMade: true })
        retried += 1
      }
      return retried
    },
    drain: async (keep, { signal } = {}) => {
      await queue.pause()
      try {
        let taken = 0
        for (;;) {
          const jobs = await queue.getJobs(['waiting', 'delayed'], 0, PAGE - 1, true)
          if (jobs.length === 0) return taken
          for (const job of jobs) {
            if (signal?.aborted) return taken
            await keep(job.data)
            await job.remove()
            const { customer } = job.data
            if (job.id !== undefined && customer !== undefined)
              await order.withdraw([{ id: job.id, customer }])
            taken += 1
          }
        }
      } finally {
        await queue.resume()
      }
    },
    resume: () => queue.resume(),
    close: async () => {
      await queue.close()
      disconnect(redis)
    }
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
