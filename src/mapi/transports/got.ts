import { RetryableError } from '@segment/actions-core'
import got, { RequestError } from 'got'
import { isRetryableStatus } from '../errors'
import { describeNoAnswer, encode, toResponse } from '../http-message'
import { isRepeatable, UNSENT_CODES } from '../retryable'
import type { Transport } from './transport'

/** How the client goes about its requests when there is no host to do it. */
export interface GotTransportOptions {
  /** How long MAPI may take for one try, in milliseconds. Default: 10000. */
  timeoutMs?: number
  /**
   * How often a request is tried again after a 408, 423, 429, 5xx or a network error; of a call that MAPI would count
   * twice, only where it has certainly not seen it. The pause doubles from at most a second, and is a random part of
   * that, or what `Retry-After` says. Default: 4.
   */
  retries?: number
  /** A `Retry-After` longer than this is left to the caller, in milliseconds. Default: 60000. */
  maxRetryAfterMs?: number
}

/** The most that the first pause takes; each further one takes up to twice as long. */
const FIRST_PAUSE_MS = 1000

/** Network errors after which MAPI may have seen the request. */
const MAYBE_SENT = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT']

/** The statuses to try again, in the list that got wants. */
const RETRYABLE_STATUSES = Array.from({ length: 200 }, (_, index) => 400 + index).filter(isRetryableStatus)

/**
 * A transport over got, for when there is no host. It tries again what may succeed later, POSTs included; where MAPI
 * may have seen a request whose answer was lost, only if repeating it is harmless.
 *
 * Its errors are RetryableErrors without the request, since that carries credentials: 408 for a time-out, 503 for
 * anything else that kept a response from coming.
 */
export const gotTransport = ({
  timeoutMs = 10_000,
  retries = 4,
  maxRetryAfterMs = 60_000
}: GotTransportOptions = {}): Transport => {
  const client = got.extend({
    throwHttpErrors: false,
    followRedirect: false,
    timeout: { request: timeoutMs },
    retry: {
      limit: retries,
      methods: ['GET', 'POST', 'DELETE'],
      statusCodes: RETRYABLE_STATUSES,
      maxRetryAfter: maxRetryAfterMs,
      // A pause of 0 is got's word for not trying again; a Retry-After that is past comes as 1 ms.
      calculateDelay: ({ attemptCount, computedValue, retryAfter = 0 }) =>
        computedValue === 0 || retryAfter > 1
          ? computedValue
          : Math.max(1, FIRST_PAUSE_MS * 2 ** (attemptCount - 1) * Math.random())
    }
  })
  return async (request) => {
    const { url, method, json } = request
    const retry = {
      errorCodes: [...UNSENT_CODES, ...(isRepeatable(new URL(url).pathname, json) ? MAYBE_SENT : [])]
    }
    try {
      const { statusCode, headers, body } = await client(url, { method, ...encode(request), retry })
      return toResponse(statusCode, headers, body)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const message = describeNoAnswer(request, error.message)
      throw Object.assign(new RetryableError(message, error.code === 'ETIMEDOUT' ? 408 : 503), {
        cause: error.cause
      })
    }
  }
}
