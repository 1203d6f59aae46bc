import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import type { PreparedCall } from '../cloud/define-action'
import { prepareCall } from '../cloud/perform'
import { createInProcessHost, type InProcessHost } from './in-process-host'
import type { EventPath } from '../mapi/contract/operations'
import type { DroppedValue } from '../cloud/dropped-value'
import { toMessage, toStatus } from '../messages'
import { checkSubscriptions } from './check-subscriptions'
import {
  toDefaultSubscription,
  type FriendbuySubscription,
  isSwitchedOff,
  presetSubscriptions
} from './subscriptions'

/** What an event becomes at one action. */
export interface EventPreview {
  action: ActionKey
  /** The path of MAPI's that the body would be posted to. */
  path: EventPath
  /** The body; missing where there is an error. */
  body?: JSONObject
  /** What the event has and the body has not. */
  dropped: DroppedValue[]
  /** What the event would fail with before any request. */
  error?: { message: string; status?: number }
}

/** What to preview an event with. Default: the destination's presets. */
export interface PreviewOptions {
  /** The one action to preview, with its default mapping, whatever its condition says of the event. */
  action?: ActionKey
  /** Subscriptions of your own; `action` goes before them. */
  subscriptions?: readonly FriendbuySubscription[]
}

/** A condition that every event meets. */
const ANY_EVENT = 'type != ""'

/** No request is made with these: a host checks only that there are some. */
const NO_SETTINGS = { authKey: 'preview', authSecret: 'preview' }

let host: InProcessHost<PreparedCall> | undefined

/**
 * What an event becomes, without sending anything: actions-core maps and checks it, as it does in a host, and the
 * action makes its body.
 *
 * @param event the event, as a host would be given it
 * @returns one preview for each subscription that takes the event, in their order; none where none does
 * @throws what `checkSubscriptions` throws of `subscriptions`, where it goes by them; an event that would fail is no
 * reason to throw
 */
export const previewEvent = async (
  event: SegmentEvent,
  { action, subscriptions }: PreviewOptions = {}
): Promise<EventPreview[]> => {
  const candidates =
    action !== undefined
      ? [{ ...toDefaultSubscription(action), subscribe: ANY_EVENT }]
      : subscriptions
        ? checkedOnce(subscriptions)
        : presetSubscriptions
  const previews = await Promise.all(candidates.map((subscription) => preview(event, subscription)))
  return previews.filter((made) => made !== undefined)
}

/** Subscriptions that were in order when they were first seen: whoever previews many events has them checked once. */
const inOrder = new WeakSet<FriendbuySubscription>()

const checkedOnce = (subscriptions: readonly FriendbuySubscription[]) => {
  if (!subscriptions.every((subscription) => inOrder.has(subscription))) {
    checkSubscriptions(subscriptions)
    for (const subscription of subscriptions) inOrder.add(subscription)
  }
  return subscriptions.filter((subscription) => !isSwitchedOff(subscription))
}

const preview = async (
  event: SegmentEvent,
  subscription: FriendbuySubscription
): Promise<EventPreview | undefined> => {
  host ??= createInProcessHost((key, input) => prepareCall(actions[key], input))
  const action = subscription.partnerAction
  try {
    const call = await host(event, subscription, NO_SETTINGS)
    return call && { action, ...call }
  } catch (error) {
    const status = toStatus(error)
    const failure = { message: toMessage(error), ...(status !== undefined && { status }) }
    return { action, path: actions[action].path, dropped: [], error: failure }
  }
}
