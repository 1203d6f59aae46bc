import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import type { PreparedCall } from '../cloud/define-action'
import type { DroppedValue } from '../cloud/dropped-value'
import { prepareCall } from '../cloud/send-call'
import type { EventPath } from '../mapi/contract/operations'
import { toMessage, toStatus } from '../messages'
import { checkSubscriptions } from './check-subscriptions'
import type { InProcessHost } from './in-process-host'
import type { NotMappedValue } from './not-mapped'
import {
  toDefaultSubscription,
  type FriendbuySubscription,
  isDisabled,
  presetSubscriptions
} from './subscriptions'

/** Result of an event at one action. */
export interface EventPreview {
  /** Key of the action. */
  action: ActionKey
  /** MAPI path that the body would be posted to. */
  path: EventPath
  /** Body of the call; missing if there is an error. */
  body?: JSONObject
  /** Values of the event that the body lacks, with reasons. */
  dropped: DroppedValue[]
  /** Properties and traits of the event that none of the matching subscriptions reads: the same list in each preview. */
  notMapped: NotMappedValue[]
  /** Error that the event would fail with before any request. */
  error?: { message: string; status?: number }
}

/** Subscriptions to preview an event with. */
export interface PreviewOptions {
  /**
   * Previews this action alone, with its default mapping, whatever its condition says. Overrides `subscriptions`.
   *
   * @default undefined
   */
  action?: ActionKey
  /**
   * Saved actions to preview.
   *
   * @default the presets of the destination
   */
  subscriptions?: readonly FriendbuySubscription[]
}

/** Matches every event. */
const ANY_EVENT = 'type != ""'

/** No request is made with these. */
const NO_SETTINGS = { authKey: 'preview', authSecret: 'preview' }

/** Loads what maps an event here. Most hosts map events themselves, and need not load it to start. */
const load = async () => {
  const [{ createInProcessHost }, { findNotMapped, toNotMappedValues }] = await Promise.all([
    import('./in-process-host.js'),
    import('./not-mapped.js')
  ])
  const host = createInProcessHost((key, input) => prepareCall(actions[key], input))
  return { host, findNotMapped, toNotMappedValues }
}

let loading: ReturnType<typeof load> | undefined

/**
 * Previews the MAPI calls for an event, without sending anything. Mappings and checks have the effect that they have in
 * a host.
 *
 * @param event an event, as a host receives it
 * @returns one preview for each subscription that matches the event, in their order. An invalid event gives a preview
 * with an error.
 * @throws Error with every issue of `subscriptions` (see `checkSubscriptions`)
 * @example
 * const [preview] = await previewEvent({ type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' } })
 * console.log(preview.body) // { customerId: 'c-1', email: 'ada@example.com' }
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
  const { host, findNotMapped, toNotMappedValues } = await (loading ??= load())
  const previews = await Promise.all(candidates.map((subscription) => preview(host, event, subscription)))
  const matching = candidates.filter((_, index) => previews[index])
  const notMapped = toNotMappedValues(findNotMapped(event, matching), matching)
  return previews.flatMap((found) => (found ? [{ ...found, notMapped }] : []))
}

/** Subscriptions that are checked already. */
const checked = new WeakSet<FriendbuySubscription>()

const checkedOnce = (subscriptions: readonly FriendbuySubscription[]) => {
  if (!subscriptions.every((subscription) => checked.has(subscription))) {
    checkSubscriptions(subscriptions)
    for (const subscription of subscriptions) checked.add(subscription)
  }
  return subscriptions.filter((subscription) => !isDisabled(subscription))
}

const preview = async (
  host: InProcessHost<PreparedCall>,
  event: SegmentEvent,
  subscription: FriendbuySubscription
): Promise<Omit<EventPreview, 'notMapped'> | undefined> => {
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
