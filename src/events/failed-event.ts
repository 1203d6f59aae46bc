import { isRecord } from '../values'

/** An event that failed for good, and why. */
export interface FailedEvent {
  /** The event as it was read; of a line that is no JSON object, its text. */
  event: object | string
  error: string
  /** MAPI's status, or that of the error. */
  status?: number
  /** The key of the action that it failed at. */
  action?: string
  /** The file that it comes from. */
  source?: string
  /** Its line there, from 1. */
  line?: number
  /** The merchant that it was enqueued for. */
  merchant?: string
}

/**
 * The event of a line of a file of failed events, so that such a file can be sent again; any other value as it is. A
 * line that was no event gives its text.
 */
export const unwrapFailedEvent = (value: unknown): unknown => {
  // A track event has a name in "event", and may have anything in "error"; a failed event has no type.
  if (!isRecord(value) || 'type' in value || typeof value.error !== 'string') return value
  return isRecord(value.event) || typeof value.event === 'string' ? value.event : value
}
