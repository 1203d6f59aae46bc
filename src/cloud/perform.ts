import type { JSONValue, RequestClient } from '@segment/actions-core'
import { describeDropped } from '../fields/dropped-value'
import { callMapi } from '../mapi/call'
import { isRetryableStatus, MapiError } from '../mapi/errors'
import { mayRepeat, toRepeat } from '../mapi/repeat'
import type { MapiResponse, Transport } from '../mapi/transports/transport'
import { toStatus } from '../messages'
import { isRecord, toObject } from '../values'
import type { FriendbuyAction, PreparedCall } from './define-action'
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

/** Creates an action's `perform`: one event, one MAPI call, whose response body it returns. */
export const createPerform =
  (action: FriendbuyAction, mapiUrl?: string) =>
  (request: RequestClient, input: HostInput): Promise<JSONValue> =>
    forHost(async () => {
      const call = prepareCall(action, input)
      const host = hostTransport(request)
      const cold = { hasAuthorized: false }
      const transport: Transport = async (mapiRequest) => {
        const response = await host(mapiRequest)
        if (mapiRequest.phase === 'authorization') cold.hasAuthorized = response.status < 300
        return response
      }
      const send = () => sendCall(call, transport, input.settings, mapiUrl)
      try {
        return (await send()).body
      } catch (error) {
        if (!cold.hasAuthorized || !mayRepeatAtOnce(error, call)) throw error
        await pause(COLD_RETRY_MS)
        return (await send()).body
      }
    })

/** Pause before the one retry after a cold authorization. */
const COLD_RETRY_MS = 250

/** Longest `Retry-After` that this retry ignores. */
const MAX_IGNORED_RETRY_AFTER_MS = 1000

/**
 * True if `perform` retries a failed call by itself after a cold authorization. Some hosts (PostHog) don't retry an
 * event once any of its POSTs succeeded, so the event whose authorization succeeded would be lost. A host's own error
 * doesn't say what MAPI did, so only a call that counts once is repeated then; a host that aborts is not waiting.
 */
const mayRepeatAtOnce = (error: unknown, { path, body }: PreparedCall) => {
  const repeat = toRepeat(path, body)
  if (error instanceof MapiError) {
    const { phase, retryAfterMs = 0 } = error
    return phase === 'call' && mayRepeat(error, repeat) && retryAfterMs <= MAX_IGNORED_RETRY_AFTER_MS
  }
  const { name, code } = isRecord(error) ? error : {}
  const status = toStatus(error) ?? (name === 'AbortError' || code === 'ETIMEDOUT' ? 408 : 500)
  return repeat === 'always' && status !== 408 && isRetryableStatus(status)
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

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
