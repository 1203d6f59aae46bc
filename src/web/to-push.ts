import type { OnDrop } from '../fields/dropped-value'
import { PayloadError } from '../fields/payload-error'
import { compileMapping, type MapEvent } from '../mapping/compile-mapping'
import { toMessage } from '../messages'
import { toDefaultWebMapping, webActions } from './action-fields'
import { isWebActionKey, WEB_ACTION_KEYS, type WebActionKey } from './action-keys'
import type { ConvertedEvent, WebDroppedValue, WebDropReason } from './converted-event'
import { pushes } from './push'
import type { WebMapping } from './web-mapping'

/** Converts an event that `toJsonEvent` gave. */
export type ConvertEvent = (event: unknown) => ConvertedEvent

/**
 * Reads an event as cloud mode gets it: as JSON. Dates are ISO strings then, and the event shares nothing with the host.
 *
 * @throws PayloadError if it has no JSON, such as one that refers to itself
 */
export const toJsonEvent = (event: unknown): unknown => {
  try {
    return JSON.parse(JSON.stringify(event)) as unknown
  } catch {
    // The cause may quote the event.
    throw new PayloadError('The event cannot be written as JSON: it refers to itself, or holds a BigInt.')
  }
}

/**
 * Compiles a saved mapping of an action into a function. A mapping that cannot be compiled fails each event: no directive
 * is passed over.
 */
export const createConverter = (
  action: WebActionKey,
  mapping: WebMapping = toDefaultWebMapping(action)
): ConvertEvent => {
  const toPushOfAction = pushes[action]
  const mapEvent = compile(mapping, webActions[action].title)
  return (event) => {
    const dropped: WebDroppedValue[] = []
    const onDrop: OnDrop<WebDropReason> = (name, reason) => {
      dropped.push({ name, reason })
    }
    try {
      return { push: toPushOfAction(mapEvent(event), onDrop), dropped }
    } catch (error) {
      throw error instanceof PayloadError ? error : new PayloadError(toMessage(error))
    }
  }
}

const compile = (mapping: WebMapping, title: string): MapEvent => {
  try {
    return compileMapping(mapping)
  } catch (error) {
    return () => {
      throw new PayloadError(`Invalid mapping of Friendbuy ${title}. ${toMessage(error)}`)
    }
  }
}

/**
 * Converts an event to the argument of `friendbuyAPI.push`, without a page: for previews, for tests, and for hosts that
 * load no plugin. Checks no condition.
 *
 * @param event an event, as an analytics library passes it to its plugins
 * @param mapping a saved mapping that replaces the default one
 * @returns the push, and the values of the event that it lacks
 * @throws Error (`code: 'PAYLOAD_VALIDATION_FAILED'`) if a required field is blank, the mapping is invalid or the event
 * has a name of Friendbuy's own
 * @example
 * const { push } = toPush('trackPage', { type: 'page', name: 'Home' })
 * window.friendbuyAPI.push(push) // ['track', 'page', { name: 'Home' }, true]
 */
export const toPush = (action: WebActionKey, event: object, mapping?: WebMapping): ConvertedEvent => {
  if (!isWebActionKey(action)) {
    throw new PayloadError(`Unknown action: expected one of ${WEB_ACTION_KEYS.join(', ')}.`)
  }
  return createConverter(action, mapping)(toJsonEvent(event))
}
