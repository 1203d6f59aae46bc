import type { JSONValue, RequestClient } from '@segment/actions-core'
import { isRetryableStatus, MapiError } from '../mapi/errors'
import { mayRepeat, toRepeat } from '../mapi/repeat'
import type { Transport } from '../mapi/transports/transport'
import { toStatus } from '../messages'
import { isRecord } from '../values'
import type { FriendbuyAction, PreparedCall } from './define-action'
import { hostTransport } from './host-transport'
import { type HostInput, prepareCall, sendCall } from './send-call'
import { forHost } from './to-host-error'

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
