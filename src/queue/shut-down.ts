import type { Queue, Worker } from 'bullmq'
import { withDeadline } from './deadline'
import type { QueuedEvent } from './job-data'
import type { JobProcessor } from './process-job'
import { disconnect, isReachable, type RedisConnection } from './redis'

/** Parts of a worker that are shut down. */
export interface WorkerParts {
  worker: Worker<QueuedEvent>
  queue: Queue<QueuedEvent>
  redis: RedisConnection
  processor: JobProcessor
  /** Resolves when the worker's loop has ended; undefined before it began. */
  running: () => Promise<void> | undefined
}

/**
 * Stops a worker: finishes the jobs in flight, and closes its connections.
 *
 * @param withinMs maximum duration in milliseconds
 * @returns false if jobs were left unfinished, which another worker delivers again
 */
export const shutDown = async (parts: WorkerParts, withinMs: number): Promise<boolean> => {
  const { worker, queue, redis } = parts
  const isFinished = await withDeadline(finish(parts), withinMs, () => false)
  // BullMQ's graceful close never ends, and can't be forced, if Redis becomes unreachable meanwhile.
  await worker.close(true)
  if (redis.status === 'ready') await queue.close()
  disconnect(redis)
  return isFinished
}

const finish = async ({ worker, redis, processor, running }: WorkerParts) => {
  const isIdle = processor.inFlight === 0
  await worker.pause(true)
  await processor.settle()
  // Results cannot be saved while Redis is unreachable.
  const isSaved = await isReachable(redis)
  if (isSaved && !worker.closing) {
    // Interrupts the wait for the next job, whose connection may have to come back first.
    await worker.backend.reconnectBlocking()
    await worker.backend.disconnectBlocking(false)
    await running()
  }
  return isSaved || isIdle
}
