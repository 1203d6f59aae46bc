/** The client of Friendbuy's Merchant API (MAPI) by itself, over got: for programs that are no destination. */
export { MAPI_URL } from './account'
export type {
  AdditionalProperties,
  AnswerOf,
  Birthday,
  InputOf,
  LoyaltyStatus,
  OperationName,
  Operations,
  Product
} from './contract/operations'
export { createMapiClient, type MapiClient, type MapiClientOptions } from './create-client'
export {
  AuthenticationError,
  InvalidRequestError,
  MapiError,
  type MapiErrorDetails,
  type MapiOutcome,
  type MapiPhase,
  UnavailableError
} from './errors'
export type { RetryOptions } from './retry'
export type { GotTransportOptions } from './transports/got'
