import type { SegmentEvent } from '@segment/actions-core'

/** Range of event timestamps, both ends included. */
export interface TimeOptions {
  /**
   * Earliest timestamp.
   *
   * @default none
   */
  since?: Date
  /**
   * Latest timestamp.
   *
   * @default none
   */
  until?: Date
}

/**
 * Creates a filter for events whose timestamp is in a range. An event without a valid timestamp is in no range.
 *
 * @example
 * const wants = timeFilter({ since: new Date('2026-03-01') })
 * wants(event) // true or false
 */
export const timeFilter =
  ({ since, until }: TimeOptions) =>
  (event: SegmentEvent): boolean => {
    if (!since && !until) return true
    // A file may hold anything there. new Date(null) is 1970, and new Date throws on some objects.
    const timestamp: unknown = event.timestamp
    const isDate = typeof timestamp === 'string' || typeof timestamp === 'number'
    const at = isDate ? new Date(timestamp).getTime() : NaN
    return at >= (since?.getTime() ?? -Infinity) && at <= (until?.getTime() ?? Infinity)
  }
