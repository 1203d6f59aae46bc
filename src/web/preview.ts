import { toMessage } from '../messages'
import { isWebActionKey, type WebActionKey } from './action-keys'
import type { ConvertedEvent, WebDroppedValue } from './converted-event'
import { compileSubscriptions, type WebSubscription } from './subscriptions'
import { createConverter, toJsonEvent } from './to-push'

/** Result of an event at one action of the browser destination. */
export interface WebEventPreview {
  /** Key of the action. */
  action: WebActionKey
  /** Argument of `friendbuyAPI.push`; missing if there is an error. */
  push?: ConvertedEvent['push']
  /** Values of the event that the push lacks, with reasons. */
  dropped: WebDroppedValue[]
  /** Error that the event would fail with. */
  error?: { message: string }
}

/**
 * Compiles subscriptions into a function that previews the pushes for an event, without a page.
 *
 * @param subscriptions as a host saves them, or the key of an action for every event with its default mapping; none
 * given means the presets
 * @returns one preview for each subscription that matches the event
 * @throws Error if the condition of a subscription cannot be read
 */
export const createWebPreview = (
  subscriptions: readonly WebSubscription[] | WebActionKey | undefined
): ((event: object) => WebEventPreview[]) => {
  const compiled = isWebActionKey(subscriptions)
    ? [{ action: subscriptions, matches: () => true, convert: createConverter(subscriptions) }]
    : compileSubscriptions(subscriptions, (message) => {
        throw new Error(message)
      })
  return (event) => {
    const read = toJsonEvent(event)
    return compiled
      .filter(({ matches }) => matches(read))
      .map(({ action, convert }) => {
        try {
          return { action, ...convert(read) }
        } catch (error) {
          return { action, dropped: [], error: { message: toMessage(error) } }
        }
      })
  }
}
