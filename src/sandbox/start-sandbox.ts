import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Fault, Faults, type FaultScope } from './faults'
import { createHostCheck } from './host-check'
import { type HttpResponse, readCall, sendResponse } from './http'
import { type Call, DEFAULT_KEEP, type Reply, SandboxMapi, type SandboxMapiOptions } from './mapi'
import { type SandboxRecord, toRecord } from './records'
import { RingBuffer } from './ring-buffer'
import type { Simulation } from './simulation'
import { type SandboxWebhooks, type SentWebhook, WebhookSender } from './webhook-sender'

/** Options of a sandbox. */
export interface SandboxOptions extends SandboxMapiOptions {
  /**
   * Port to listen on.
   *
   * @default 0, a free one
   */
  port?: number
  /**
   * Address to listen on. Most others than the default can be reached from other machines.
   *
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * Receiver of webhooks about rewards, email captures and opt-outs.
   *
   * @default none
   */
  webhooks?: SandboxWebhooks
  /**
   * Source of numbers from 0 up to 1, which decide the shares of faults.
   *
   * @default Math.random
   */
  random?: () => number
  /**
   * Receives the record of each call.
   *
   * @default none
   */
  onCall?: (record: SandboxRecord) => void
}

/** A running sandbox. */
export interface Sandbox {
  /** Address of the sandbox, for `mapiUrl`. */
  readonly url: string
  /** The latest calls, the oldest first. */
  readonly records: readonly SandboxRecord[]
  /** The latest webhooks, the oldest first; none without the option `webhooks`. */
  readonly sentWebhooks: readonly SentWebhook[]
  /**
   * Makes calls fail. Several faults may hit one call: their delays add up, and the latest response wins.
   *
   * @returns a function that removes the fault
   * @throws RangeError for a status that is not one of a response
   * @example
   * sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase', times: 1 })
   */
  injectFault: (fault: Fault, scope?: FaultScope) => () => void
  /**
   * Makes something happen that is outside MAPI: a click, a share, an email, a blocked code.
   *
   * @param merchant name of the merchant, as `merchantOf` gives it; may be missing if only one has authorized
   * @throws RangeError if no merchant or several could be meant, or for a referral code that no link has
   * @example
   * sandbox.simulate({ type: 'click', referralCode: 'ada' })
   */
  simulate: (simulation: Simulation, merchant?: string) => void
  /** Revokes the tokens of one merchant, as `merchantOf` names it, or of all: their next call gets a 401. */
  revokeTokens: (merchant?: string) => void
  /** Stops the sandbox and closes its connections. */
  close: () => Promise<void>
}

/**
 * Starts an embedded MAPI: real HTTP on this machine, MAPI's contract, and any fault on demand.
 *
 * @throws Error of the socket, such as one with the code EADDRINUSE
 * @throws TypeError for webhooks with an invalid address, key or pause
 *
 * @example
 * const sandbox = await startSandbox()
 * const mapi = createMapiClient({ key: 'any', secret: 'any', mapiUrl: sandbox.url })
 */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const { port = 0, host = '127.0.0.1', keep = DEFAULT_KEEP, random = Math.random, onCall } = options
  const sender = options.webhooks && new WebhookSender(options.webhooks, keep)
  const mapi = new SandboxMapi(options, sender)
  const records = new RingBuffer<SandboxRecord>(keep)
  const faults = new Faults(random)
  const isLocal = createHostCheck(host)

  const record = (call: Call, reply: Partial<Reply>) => {
    const made = toRecord(call, reply)
    records.push(made)
    onCall?.(made)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const call = await readCall(request)
    if (!isLocal(request.headers)) {
      sendResponse(response, FOREIGN_HOST)
      return
    }
    const { latencyMs, drop, cutShort, response: fault } = faults.next(call.path)
    if (latencyMs > 0) await delay(latencyMs, undefined, { ref: false })
    if (drop === 'before' || !server.listening) {
      record(call, {})
      request.socket.destroy()
      return
    }
    const reply = fault ?? mapi.reply(call)
    record(call, reply)
    if (drop === 'after') request.socket.destroy()
    else sendResponse(response, 'text' in reply ? reply : toResponse(reply), cutShort)
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
    get sentWebhooks() {
      return sender?.sent ?? []
    },
    injectFault: (fault, scope) => faults.add(fault, scope),
    simulate: (simulation, merchant) => {
      mapi.simulate(simulation, merchant)
    },
    revokeTokens: (merchant) => {
      mapi.revokeTokens(merchant)
    },
    close: () =>
      new Promise((resolve) => {
        sender?.close()
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      })
  }
}

/** Response to a web page that has found its way here. Nothing of its call is recorded. */
const FOREIGN_HOST: HttpResponse = {
  status: 403,
  text: '{"message":"The sandbox answers calls to this machine only: Host or Origin is foreign."}',
  headers: { 'content-type': 'application/json' }
}

const toResponse = ({ status, body, retryAfterSeconds }: Reply): HttpResponse => ({
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
