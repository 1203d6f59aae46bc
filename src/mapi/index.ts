/** The client of Friendbuy's Merchant API (MAPI), for programs that are not destinations. */
export { MAPI_URL } from './account'
export type * from './contract/operations'
export {
  createMapiClient,
  type MapiClient,
  type MapiClientOptions,
  type MapiRequestOptions
} from './create-client'
export type { ReferralLinkResult } from './create-referral-links'
export {
  AuthenticationError,
  InvalidRequestError,
  MapiError,
  type MapiErrorDetails,
  type MapiOutcome,
  type MapiPhase,
  UnavailableError
} from './errors'
export type { Repeat } from './repeat'
export type { RetryOptions } from './retry'
export type { GotTransportOptions } from './transports/got'
