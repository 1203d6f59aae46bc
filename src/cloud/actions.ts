import type { FriendbuyAction } from './define-action'
import { trackCustomEvent } from './track-custom-event'
import { trackCustomer } from './track-customer'
import { trackPurchase } from './track-purchase'
import { trackSignUp } from './track-sign-up'

/** The actions by their keys, which saved mappings refer to. */
export const actions = {
  trackCustomer,
  trackPurchase,
  trackSignUp,
  trackCustomEvent
} as const satisfies Record<string, FriendbuyAction>

/** The key of an action, such as `trackPurchase`. */
export type ActionKey = keyof typeof actions
