import type { SegmentEvent } from '@segment/actions-core'

/** Between which times the timestamp of an event has to lie, both included. */
export interface TimeOptions {
  since?: Date
  until?: Date
}

/** Whether an event lies within the asked time; one without a timestamp lies within none. */
export const timeFilter =
  ({ since, until }: TimeOptions) =>
  ({ timestamp }: SegmentEvent): boolean => {
    if (!since && !until) return true
    const at = timestamp === undefined ? NaN : new Date(timestamp).getTime()
    return at >= (since?.getTime() ?? -Infinity) && at <= (until?.getTime() ?? Infinity)
  }
