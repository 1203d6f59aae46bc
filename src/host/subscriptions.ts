import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { toDefaultMapping, PRESET_ACTIONS } from '../cloud/destination'
import { isRecord } from '../values'

export type { ActionKey } from '../cloud/actions'
export type { Settings } from '../cloud/settings'

/** An action, the events that it is for, and the mapping of their values, as hosts save them. */
export interface FriendbuySubscription {
  partnerAction: ActionKey
  /** The events that it is for, in Segment's subscription language. */
  subscribe: string
  /** What each field of the action is taken from: values, and the directives of actions-core. */
  mapping: JSONObject
}

/** The title of an action, such as `Track Purchase`. */
export const titleOf = (action: ActionKey): string => actions[action].title

/** An action with the events and the mapping that it starts with. */
export const toDefaultSubscription = (partnerAction: ActionKey): FriendbuySubscription => ({
  partnerAction,
  subscribe: actions[partnerAction].defaultSubscription,
  mapping: toDefaultMapping(partnerAction)
})

/** What the destination is set up with: its three automatic presets. */
export const presetSubscriptions: readonly FriendbuySubscription[] = PRESET_ACTIONS.map(toDefaultSubscription)

const customEventSubscription = toDefaultSubscription('trackCustomEvent')

/** What takes events: subscriptions, and the names of track events that Track Custom Event takes besides. */
export interface Routing {
  /** Default: the presets. */
  subscriptions?: readonly FriendbuySubscription[]
  /** Compared by name, since a condition cannot hold every name, such as one with quotes. */
  customEvents?: readonly string[]
}

/** The subscriptions that may take an event. */
export const subscriptionsFor = (
  { type, event = '' }: SegmentEvent,
  { subscriptions = presetSubscriptions, customEvents = [] }: Routing
): readonly FriendbuySubscription[] =>
  type === 'track' && customEvents.includes(event)
    ? [...subscriptions, customEventSubscription]
    : subscriptions

/** Hosts keep a subscription that is switched off, and send nothing through it. */
export const isSwitchedOff = (entry: unknown): boolean => isRecord(entry) && entry.enabled === false
