import type { FieldDropReason } from '../fields/dropped-value'
import type { AttributeDropReason } from '../mapi/additional-properties'

/** The argument of `friendbuyAPI.push` for an event. `true` makes Friendbuy keep what its list of an event does not name. */
export type FriendbuyPush =
  | readonly [call: 'track', event: string, values: Record<string, unknown>]
  | readonly [call: 'track', event: string, values: Record<string, unknown>, keepAll: true]

/** Reasons why a value of an event is not in the push. */
export type WebDropReason = FieldDropReason | AttributeDropReason | 'no price' | 'no customer ID'

/** A value of an event that is not in the push. */
export interface WebDroppedValue {
  /** Path of the value in the payload, such as `friendbuyAttributes.size` or `products[1].price`. */
  name: string
  /** Reason why it was dropped. */
  reason: WebDropReason
}

/** A push for an event, and what it lacks. */
export interface ConvertedEvent {
  /** Argument of `friendbuyAPI.push`. */
  push: FriendbuyPush
  /** Values of the event that are not in the push, with reasons. */
  dropped: WebDroppedValue[]
}
