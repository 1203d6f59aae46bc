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
  trackCustomer: forActionsCore(definitions.trackCustomer),
  trackPurchase: forActionsCore(definitions.trackPurchase),
  trackSignUp: forActionsCore(definitions.trackSignUp),
  trackCustomEvent: forActionsCore(definitions.trackCustomEvent)
} as const satisfies Record<ActionKey, FriendbuyAction>
