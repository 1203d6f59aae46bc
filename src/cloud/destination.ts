import type { DestinationDefinition, Preset } from '@segment/actions-core'
import { type ActionKey, PRESET_ACTIONS } from './action-keys'
import { actions } from './actions'
import { toDefaultMapping } from './definitions'
import { deleteCustomer } from './delete-customer'
import { createPerform } from './perform'
import { createPerformBatch } from './perform-batch'
import { toMapiUrl } from '../mapi/account'
import { authorize } from '../mapi/call'
import { hostTransport } from './host-transport'
import { toAccount, type Settings, settingsFields } from './settings'
import { forHost } from './to-host-error'

export { toDefaultMapping } from './definitions'

/** Operator options. Merchant settings cannot override them. */
export interface FriendbuyDestinationOptions {
  /**
   * Base URL of another MAPI, without the version: a sandbox or a proxy.
   *
   * @default production, or the environment in the merchant's secret
   */
  mapiUrl?: string
}

/**
 * Creates the definition of the Friendbuy destination (cloud mode) for actions-core.
 *
 * @throws TypeError if `mapiUrl` is not a plain http or https URL
 * @example
 * const destination = new Destination(createFriendbuyDestination({ mapiUrl: 'http://127.0.0.1:8787' }))
 */
export const createFriendbuyDestination = (
  options: FriendbuyDestinationOptions = {}
): DestinationDefinition<Settings> => {
  const mapiUrl = toMapiUrl(options.mapiUrl)

  const toDefinition = (key: ActionKey) => {
    const { title, description, defaultSubscription, fields } = actions[key]
    return {
      title,
      description,
      defaultSubscription,
      fields,
      perform: createPerform(actions[key], mapiUrl),
      performBatch: createPerformBatch(actions[key], mapiUrl)
    }
  }

  return {
    // actions-core uses it as a URI scheme: with a blank or a bracket in it, every event fails.
    name: 'Friendbuy',
    slug: 'actions-friendbuy-cloud',
    mode: 'cloud',
    description:
      "Send customers, purchases, sign-ups and custom events from your servers to Friendbuy's Merchant API. This is the cloud-mode destination, listed in Segment's catalog as Friendbuy (Cloud Destination).",
    authentication: {
      scheme: 'custom',
      fields: settingsFields,
      testAuthentication: async (request, { settings }) => {
        await forHost(() => authorize(toAccount(settings, mapiUrl), hostTransport(request)))
      }
    },
    onDelete: async (request, { payload: { userId }, settings }) => {
      const deletion = await forHost(() =>
        deleteCustomer(toAccount(settings, mapiUrl), hostTransport(request), userId)
      )
      return deletion
        ? { output: 'Friendbuy deletes the data of this customer.', data: deletion }
        : { output: 'Nothing to delete: the event has no userId.' }
    },
    presets: PRESET_ACTIONS.map(toPreset),
    actions: {
      trackCustomer: toDefinition('trackCustomer'),
      trackPurchase: toDefinition('trackPurchase'),
      trackSignUp: toDefinition('trackSignUp'),
      trackCustomEvent: toDefinition('trackCustomEvent')
    }
  }
}

const toPreset = (partnerAction: ActionKey): Preset => ({
  type: 'automatic',
  name: actions[partnerAction].title,
  partnerAction,
  subscribe: actions[partnerAction].defaultSubscription,
  mapping: toDefaultMapping(partnerAction)
})
