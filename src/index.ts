/**
 * The Friendbuy destination (cloud mode) for whoever runs actions-core, and the parts of it that other destinations
 * reuse. The client of the Merchant API by itself is `actions-friendbuy-cloud/mapi`, the sandbox
 * `actions-friendbuy-cloud/sandbox`.
 */
import { createFriendbuyDestination } from './cloud/destination'

export { type ActionKey, actions } from './cloud/actions'
export type { FriendbuyAction, PreparedCall } from './cloud/define-action'
export type { DroppedValue, DropReason } from './cloud/dropped-value'
export { createFriendbuyDestination, type FriendbuyDestinationOptions } from './cloud/destination'
export { attributionFields, customAttributesFields } from './fields/attribution'
export { type Birthday, parseBirthday } from './fields/birthday'
export { contextFields } from './fields/context'
export type { LoyaltyStatus } from './fields/conversions'
export { customerFields } from './fields/customer'
export type { FieldDropReason, OnDrop } from './fields/dropped-value'
export type { Field, Fields, PayloadOf } from './fields/payload'
export { productFields } from './fields/product'
export { MAPI_URL, type MapiAccount, toMapiAccount } from './mapi/account'
export {
  type Attribute,
  type AttributeDropReason,
  MAX_ADDITIONAL_PROPERTIES,
  MAX_ADDITIONAL_PROPERTY_LENGTH,
  toAdditionalProperties,
  toAttributes
} from './mapi/additional-properties'
export type { AdditionalProperties, BodyOf, EventPath, Product } from './mapi/contract/operations'
export { type EventPreview, previewEvent, type PreviewOptions } from './host/preview'
export { type Settings, settingsFields } from './cloud/settings'
export { checkSubscriptions } from './host/check-subscriptions'
export type { FriendbuySubscription } from './host/subscriptions'

/** The destination that calls Friendbuy's own MAPI: what a host loads. */
export const destination = createFriendbuyDestination()

export default destination
