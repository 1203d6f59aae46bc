import type { JSONValue, RequestClient } from '@segment/actions-core'
import { callMapi } from '../mapi/call'
import { toRepeat } from '../mapi/repeat'
import type { MapiResponse, Transport } from '../mapi/transports/transport'
import { toOneLine } from '../messages'
import { toObject } from '../values'
import type { FriendbuyAction, PreparedCall } from './define-action'
import type { DroppedValue } from './dropped-value'
import { hostTransport } from './host-transport'
import { type Settings, toAccount } from './settings'
import { forHost } from './to-host-error'

/** The part of a host's input to `perform` that an action reads. */
export interface HostInput<Payload = unknown> {
  payload: Payload
  settings: Settings
  /** The saved mapping, if the host passes it on. */
  rawMapping?: unknown
  /** The host's logger, which may be missing or lack a method. */
  logger?: { warn?: (message: string) => void }
}

/** Maximum number of dropped values that a log line names. */
const MAX_NAMED = 100

/** Creates an action's `perform`: one event, one MAPI call, whose response body it returns. */
export const createPerform =
  (action: FriendbuyAction, mapiUrl?: string) =>
  (request: RequestClient, input: HostInput): Promise<JSONValue> =>
    forHost(async () => {
      const call = prepareCall(action, input)
      const { body } = await sendCall(call, hostTransport(request), input.settings, mapiUrl)
      return body
    })

/**
 * Converts a payload to a call, and logs the dropped values to the host's logger.
 *
 * @throws PayloadValidationError for a required field that is blank or cannot be read
 */
export const prepareCall = (
  action: FriendbuyAction,
  { payload, rawMapping, logger }: HostInput
): PreparedCall => {
  const call = action.prepare(payload, toObject(rawMapping))
  if (call.dropped.length > 0) {
    logger?.warn?.(`Friendbuy ${action.title} dropped: ${describeDropped(call.dropped)}`)
  }
  return call
}

/** `age (not an age), friendbuyAttributes.size (not a string) and 3 more` */
const describeDropped = (dropped: readonly DroppedValue[]) => {
  const named = dropped
    .slice(0, MAX_NAMED)
    .map(({ name, reason }) => `${toOneLine(name)} (${toOneLine(reason)})`)
  return named.join(', ') + (dropped.length > MAX_NAMED ? ` and ${dropped.length - MAX_NAMED} more` : '')
}

/**
 * Sends a call with a merchant's settings.
 *
 * @param mapiUrl address that replaces the one of the settings
 * @throws MapiError, or the transport's own error
 */
export const sendCall = (
  { path, body }: PreparedCall,
  transport: Transport,
  settings: Settings,
  mapiUrl?: string
): Promise<MapiResponse> =>
  callMapi(toAccount(settings, mapiUrl), transport, {
    method: 'POST',
    path,
    body,
    repeat: toRepeat(path, body)
  })
