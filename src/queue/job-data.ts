import { createHash } from 'node:crypto'
import type { SegmentEvent } from '@segment/actions-core'
import { nanoid } from 'nanoid'
import type { ActionKey } from '../host/subscriptions'
import { isBlank } from '../values'

/** A queued event as stored in Redis. It holds no credentials: the worker looks them up by merchant. */
export interface QueuedEvent {
  /** ID of the merchant, chosen by the operator. */
  merchant: string
  /** The event as it was enqueued. */
  event: SegmentEvent
  /** Hash of the customer whose events are delivered in order; missing without ordering. */
  customer?: string
  /** Results of the subscriptions that are done with the event. */
  completed?: readonly CompletedSubscription[]
  /** Time of the first failed attempt, or of the last `retry`, in milliseconds since 1970. */
  since?: number
}

/** Final result of a subscription for an event. */
export interface CompletedSubscription {
  /** The subscription, as `fingerprintOf` has it. */
  subscription: string
  /** The subscription's action. */
  action: ActionKey
  /** HTTP status of MAPI or of the error; missing if there is neither. */
  status?: number
  /** Reason of the failure; missing if the event was delivered. */
  error?: string
}

/** A short hash of a JSON value: equal for equal values. */
export const fingerprintOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)

/** A hash of the customer that an event is about, within a merchant; undefined if the event names none. */
export const customerOf = (merchant: string, { userId, anonymousId }: SegmentEvent): string | undefined => {
  const customer = isBlank(userId) ? anonymousId : userId
  return isBlank(customer) ? undefined : fingerprintOf([merchant, customer])
}

/** A new job ID: BullMQ accepts no bare number and no colon. It begins with the time, in base 36. */
export const newJobId = (): string => `${Date.now().toString(36)}-${nanoid(12)}`

/** Creation time of a job, in milliseconds since 1970. */
export const toCreationTime = (jobId: string): number => parseInt(jobId.split('-', 1)[0] ?? '', 36)
