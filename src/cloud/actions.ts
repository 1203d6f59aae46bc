import type { ActionKey } from './action-keys'
import type { FriendbuyAction } from './define-action'
import { trackCustomEvent } from './track-custom-event'
import { trackCustomer } from './track-customer'
import { trackPurchase } from './track-purchase'
import { trackSignUp } from './track-sign-up'

export type { ActionKey } from './action-keys'

/**
 * Actions of the destination by key. Saved mappings refer to these keys.
 *
 * @example
 * actions.trackSignUp.prepare({ customerId: 'c-1', email: 'ada@example.com' }).body
 */
export const actions = {
  trackCustomer,
  trackPurchase,
  trackSignUp,
  trackCustomEvent
} as const satisfies Record<ActionKey, FriendbuyAction>
