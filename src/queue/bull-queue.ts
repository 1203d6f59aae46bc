import type { Queue } from 'bullmq'
import { load } from './optional-peer'
import type { QueueLocation } from './connection-options'
import type { QueuedEvent } from './job-data'
import { keyPrefix, QUEUE, type RedisConnection } from './redis'

/** How a queued event's job is called; BullMQ wants a name. */
export const JOB = 'event'

/**
 * BullMQ's queue over a connection.
 *
 * @throws Error saying what to install; TypeError for a name that is none
 */
export const openBullQueue = async (
  location: QueueLocation,
  connection: RedisConnection
): Promise<Queue<QueuedEvent>> => {
  const { Queue } = await load('bullmq', () => import('bullmq'))
  const queue = new Queue<QueuedEvent>(QUEUE, { connection, prefix: keyPrefix(location) })
  // Who made the connection listens to its errors.
  queue.on('error', () => undefined)
  return queue
}
