import type { SegmentEvent } from '@segment/actions-core'

/** Between which times the timestamp of an event has to lie, both included. */
export interface TimeOptions {
  since?: Date
  until?: Date
}

/** Whether an event lies within the asked time; one without a timestamp that can be read lies within none. */
export const timeFilter =
  ({ since, until }: TimeOptions) =>
  (event: SegmentEvent): boolean => {
    if (!since && !until) return true
    // A file may hold anything there: null is no time, and of some objects no Date can be made.
    const timestamp: unknown = event.timestamp
    const isTime = typeof timestamp === 'string' || typeof timestamp === 'number'
    const at = isTime ? new Date(timestamp).getTime() : NaN
    return at >= (since?.getTime() ?? -Infinity) && at <= (until?.getTime() ?? Infinity)
  }
