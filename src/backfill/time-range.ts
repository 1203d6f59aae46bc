import type { SegmentEvent } from '@segment/actions-core'

/** Range of event timestamps, both ends included. */
export interface TimeRange {
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
 * Checks that a range holds any time.
 *
 * @throws Error if it ends before it begins
 */
export const checkTimeRange = ({ since, until }: TimeRange): void => {
  if (!since || !until || since <= until) return
  throw new Error(
    `No event can match: --since ${since.toISOString()} is after --until ${until.toISOString()}.`
  )
}

/** Reasons why an event is not in a time range. */
export type SkipReason = 'before --since' | 'after --until' | 'without a valid timestamp'

/**
 * Creates a function that says why an event is not in a range: undefined if it is. An event without a valid timestamp is
 * in no range.
 *
 * @example
 * const toSkipReason = createTimeFilter({ since: new Date('2026-03-01') })
 * toSkipReason(event) // 'before --since' or undefined
 */
export const createTimeFilter =
  ({ since, until }: TimeRange) =>
  (event: SegmentEvent): SkipReason | undefined => {
    if (!since && !until) return undefined
    // A file may hold anything there. new Date(null) is 1970, and new Date throws on some objects.
    const timestamp: unknown = event.timestamp
    const isDate = typeof timestamp === 'string' || typeof timestamp === 'number'
    const at = isDate ? new Date(timestamp).getTime() : NaN
    if (Number.isNaN(at)) return 'without a valid timestamp'
    if (since && at < since.getTime()) return 'before --since'
    return until && at > until.getTime() ? 'after --until' : undefined
  }
