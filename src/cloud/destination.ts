import {
  type DestinationDefinition,
  defaultValues,
  type JSONObject,
  type Preset
} from '@segment/actions-core'
import { type ActionKey, actions } from './actions'
import { createPerform } from './perform'
import { createPerformBatch } from './perform-batch'
import { isBlank, isRecord, toText } from '../values'
import { toMapiUrl } from '../mapi/account'
import { authorize, callMapi } from '../mapi/call'
import { hostTransport } from './host-transport'
import { toAccount, type Settings, settingsFields } from './settings'
import { forHost } from './to-host-error'

/** Operator options. Merchant settings cannot override them. */
export interface FriendbuyDestinationOptions {
  /**
   * Base URL of another MAPI, without the version: a sandbox or a proxy.
   *
   * @default production, or the environment in the merchant's secret
   */
  mapiUrl?: string
}

/** Actions enabled by default. Custom events are opt-in. */
export const PRESET_ACTIONS = [
  'trackCustomer',
  'trackPurchase',
  'trackSignUp'
] as const satisfies readonly ActionKey[]

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
      const customerId = toText(userId)
      if (isBlank(customerId)) return { output: 'Nothing to delete: the event has no userId.' }
      const { body } = await forHost(() =>
        callMapi(toAccount(settings, mapiUrl), hostTransport(request), {
          method: 'DELETE',
          path: '/v1/user-data',
          query: { customerId }
        })
      )
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

/** Builds the default mapping of an action from the defaults of its fields. */
export const toDefaultMapping = (key: ActionKey): JSONObject => defaultValues(actions[key].fields)
