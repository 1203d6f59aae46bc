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
export type { GotTransportOptions } from './transports/got'
