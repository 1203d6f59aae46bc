import type { JSONObject } from '@segment/actions-core'
import { toDefaultMapping as toDefaultMappingOf } from '../fields/default-mapping'
import type { ActionKey } from './action-keys'
import type { ActionDefinition } from './define-action'
import { trackCustomEvent } from './track-custom-event'
import { trackCustomer } from './track-customer'
import { trackPurchase } from './track-purchase'
import { trackSignUp } from './track-sign-up'

/** Definitions of the actions by key, for any host: nothing here needs actions-core. */
export const definitions = {
  trackCustomer,
  trackPurchase,
  trackSignUp,
  trackCustomEvent
} as const satisfies Record<ActionKey, ActionDefinition>

/** Builds the default mapping of an action. */
export const toDefaultMapping = (key: ActionKey): JSONObject => toDefaultMappingOf(definitions[key].fields)
