import type { IncomingHttpHeaders } from 'node:http'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { toMessage } from '../../messages'
import { isRecord } from '../../values'
import { type NetworkFailure, toNoResponseError } from '../errors'
import { encode, GIVEN_UP, toResponse } from '../http-message'
import { skipContinue } from './skip-continue'
import { MAX_RESPONSE_BYTES, type MapiRequest, type MapiResponse, type Transport } from './transport'

/** Options of the transport over undici. */
export interface UndiciTransportOptions {
  /**
   * Maximum number of connections to one address.
   *
   * @default unlimited: one per request in flight
   */
  connections?: number | undefined
  /**
   * Deadline of one attempt, from the connection to the last byte of the response, in milliseconds.
   *
   * @default 10000
   */
  timeoutMs?: number
}

/**
 * Transport over undici, for many events at once, at half the processor time of a host's request. One request is one
 * attempt.
 *
 * @throws UnavailableError if there is no response; undici's own error may hold the request, and with it the token
 */
export const undiciTransport = ({
  connections,
  timeoutMs = 10_000
}: UndiciTransportOptions = {}): Transport => {
  const connect = buildConnector({ timeout: timeoutMs })
  const agent = new Agent({
    ...(connections !== undefined && { connections }),
    connect: (options, callback) => {
      connect(options, (...[error, socket]) => {
        if (error) callback(error, null)
        else callback(null, skipContinue(socket))
      })
    },
    // The deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0
  })
  return async (request) => {
    const exchange = new Exchange()
    const deadline = setTimeout(() => {
      exchange.giveUp({
        message: `no complete response within ${timeoutMs} ms`,
        code: 'ETIMEDOUT',
        isSent: exchange.isStarted
      })
    }, timeoutMs)
    try {
      return await exchange.send(agent, request)
    } catch (error) {
      throw toNoResponseError(request, exchange.givenUp ?? toFailure(error))
    } finally {
      clearTimeout(deadline)
    }
  }
}

/** The message and code of what undici threw. If every address of a host failed, there is a code and no message. */
const toFailure = (error: unknown): NetworkFailure => {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : undefined
  return { message: toMessage(error) || (code ?? 'unknown'), ...(code !== undefined && { code }) }
}

const utf8 = new TextDecoder()

/** One request and its response, collected without undici's stream, which takes half as long again. */
class Exchange {
  /** True once undici writes the request. */
  isStarted = false
  /** Reason for which this side ended the exchange. */
  givenUp: NetworkFailure | undefined
  #controller: Dispatcher.DispatchController | undefined
  #reject: (error: Error) => void = () => undefined

  send(agent: Agent, request: MapiRequest): Promise<MapiResponse> {
    return new Promise((resolve, reject) => {
      let status = 0
      let headers: IncomingHttpHeaders = {}
      let bytes = 0
      const chunks: Buffer[] = []
      this.#reject = reject
      agent.dispatch(
        { ...splitUrl(request.url), method: request.method, ...encode(request) },
        {
          onRequestStart: (controller) => {
            this.#controller = controller
            // A request that waited for a connection until its deadline is not sent.
            if (this.givenUp) controller.abort(toError(this.givenUp))
            else this.isStarted = true
          },
          // Also called for interim responses, before the final one.
          onResponseStart: (_controller, statusCode, itsHeaders) => {
            status = statusCode
            headers = itsHeaders
          },
          onRequestUpgrade: () => {
            this.giveUp(GIVEN_UP.upgrade)
          },
          onResponseData: (_controller, chunk) => {
            bytes += chunk.length
            if (bytes > MAX_RESPONSE_BYTES) this.giveUp(GIVEN_UP.tooLong)
            else chunks.push(chunk)
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
  }

  /** Ends the exchange and its connection. */
  giveUp(failure: NetworkFailure): void {
    this.givenUp ??= failure
    this.#reject(toError(failure))
    this.#controller?.abort(toError(failure))
  }
}

const toError = ({ message, code }: NetworkFailure) => Object.assign(new Error(message), { code })

/** Splits a URL into origin and path, which is cheaper than parsing it for each event. */
const splitUrl = (url: string) => {
  const end = url.indexOf('/', url.indexOf('//') + 2)
  return { origin: url.slice(0, end), path: url.slice(end) }
}
