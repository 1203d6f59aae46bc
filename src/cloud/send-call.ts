import { describeDropped } from '../fields/dropped-value'
import { callMapi } from '../mapi/call'
import { toRepeat } from '../mapi/repeat'
import type { MapiResponse, Transport } from '../mapi/transports/transport'
import { toObject } from '../values'
import type { FriendbuyAction, PreparedCall } from './define-action'
import { type Settings, toAccount } from './settings'

/** The part of a host's input to `perform` that an action reads. */
export interface HostInput<Payload = unknown> {
  payload: Payload
  settings: Settings
  /** The saved mapping, if the host passes it on. */
  rawMapping?: unknown
  /** The host's logger, which may be missing or lack a method. */
  logger?: { warn?: (message: string) => void }
}

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
    logger?.warn?.(describeDropped(action.title, call.dropped))
  }
  return call
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
