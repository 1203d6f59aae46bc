import type { MapiAccount } from './account'
import { callMapi, type MapiCall } from './call'
import { MapiError } from './errors'
import { mayRepeat } from './repeat'
import type { MapiResponse, Transport } from './transports/transport'

/** Retry options of the client. */
export interface RetryOptions {
  /**
   * Maximum number of retries of a call after a 408, 423, 429, 5xx, a proxy's page or a lost response. A call that could
   * count twice is only retried if MAPI has certainly not acted on it. The pauses grow exponentially with jitter, from
   * at most one second, and are never shorter than `Retry-After`.
   *
   * @default 4
   */
  retries?: number
  /**
   * Longest `Retry-After` that the client waits for, in milliseconds; a longer one rejects at once.
   *
   * @default 60000
   */
  maxRetryAfterMs?: number
}

/** Upper bound of the first pause; it doubles with each retry. */
const FIRST_PAUSE_MS = 1000

/**
 * Calls MAPI and retries what may succeed later and counts nothing twice.
 *
 * @throws MapiError of the last attempt
 */
export const callWithRetries = async (
  account: MapiAccount,
  transport: Transport,
  call: MapiCall,
  { retries = 4, maxRetryAfterMs = 60_000 }: RetryOptions = {}
): Promise<MapiResponse> => {
  for (let retry = 0; ; retry += 1) {
    try {
      return await callMapi(account, transport, call)
    } catch (error) {
      if (retry === retries || !(error instanceof MapiError)) throw error
      const { retryAfterMs = 0 } = error
      if (!mayRepeat(error, call.repeat ?? 'always') || retryAfterMs > maxRetryAfterMs) throw error
      await pause(Math.max(retryAfterMs, FIRST_PAUSE_MS * 2 ** retry * Math.random()))
    }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
