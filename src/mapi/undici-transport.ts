import { Agent, request } from 'undici'
import { describeNoAnswer, encode, toResponse } from './node-client'
import { isRecord } from './record'
import { messageOf } from './thrown'
import type { Transport } from './transport'

/** How long MAPI may take to connect, to begin its answer, and between two parts of it, in milliseconds. */
const TIMEOUT_MS = 10_000

/**
 * A transport over undici, for many events at once: one try, for about half the processor time of a host's request.
 *
 * It rejects with an Error without the request, which carries credentials; its `code` tells whether MAPI may have seen
 * the request.
 */
export const undiciTransport = (): Transport => {
  const dispatcher = new Agent({
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS
  })
  return async (asked) => {
    try {
      const { statusCode, headers, body } = await request(asked.url, {
        dispatcher,
        method: asked.method,
        ...encode(asked)
      })
      return toResponse(statusCode, headers, await body.text())
    } catch (error) {
      const code = isRecord(error) && typeof error.code === 'string' ? { code: error.code } : {}
      // Where each address of a host was tried, the error has a code and no words.
      const words = messageOf(error) || (code.code ?? '')
      throw Object.assign(new Error(describeNoAnswer(asked, words)), code)
    }
  }
}
