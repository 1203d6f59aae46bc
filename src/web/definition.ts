import type { ActionDescription } from '../fields/actions'
import { toDefaultWebMapping, webActions } from './action-fields'
import { WEB_PRESET_ACTIONS, type WebActionKey } from './action-keys'
import type { WebMapping } from './web-mapping'

/** Description of the browser destination for catalogs, as Segment's web destinations have it. */
export interface FriendbuyWebDefinition {
  /** Name that hosts display. */
  name: string
  /** Name of the destination in a catalog's addresses. */
  slug: string
  /** Segment's word for a destination that runs on the customer's device. */
  mode: 'device'
  /** Description that hosts display. */
  description: string
  /** Settings that a merchant fills in. */
  settings: Record<'merchantId', { label: string; description: string; type: 'string'; required: true }>
  /** Subscriptions that the destination starts with. */
  presets: {
    type: 'automatic'
    name: string
    partnerAction: WebActionKey
    subscribe: string
    mapping: WebMapping
  }[]
  /** Actions by key. */
  actions: Record<WebActionKey, ActionDescription & { platform: 'web' }>
}

const toWebAction = (key: WebActionKey) => ({ ...webActions[key], platform: 'web' as const })

/**
 * Description of the browser destination (direct mode), for catalogs and documents. The destination itself is
 * `actions-friendbuy-cloud/web`; its keys, types and defaults come from here too.
 *
 * @example
 * friendbuyWebDefinition.actions.trackPage.fields.name.label // 'Page Name'
 */
export const friendbuyWebDefinition: FriendbuyWebDefinition = {
  name: 'Friendbuy (Actions)',
  slug: 'actions-friendbuy',
  mode: 'device',
  description:
    "Send customers, purchases, sign-ups, pages and custom events from the browser to Friendbuy's JavaScript. This is the direct-mode destination, listed in Segment's catalog as Friendbuy (Web Destination).",
  settings: {
    merchantId: {
      label: 'Friendbuy Merchant ID',
      description: 'Merchant ID from the general settings at Friendbuy, a UUID.',
      type: 'string',
      required: true
    }
  },
  presets: WEB_PRESET_ACTIONS.map((partnerAction) => ({
    type: 'automatic',
    name: webActions[partnerAction].title,
    partnerAction,
    subscribe: webActions[partnerAction].defaultSubscription,
    mapping: toDefaultWebMapping(partnerAction)
  })),
  actions: {
    trackCustomer: toWebAction('trackCustomer'),
    trackPurchase: toWebAction('trackPurchase'),
    trackSignUp: toWebAction('trackSignUp'),
    trackPage: toWebAction('trackPage'),
    trackCustomEvent: toWebAction('trackCustomEvent')
  }
}
