import type { IncomingHttpHeaders } from 'node:http'
import { Agent } from 'undici'
import { describeNoAnswer, encode, toResponse } from '../http-message'
import { isRecord } from '../../values'
import { toMessage } from '../../messages'
import type { MapiRequest, MapiResponse, Transport } from './transport'

/** How long MAPI may take to connect, to begin its answer, and between two parts of it, in milliseconds. */
const TIMEOUT_MS = 10_000

/** How a transport over undici goes about its requests. */
export interface UndiciTransportOptions {
  /** How many connections to one address are opened at most; default: as many as there are requests at once. */
  connections?: number | undefined
}

/**
 * A transport over undici, for many events at once: one try, for about half the processor time of a host's request.
 *
 * It rejects with an Error without the request, which carries credentials; its `code` tells whether MAPI may have seen
 * the request.
 */
export const undiciTransport = ({ connections }: UndiciTransportOptions = {}): Transport => {
  const agent = new Agent({
    ...(connections !== undefined && { connections }),
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS
  })
  return async (asked) => {
    try {
      return await exchange(agent, asked)
    } catch (error) {
      const code = isRecord(error) && typeof error.code === 'string' ? { code: error.code } : {}
      // Where each address of a host was tried, the error has a code and no words.
      const words = toMessage(error) || (code.code ?? '')
      throw Object.assign(new Error(describeNoAnswer(asked, words)), code)
    }
  }
}

const utf8 = new TextDecoder()

/** Sends a request and gives its answer. undici's own `request` makes a stream of it, and takes half as long again. */
const exchange = (agent: Agent, asked: MapiRequest) =>
  new Promise<MapiResponse>((resolve, reject) => {
    let status = 0
    let headers: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    agent.dispatch(
      { ...addressOf(asked), method: asked.method, ...encode(asked) },
      {
        // Not called for, but undici goes by it to tell which kind of handler this is.
        onRequestStart: () => undefined,
        // An interim answer comes here too, before the one that counts.
        onResponseStart: (_controller, statusCode, itsHeaders) => {
          status = statusCode
          headers = itsHeaders
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk)
        },
        onResponseEnd: () => {
          resolve(toResponse(status, headers, utf8.decode(Buffer.concat(chunks))))
        },
        onResponseError: (_controller, error) => {
          reject(error)
        }
      }
    )
  })

/** A URL in two parts, such as `https://mapi.fbot.me` and `/v1/customer`: cheaper than to parse it for each event. */
const addressOf = ({ url }: MapiRequest) => {
  const end = url.indexOf('/', url.indexOf('//') + 2)
  return { origin: url.slice(0, end), path: url.slice(end) }
}
