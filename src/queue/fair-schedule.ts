import type { Queue } from 'bullmq'
import type { QueuedEvent } from './job-data'
import type { RedisConnection } from './redis'

/** Events of a merchant per round: others wait for this many of each merchant with a backlog. */
const EVENTS_PER_ROUND = 16

/** BullMQ's highest priority number. Rounds beyond it share it, which is first come, first served. */
const LAST_ROUND = 2 ** 21

/**
 * Reserves positions for a merchant's events and returns the first one. A position counts events within a merchant, so
 * that merchants take turns: each begins in the current round, which is the lowest one in the queue, or behind its own
 * events. The rounds start again whenever no event waits.
 */
const RESERVE = `
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local current = 0
if head[2] then
  local round = math.floor(tonumber(head[2]) / 0x100000000)
  current = math.max((round - 1) * tonumber(ARGV[3]), tonumber(redis.call('HGET', KEYS[2], 'current') or 0))
  redis.call('HSET', KEYS[2], 'current', current)
else
  redis.call('DEL', KEYS[2])
end
local first = math.max(current, tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0))
redis.call('HSET', KEYS[2], ARGV[1], first + tonumber(ARGV[2]))
return first
`

/**
 * Fair queueing among merchants: events are not started in the order of the queue, but in rounds of 16 events per
 * merchant. A merchant's own events stay in their order. The rounds are BullMQ's priorities.
 */
export class FairSchedule {
  readonly #queue: Queue<QueuedEvent>
  readonly #redis: RedisConnection

  constructor(queue: Queue<QueuedEvent>, redis: RedisConnection) {
    this.#queue = queue
    this.#redis = redis
  }

  /** Rounds, as priorities, of so many events that a merchant is about to enqueue. */
  async reserve(merchant: string, events: number): Promise<number[]> {
    const keys = [this.#queue.toKey('prioritized'), this.#queue.toKey('fair')]
    const first = Number(
      await this.#redis.eval(RESERVE, keys.length, ...keys, `merchant:${merchant}`, events, EVENTS_PER_ROUND)
    )
    return Array.from({ length: events }, (_, index) =>
      Math.min(LAST_ROUND, Math.floor((first + index) / EVENTS_PER_ROUND) + 1)
    )
  }
}
