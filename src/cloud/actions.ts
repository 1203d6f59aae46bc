import { PayloadValidationError } from '@segment/actions-core'
import type { ActionKey } from './action-keys'
import { type ActionDefinition, type FriendbuyAction, toAction } from './define-action'
import { definitions } from './definitions'

export type { ActionKey } from './action-keys'

/** An action whose errors hosts on actions-core know. */
const forActionsCore = (definition: ActionDefinition) =>
  toAction(definition, (message) => new PayloadValidationError(message))

/**
 * Actions of the destination by key. Saved mappings refer to these keys.
 *
 * @example
 * actions.trackSignUp.prepare({ customerId: 'c-1', email: 'ada@example.com' }).body
 */
export const actions = {
  /** Creates or updates a customer: POST /v1/customer. */
  trackCustomer: forActionsCore(definitions.trackCustomer),
  /** Records a purchase: POST /v1/event/purchase. */
  trackPurchase: forActionsCore(definitions.trackPurchase),
  /** Records that a customer created an account: POST /v1/event/account-sign-up. */
  trackSignUp: forActionsCore(definitions.trackSignUp),
  /** Records an event of a type that is defined in Friendbuy: POST /v1/event/custom. */
  trackCustomEvent: forActionsCore(definitions.trackCustomEvent)
} as const satisfies Record<ActionKey, FriendbuyAction>
