import got, { type CancelableRequest, RequestError, type Response } from 'got'
import { toMessage } from '../../messages'
import { type NetworkFailure, toNoResponseError } from '../errors'
import { encode, GIVEN_UP, toResponse } from '../http-message'
import { MAX_RESPONSE_BYTES, type Transport } from './transport'

/** Options of the transport over got. */
export interface GotTransportOptions {
  /**
   * Deadline of one attempt, from the connection to the last byte of the response, in milliseconds.
   *
   * @default 10000
   */
  timeoutMs?: number
}

/**
 * Transport over got, for programs without a host. One request is one attempt.
 *
 * @throws UnavailableError if there is no response; got's own error would hold the request, and with it the token
 */
export const gotTransport = ({ timeoutMs = 10_000 }: GotTransportOptions = {}): Transport => {
  const client = got.extend({
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    timeout: { request: timeoutMs },
    retry: { limit: 0 }
  })
  return async (request) => {
    let givenUp: NetworkFailure | undefined
    try {
      const { url, method } = request
      const sent: CancelableRequest<Response<string | Uint8Array>> = client(url, {
        method,
        ...encode(request)
      })
      const giveUp = (failure: NetworkFailure) => {
        givenUp = failure
        sent.cancel()
      }
      void sent.on('downloadProgress', ({ transferred }) => {
        if (transferred > MAX_RESPONSE_BYTES) giveUp(GIVEN_UP.tooLong)
      })
      void sent.on('request', (outgoing) => {
        // Node waits for the listener of an upgrade, and got has none.
        outgoing.once('upgrade', (_response, socket) => {
          socket.destroy()
          giveUp(GIVEN_UP.upgrade)
        })
      })
      const { statusCode, headers, body } = await sent
      // A body of a content encoding comes as bytes, and is not MAPI's.
      return toResponse(statusCode, headers, typeof body === 'string' ? body : '')
    } catch (error) {
      const code = error instanceof RequestError ? { code: error.code } : {}
      throw toNoResponseError(request, givenUp ?? { message: toMessage(error), ...code })
    }
  }
}
