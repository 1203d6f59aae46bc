/**
 * The Friendbuy destination (cloud mode) for whoever runs actions-core, and the parts of it that other destinations
 * reuse. The client of the Merchant API by itself is `actions-friendbuy-cloud/mapi`, the sandbox
 * `actions-friendbuy-cloud/sandbox`.
 */
import { createFriendbuyDestination } from './destination'

export { type ActionKey, actions } from './actions'
export type { FriendbuyAction, PreparedCall } from './actions/define-action'
export { createFriendbuyDestination, type FriendbuyDestinationOptions } from './destination'
export { attributionFields } from './fields/attribution'
export { contextFields } from './fields/context'
export { customAttributesFields } from './fields/custom-attributes'
export { customerFields } from './fields/customer'
export type { Field, Fields, PayloadOf } from './fields/payload'
export { productFields } from './fields/product'
export { MAPI_URL, type MapiAccount, toMapiAccount } from './mapi/account'
export {
  type Attribute,
  MAX_ADDITIONAL_PROPERTIES,
  MAX_ADDITIONAL_PROPERTY_LENGTH,
  toAdditionalProperties,
  toAttributes
} from './mapi/additional-properties'
export { parseBirthday } from './mapi/birthday'
export type {
  AdditionalProperties,
  Birthday,
  BodyOf,
  EventPath,
  LoyaltyStatus,
  Product
} from './mapi/contract'
export type { LeaveOut, LeftOut, LeftOutReason } from './mapi/left-out'
export { type EventPreview, previewEvent, type PreviewOptions } from './preview'
export { type Settings, settingsFields } from './settings'
export { checkSubscriptions, type FriendbuySubscription } from './subscriptions'

/** The destination that calls Friendbuy's own MAPI: what a host loads. */
export const destination = createFriendbuyDestination()

export default destination
