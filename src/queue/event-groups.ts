import type { Queue } from 'bullmq'
import { isRecord } from '../values'
import type { FailedFilter } from './admin'
import type { EventGroup, EventGroups, GroupOptions, GroupState, GroupKey } from './event-counts'
import type { QueuedEvent } from './job-data'
import type { RedisConnection } from './redis'

/** Jobs read together. */
const PAGE = 500

/** Groups counted at once: more than fit on a screen, few enough for any memory. */
const MAX_GROUPS = 10_000

const DEFAULT_LIMIT = 20

/** Characters from which a word with a digit is an ID. */
const SHORTEST_ID = 8

const BULL_STATES = {
  waiting: ['waiting', 'prioritized'],
  delayed: ['delayed'],
  failed: ['failed']
} as const

/**
 * Counts the events of a queue in groups. It holds one page of events at a time, and workers continue meanwhile: events
 * that change their state may be missed or counted twice.
 */
export const countGroups = async (
  queue: Queue<QueuedEvent>,
  redis: RedisConnection,
  { by = ['merchant', 'reason'], states, limit = DEFAULT_LIMIT, ...filter }: GroupOptions
): Promise<EventGroups> => {
  const groups = new Map<string, EventGroup>()
  let others = 0
  for (const state of states ?? (Object.keys(BULL_STATES) as GroupState[])) {
    for await (const stored of readStored(queue, redis, state)) {
      if (!matches(stored, filter)) continue
      const group = toGroup(state, stored, by)
      const key = JSON.stringify(group)
      const known = groups.get(key)
      if (known) known.events += 1
      else if (groups.size < MAX_GROUPS) groups.set(key, { ...group, events: 1 })
      else others += 1
    }
  }
  const sorted = [...groups.values()].sort((one, other) => other.events - one.events)
  const rest = sorted.slice(limit).reduce((sum, { events }) => sum + events, 0)
  return { groups: sorted.slice(0, limit), others: others + rest }
}

/** What a group needs of a job. */
interface StoredEvent {
  merchant: string
  reason?: string
  status?: number
}

async function* readStored(
  queue: Queue<QueuedEvent>,
  redis: RedisConnection,
  state: GroupState
): AsyncGenerator<StoredEvent> {
  for (const type of BULL_STATES[state]) {
    for (let start = 0; ; start += PAGE) {
      const ids = await queue.getRanges([type], start, start + PAGE - 1)
      const pipeline = redis.pipeline()
      for (const id of ids) pipeline.hmget(queue.toKey(id), 'data', 'failedReason')
      for (const [, fields] of (await pipeline.exec()) ?? []) {
        const stored = toStored(fields)
        if (stored) yield stored
      }
      if (ids.length < PAGE) break
    }
  }
}

/** Reads the fields of a job; undefined if it is gone meanwhile. */
const toStored = (fields: unknown): StoredEvent | undefined => {
  const [data, reason] = Array.isArray(fields) ? (fields as unknown[]) : []
  if (typeof data !== 'string') return undefined
  const { merchant, completed }: Partial<QueuedEvent> = parseObject(data)
  return {
    merchant: merchant ?? '',
    ...(typeof reason === 'string' && { reason }),
    status: completed?.find(({ error }) => error !== undefined)?.status
  }
}

const parseObject = (text: string): object => {
  const value: unknown = JSON.parse(text)
  return isRecord(value) ? value : {}
}

const matches = (stored: StoredEvent, { merchant, reason, status }: FailedFilter) =>
  (merchant === undefined || stored.merchant === merchant) &&
  (reason === undefined || stored.reason?.includes(reason) === true) &&
  (status === undefined || stored.status === status)

const toGroup = (
  state: GroupState,
  { merchant, reason }: StoredEvent,
  by: readonly GroupKey[]
): Omit<EventGroup, 'events'> => ({
  state,
  ...(by.includes('merchant') && { merchant }),
  ...(by.includes('reason') && reason !== undefined && { reason: withoutIds(reason) })
})

/** Replaces what differs between failures of one kind: a merchant's ID, MAPI's reference, and other long IDs. */
const withoutIds = (reason: string) =>
  reason
    .replace(/^(unknown merchant) .*/, '$1')
    .replace(/\(reference [^)]*\)/g, '(reference …)')
    .replace(/[\w-]*\d[\w-]*/g, (word) => (word.length >= SHORTEST_ID ? '…' : word))
