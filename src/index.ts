/**
 * Friendbuy destination (cloud mode) for hosts that run actions-core, and its parts that other destinations can
 * reuse. Other entries: `actions-friendbuy-cloud/mapi` is the client of the Merchant API,
 * `actions-friendbuy-cloud/sandbox` an embedded MAPI for tests.
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
export type { NotMappedValue } from './host/not-mapped'
export { type EventPreview, previewEvent, type PreviewOptions } from './host/preview'
export { type Settings, settingsFields } from './cloud/settings'
export { checkSubscriptions } from './host/check-subscriptions'
export type { FriendbuySubscription } from './host/subscriptions'
export { subscriptionsBesideWeb } from './host/subscriptions-beside-web'
export { type FriendbuyWebDefinition, friendbuyWebDefinition } from './web/definition'

/**
 * Definition of the destination on Friendbuy's own MAPI, for hosts to load.
 *
 * @example
 * const friendbuy = new Destination(destination)
 */
export const destination = createFriendbuyDestination()

export default destination
