import type { Queue } from 'bullmq'
import { countEvents, type EventCounts } from './bull-queue'
import { type QueuedEvent, toCreationTime } from './job-data'
import { findRisks, type RedisConnection } from './redis'

/** Number of events by state, and the state of the queue. */
export interface QueueStatus extends EventCounts {
  /** Age of the oldest event among the next 200 waiting ones, in milliseconds; 0 if none waits. */
  oldestMs: number
  /** Set while no worker starts an event: an `export` is running, or was killed. `resume` ends it. */
  isPaused: boolean
  /** Risky settings of Redis, one message each. */
  risks: string[]
}

/** Events among which the oldest one is looked for. */
const OLDEST_AMONG = 200

/** Reads the status of a queue. */
export const readStatus = async (queue: Queue<QueuedEvent>, redis: RedisConnection): Promise<QueueStatus> => {
  const [counts, oldestMs, isPaused, risks] = await Promise.all([
    countEvents(queue),
    oldestAgeMs(queue),
    queue.isPaused(),
    findRisks(redis)
  ])
  return { ...counts, oldestMs, isPaused, risks }
}

/** Age of the oldest of the next events: merchants take turns, so the first one may be newer than others. */
const oldestAgeMs = async (queue: Queue<QueuedEvent>) => {
  const ids = await queue.getRanges(['waiting', 'prioritized'], 0, OLDEST_AMONG - 1, true)
  return ids.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...ids.map(toCreationTime)))
}
