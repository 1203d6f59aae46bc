import type { FieldDropReason } from '../fields/dropped-value'
import type { AttributeDropReason } from '../mapi/additional-properties'

/** Reasons why a value of an event is not in the body. */
export type DropReason = FieldDropReason | AttributeDropReason

/** A value of an event that is not in the body. */
export interface DroppedValue {
  /** Path of the value in the payload, such as `friendbuyAttributes.size` or `products[1].price`. */
  name: string
  /** Reason why it was dropped. */
  reason: DropReason
}

/** Drop reasons without names from events: a bounded set, for counters. */
export type DropKind = Exclude<DropReason, `overridden by ${string}`> | 'overridden'

/** Strips the name of the winning value from a drop reason. */
export const toDropKind = (reason: DropReason): DropKind => (isOverride(reason) ? 'overridden' : reason)

const isOverride = (reason: DropReason): reason is `overridden by ${string}` =>
  reason.startsWith('overridden by ')
