import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type HttpAnswer, readCall, sendAnswer } from './http'
import { type Call, type Reply, SandboxMapi, type SandboxMapiOptions } from './mapi'
import { type Fault, Faults, type FaultScope } from './faults'
import { RingBuffer } from './ring-buffer'
import { type SandboxRecord, toRecord } from './records'

/** How a sandbox is started. */
export interface SandboxOptions extends Partial<SandboxMapiOptions> {
  /** The port to listen on. Default: 0, which takes a free one. */
  port?: number
  /** The address to listen on. Default: 127.0.0.1; most others can be reached from outside this machine. */
  host?: string
  /** Gives numbers from 0 up to 1, which the shares of faults go by. Default: Math.random. */
  random?: () => number
  /** Is told of each call. */
  onCall?: (record: SandboxRecord) => void
}

/** A running sandbox. */
export interface Sandbox {
  /** Its address, to be used as `mapiUrl`. */
  readonly url: string
  /** The calls so far, the oldest first; the latest of them, where there are more than are kept. */
  readonly records: readonly SandboxRecord[]
  /**
   * Makes it injectFault; the function that this gives undoes it. Several may hit one call: their delays add up, and of
   * several answers the latest is given.
   *
   * @throws RangeError for a status that is no answer's
   */
  injectFault: (fault: Fault, scope?: FaultScope) => () => void
  /** Revokes the tokens of one merchant, as `merchantOf` names them, or of all: their next call gets a 401. */
  revokeTokens: (merchant?: string) => void
  /** Stops it, open connections included. */
  close: () => Promise<void>
}

/** How much a sandbox keeps where nothing else is said: the calls of a long test. */
const DEFAULT_KEEP = 100_000

/**
 * Starts an embedded MAPI: real HTTP on this machine, MAPI's contract, and any fault on demand.
 *
 * @throws what listening throws, such as an error with the code EADDRINUSE
 */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const { port = 0, host = '127.0.0.1', keep = DEFAULT_KEEP, random = Math.random, onCall } = options
  const mapi = new SandboxMapi({ ...options, keep })
  const records = new RingBuffer<SandboxRecord>(keep)
  const faults = new Faults(random)

  const record = (call: Call, reply: Partial<Reply>) => {
    const made = toRecord(call, reply)
    records.push(made)
    onCall?.(made)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const call = await readCall(request)
    const { latencyMs, drop, cutShort, answer } = faults.next(call.path)
    if (latencyMs > 0) await delay(latencyMs, undefined, { ref: false })
    if (drop === 'before' || !server.listening) {
      record(call, {})
      request.socket.destroy()
      return
    }
    const reply = answer ?? mapi.reply(call)
    record(call, reply)
    if (drop === 'after') request.socket.destroy()
    else sendAnswer(response, 'text' in reply ? reply : toAnswer(reply), cutShort)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    get records() {
      return records.items()
    },
    injectFault: (fault, scope) => faults.add(fault, scope),
    revokeTokens: (merchant) => {
      mapi.revokeTokens(merchant)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      })
  }
}

const toAnswer = ({ status, body, retryAfterSeconds }: Reply): HttpAnswer => ({
  status,
  text: JSON.stringify(body),
  headers: {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) })
  }
})

const portOf = (server: Server) => {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
