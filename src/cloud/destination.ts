import {
  type DestinationDefinition,
  defaultValues,
  type JSONObject,
  type Preset
} from '@segment/actions-core'
import { type ActionKey, actions } from './actions'
import { createPerformBatch, createPerform } from './perform'
import { isBlank, isRecord, toText } from '../values'
import { toMapiUrl } from '../mapi/account'
import { authorize, callMapi } from '../mapi/call'
import { hostTransport } from './host-transport'
import { toAccount, type Settings, settingsFields } from './settings'

/** What who runs the process may choose; no setting of a merchant's does. */
export interface FriendbuyDestinationOptions {
  /**
   * Address of the MAPI to call in place of Friendbuy's, without the version: a sandbox, a proxy.
   * Default: production, or the environment that the merchant's secret names.
   */
  mapiUrl?: string
}

/** These come with a mapping of their own when the destination is set up; a custom event is the merchant's choice. */
export const PRESET_ACTIONS = [
  'trackCustomer',
  'trackPurchase',
  'trackSignUp'
] as const satisfies readonly ActionKey[]

/**
 * The Friendbuy destination (cloud mode) as actions-core loads it.
 *
 * @throws TypeError when mapiUrl is no plain http or https address
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
    // actions-core makes a URI scheme of it: a blank or a bracket in the name fails every event.
    name: 'Friendbuy',
    slug: 'actions-friendbuy-cloud',
    mode: 'cloud',
    description:
      "Send customers, purchases, sign-ups and custom events from your servers to Friendbuy's Merchant API. This is the cloud-mode destination, which Segment's catalog lists as Friendbuy (Cloud Destination).",
    authentication: {
      scheme: 'custom',
      fields: settingsFields,
      testAuthentication: async (request, { settings }) => {
        await authorize(toAccount(settings, mapiUrl), hostTransport(request))
      }
    },
    onDelete: async (request, { payload: { userId }, settings }) => {
      const customerId = toText(userId)
      if (isBlank(customerId)) return { output: 'Nothing to delete: the event has no userId.' }
      const { body } = await callMapi(toAccount(settings, mapiUrl), hostTransport(request), {
        method: 'DELETE',
        path: '/v1/user-data',
        query: { customerId }
      })
      const { jobId, task_id } = isRecord(body) ? body : {}
      return {
        output: 'Friendbuy deletes the data of this customer.',
        data: { jobId: jobId ?? task_id ?? null }
      }
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

/** The mapping that an action starts with: each field's default. */
export const toDefaultMapping = (key: ActionKey): JSONObject => defaultValues(actions[key].fields)
