import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, PRESET_ACTIONS } from '../cloud/action-keys'
import { definitions, toDefaultMapping } from '../cloud/definitions'
import { isRecord } from '../values'

export type { ActionKey } from '../cloud/action-keys'
export type { Settings } from '../cloud/settings'

/** Subscription of an action, as hosts save it. */
export interface FriendbuySubscription {
  /** Key of the action. */
  partnerAction: ActionKey
  /** Condition that events must meet, in Segment's subscription language (FQL). */
  subscribe: string
  /** Fields by their keys, each a value or a directive of actions-core. Compiled once: replace it to change it. */
  mapping: JSONObject
}

/** Title of an action, such as `Track Purchase`. */
export const titleOf = (action: ActionKey): string => definitions[action].title

/** Creates the subscription that an action starts with. */
export const toDefaultSubscription = (partnerAction: ActionKey): FriendbuySubscription => ({
  partnerAction,
  subscribe: definitions[partnerAction].defaultSubscription,
  mapping: toDefaultMapping(partnerAction)
})

/** Subscriptions of the destination's automatic presets. */
export const presetSubscriptions: readonly FriendbuySubscription[] = PRESET_ACTIONS.map(toDefaultSubscription)

const customEventSubscription = toDefaultSubscription('trackCustomEvent')

/** Decides which actions an event goes to. */
export interface Routing {
  /**
   * Saved actions of the merchant.
   *
   * @default the presets of the destination
   */
  subscriptions?: readonly FriendbuySubscription[]
  /**
   * Names of track events that also go to Track Custom Event. A condition cannot hold every name, such as one with
   * quotes.
   *
   * @default []
   */
  customEvents?: readonly string[]
}

/** Finds the subscriptions that may match an event. Their conditions decide. */
export const subscriptionsFor = (
  { type, event = '' }: SegmentEvent,
  { subscriptions = presetSubscriptions, customEvents = [] }: Routing
): readonly FriendbuySubscription[] =>
  type === 'track' && customEvents.includes(event)
    ? [...subscriptions, customEventSubscription]
    : subscriptions

/** True for a saved subscription that is disabled. */
export const isDisabled = (entry: unknown): boolean => isRecord(entry) && entry.enabled === false
