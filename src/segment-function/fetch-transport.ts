import { toNoResponseError } from '../mapi/errors'
import { MAX_RESPONSE_BYTES, parseBody, type Transport } from '../mapi/transports/transport'
import { toMessage } from '../messages'
import { isRecord } from '../values'
import type { Deadline } from './deadline'
import { send } from './runtime'

/**
 * Transport over the `fetch` of a Segment function. One request is one attempt, within the time of the handler's call:
 * node-fetch applies the timeout to the response and once more to its body, since there is no timer for both.
 *
 * @throws UnavailableError if there is no response
 */
export const fetchTransport =
  (deadline: Deadline): Transport =>
  async (request) => {
    const timeout = deadline.left()
    if (timeout === 0) {
      throw toNoResponseError(request, {
        message: 'no time is left for it',
        code: 'ETIMEDOUT',
        isSent: false
      })
    }
    const { method, url, headers, json } = request
    try {
      const response = await send(url, {
        method,
        headers: json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        timeout,
        size: MAX_RESPONSE_BYTES,
        redirect: 'manual',
        compress: false
      })
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        body: parseBody(await response.text())
      }
    } catch (error) {
      throw toNoResponseError(request, toFailure(error, timeout))
    }
  }

/** The code of what node-fetch threw, and a message without the address. */
const toFailure = (error: unknown, timeoutMs: number) => {
  const { code, type } = isRecord(error) ? error : {}
  if (type === 'request-timeout' || type === 'body-timeout') {
    return { message: `no complete response within ${timeoutMs} ms`, code: 'ETIMEDOUT' }
  }
  const message = toMessage(error).replace(/^request to \S+ failed, reason: /, '')
  return { message, ...(typeof code === 'string' && { code }) }
}
