// Types alone: they are part of the interface, whose users may lack BullMQ and its types.
import type { FailedFilter } from './admin'

/** Number of events by state. */
export interface EventCounts {
  /** Events that wait for a worker. */
  waiting: number
  /** Events in flight. */
  active: number
  /** Events that wait to be retried, for a paused merchant, or for an earlier event of their customer. */
  delayed: number
  /** Events that cannot succeed as they are, or were given up. */
  failed: number
}

/** Number of events by state, and the state of the queue. */
export interface QueueStatus extends EventCounts {
  /** Age of the oldest event among the next 200 waiting ones, in milliseconds; 0 if none waits. */
  oldestMs: number
  /** Age of the oldest event among the next 200 delayed ones, in milliseconds; 0 if none is delayed. */
  oldestDelayedMs: number
  /** Set while no worker starts an event: an `export` is running, or was killed. `resume` ends it. */
  isPaused: boolean
  /** Risky settings of Redis, one message each. */
  risks: string[]
}

/** Properties that events are grouped by. */
export type GroupKey = 'merchant' | 'reason'

/** Selects and groups events. */
export interface GroupOptions extends Omit<FailedFilter, 'ids'> {
  /**
   * Properties to group by, besides the state.
   *
   * @default ['merchant', 'reason']
   */
  by?: readonly GroupKey[]
  /**
   * States of the events.
   *
   * @default ['waiting', 'delayed', 'failed']
   */
  states?: readonly GroupState[]
  /**
   * Maximum number of groups, the largest first.
   *
   * @default 20
   */
  limit?: number
}

/** States of events that are not in flight. */
export type GroupState = 'waiting' | 'delayed' | 'failed'

/** Events of one state, and one merchant or reason or both. */
export interface EventGroup {
  /** State of the events. */
  state: GroupState
  /** ID of the merchant, if grouped by it. */
  merchant?: string
  /** Reason of the last failure, if grouped by it, without IDs; missing if there was none. */
  reason?: string
  /** Number of events. */
  events: number
}

/** Numbers of events in groups. */
export interface EventGroups {
  /** The largest groups, the largest first. */
  groups: EventGroup[]
  /** Number of events in other groups. */
  others: number
}
