import { isRecord } from '../values'

/** Line of a failed file: an event that failed permanently, and why. */
export interface FailedEvent {
  /** The event as it was read. The text of the line if that was not a JSON object. */
  event: object | string
  error: string
  /** HTTP status of MAPI's response or of the error. */
  status?: number
  /** Key of the action that failed. Sent again, the event goes through this action only. */
  action?: string
  /** Fingerprint of the subscription that failed, if several of this action matched the event. */
  subscription?: string
  /** File that the event was read from. */
  source?: string
  /** Line number in that file, from 1. */
  line?: number
  /** Position in the JSON array or batch on that line, from 1. */
  element?: number
  /** Merchant that the event was enqueued for. */
  merchant?: string
}

/**
 * Returns the event of a failed file's line, so that the file can be sent again, or of a line that names its merchant,
 * `{"merchant": …, "event": {…}}`; and any other value unchanged. A line that was not an event gives its text.
 */
export const unwrapFailedEvent = (value: unknown): unknown => {
  // A track event has its name in "event" and may have anything in "error", but these lines have no type.
  if (!isRecord(value) || 'type' in value) return value
  const { error, event, merchant } = value
  if (typeof error === 'string') return isRecord(event) || typeof event === 'string' ? event : value
  return typeof merchant === 'string' && isRecord(event) ? event : value
}
