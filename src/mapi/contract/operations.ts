/**
 * Friendbuy's Merchant API (MAPI), declared once: the client checks inputs and reads answers by these declarations, the
 * sandbox checks what arrives, and `docs/reference/mapi.md` is made of them.
 *
 * Source: "Merchant API Details" at https://developers.friendbuy.com. Where that page contradicts itself or the
 * published integrations, the comment at the property says what holds here.
 */
import { type AnalyticsOperations, analyticsOperations } from './analytics'
import { type Authorization, authorizationOperations, type Credentials } from './authorization'
import { type CustomerOperations, customerOperations } from './customers'
import { type EventOperations, eventOperations } from './events'
import { type LedgerOperations, ledgerOperations } from './ledger'
import { type LinkOperations, linkOperations } from './links'
import type { NoInput, Operation } from './operation'
import { type RewardOperations, rewardOperations } from './rewards'
import { type UserDataOperations, userDataOperations } from './user-data'

/** MAPI's operations as methods, under the names of its reference. */
export interface MapiOperations
  extends
    EventOperations,
    CustomerOperations,
    UserDataOperations,
    LinkOperations,
    RewardOperations,
    LedgerOperations,
    AnalyticsOperations {}

export type * from './analytics'
export type * from './authorization'
export type * from './common'
export type * from './customers'
export type * from './events'
export type * from './ledger'
export type * from './links'
export type * from './report-items'
export type * from './report-queries'
export type * from './rewards'
export type * from './user-data'

/** The declaration of every operation, by name. */
export const operations = {
  ...authorizationOperations,
  ...linkOperations,
  ...eventOperations,
  ...customerOperations,
  ...rewardOperations,
  ...ledgerOperations,
  ...userDataOperations,
  ...analyticsOperations
}

/** The declaration of every operation, by name. */
export type Operations = typeof operations

/** Name of an operation, such as `postPurchaseEvent`. */
export type OperationName = keyof Operations

/** Input of an operation: the body of a POST, or the query of a GET or DELETE. */
export type InputOf<Name extends OperationName> = Name extends keyof MapiOperations
  ? Parameters<MapiOperations[Name]> extends [infer Input]
    ? Input
    : NoInput
  : Credentials

/** Answer of an operation: of a paged one, a page. */
export type AnswerOf<Name extends OperationName> = Name extends keyof MapiOperations
  ? Awaited<ReturnType<MapiOperations[Name]>>
  : Authorization

/** Operations that record something about a customer, which actions send. */
type EventName = keyof EventOperations | 'postCustomer'

/** Path that an action posts to. */
export type EventPath = Operations[EventName]['path']

/** Body that MAPI takes on a path. */
export type BodyOf<Path extends EventPath> = {
  [Name in EventName]: Operations[Name]['path'] extends Path ? InputOf<Name> : never
}[EventName]

/** Declaration of an operation, for code that serves all of them alike. */
export const operationOf = (name: OperationName): Operation => operations[name]
