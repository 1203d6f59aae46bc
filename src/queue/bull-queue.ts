import type { Queue } from 'bullmq'
import type { QueueLocation } from './connection-options'
import type { EventCounts } from './event-counts'
import type { QueuedEvent } from './job-data'
import { importOptional } from './optional-peer'
import { keyPrefix, QUEUE, type RedisConnection } from './redis'

/** Name of every job; BullMQ requires one. */
export const JOB = 'event'

/**
 * Opens BullMQ's queue over a connection.
 *
 * @throws Error saying what to install; TypeError if the queue's name is invalid
 */
export const openBullQueue = async (
  location: QueueLocation,
  connection: RedisConnection
): Promise<Queue<QueuedEvent>> => {
  const { Queue } = await importOptional('bullmq', () => import('bullmq'))
  const queue = new Queue<QueuedEvent>(QUEUE, { connection, prefix: keyPrefix(location) })
  // The connection has listeners of its own.
  queue.on('error', () => undefined)
  return queue
}

/** Counts the events of a queue by state. Those that wait have a priority, unless an older version enqueued them. */
export const countEvents = async (queue: Queue<QueuedEvent>): Promise<EventCounts> => {
  const {
    waiting = 0,
    prioritized = 0,
    active = 0,
    delayed = 0,
    failed = 0
  } = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed')
  return { waiting: waiting + prioritized, active, delayed, failed }
}
