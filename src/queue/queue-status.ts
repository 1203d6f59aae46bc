import type { JobType, Queue } from 'bullmq'
import { countEvents } from './bull-queue'
import type { QueueStatus } from './event-counts'
import { type QueuedEvent, toCreationTime } from './job-data'
import { findRisks, type RedisConnection } from './redis'

/** Events among which the oldest one is looked for. */
const OLDEST_AMONG = 200

/** Reads the status of a queue. */
export const readStatus = async (queue: Queue<QueuedEvent>, redis: RedisConnection): Promise<QueueStatus> => {
  const [counts, oldestMs, oldestDelayedMs, isPaused, risks] = await Promise.all([
    countEvents(queue),
    oldestAgeMs(queue, ['waiting', 'prioritized']),
    oldestAgeMs(queue, ['delayed']),
    queue.isPaused(),
    findRisks(redis)
  ])
  return { ...counts, oldestMs, oldestDelayedMs, isPaused, risks }
}

/** Age of the oldest of the next events: merchants take turns, so the first one may be newer than others. */
const oldestAgeMs = async (queue: Queue<QueuedEvent>, states: JobType[]) => {
  const ids = await queue.getRanges(states, 0, OLDEST_AMONG - 1, true)
  return ids.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...ids.map(toCreationTime)))
}
