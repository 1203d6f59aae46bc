import { createHash } from 'node:crypto'
import type { SegmentEvent } from '@segment/actions-core'
import type { ActionKey } from '../cloud/actions'
import { isBlank } from '../values'

/** An event in the queue, as Redis has it. It holds no credentials: a worker looks them up by the merchant. */
export interface QueuedEvent {
  /** Whose event it is: an ID of the operator's. */
  merchant: string
  event: SegmentEvent
  /** The customer whose events go one after the other, where they do. */
  customer?: string
  /** What the subscriptions that are done with it have come to. */
  completed?: CompletedSubscription[]
  /** When its first try failed, or when it was put back: milliseconds since 1970. */
  since?: number
}

/** What a subscription has come to that is done with an event, for good. */
export interface CompletedSubscription {
  /** The subscription, as `fingerprintOf` has it. */
  subscription: string
  action: ActionKey
  /** MAPI's status, or that of the error; missing where there is neither. */
  status?: number
  /** Why it was not delivered; missing where it was. */
  error?: string
}

/** A short name of a value that JSON can hold: the same for the same value. */
export const fingerprintOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)

/** The customer that an event is about, within a merchant; undefined where the event names none. */
export const customerOf = (merchant: string, { userId, anonymousId }: SegmentEvent): string | undefined => {
  const customer = isBlank(userId) ? anonymousId : userId
  return isBlank(customer) ? undefined : fingerprintOf([merchant, customer])
}
