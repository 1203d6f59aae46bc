import type { EventLine } from '../events/read-events'
import { printError } from './output'
import { toPlace } from './place'

/** Age above which an event is old, in days. */
const OLD_DAYS = 30

const DAY_MS = 24 * 3_600_000

/** Options of `createOldEventGuard`. */
export interface OldEventOptions {
  /** Asks a person to continue; rejects if the answer is no. */
  confirm: (question: string) => Promise<void>
  /** Time in milliseconds since 1970. @default Date.now */
  now?: () => number
}

/**
 * Creates a function that asks once, before the first old event is sent: MAPI's events have no time of their own. Updates
 * of customers are no events.
 *
 * @returns a function for a line, and whether it only updates a customer. It resolves if the event may be sent, and
 * returns undefined if that is no question.
 */
export const createOldEventGuard = ({ confirm, now = Date.now }: OldEventOptions) => {
  let decision: Promise<void> | undefined
  return (line: EventLine, isUpdate: boolean): Promise<void> | undefined => {
    const at = 'event' in line ? toTime(line.event.timestamp) : NaN
    const isOld = now() - at > OLD_DAYS * DAY_MS
    if (!isOld || isUpdate) return undefined
    if (!decision) {
      const day = new Date(at).toISOString().slice(0, 10)
      printError(
        `${toPlace(line)} is dated ${day}, but events have no timestamp in MAPI: an old order arrives as one of today. Ask Friendbuy how your rewards and emails treat that.`
      )
      decision = confirm(`Send events that are older than ${OLD_DAYS} days?`)
    }
    return decision
  }
}

/** A file may hold anything there. */
const toTime = (timestamp: unknown) =>
  typeof timestamp === 'string' || typeof timestamp === 'number' ? new Date(timestamp).getTime() : NaN
