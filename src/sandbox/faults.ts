import type { HttpResponse } from './http'

/** Something that goes wrong with a call. */
export type Fault =
  /** Responds with a status and does not process the call. The body is sent as JSON, or as it is if it is text. */
  | { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }
  /** Responds with a gateway's HTML page and this status, and does not process the call. */
  | { html: number }
  /** Closes the connection before or after it has processed the call. */
  | { drop: 'before' | 'after' }
  /** Processes the call, and closes the connection in the middle of the response's body. */
  | { cutShort: true }
  /** Delays the response by this many milliseconds. */
  | { latencyMs: number }

/** Calls that a fault hits. */
export interface FaultScope {
  /**
   * Path of the calls, such as `/v1/event/purchase`.
   *
   * @default every path
   */
  path?: string
  /**
   * Number of calls, the next ones.
   *
   * @default no limit
   */
  times?: number
  /**
   * Share of the calls, from 0 to 1.
   *
   * @default 1
   */
  share?: number
}

/** Everything that goes wrong with one call. */
export interface FaultEffect {
  latencyMs: number
  drop?: 'before' | 'after'
  cutShort?: boolean
  /** Response in place of MAPI's. */
  response?: HttpResponse
}

/** The active faults. */
export class Faults {
  readonly #active = new Set<{ effect: Partial<FaultEffect>; scope: FaultScope; left: number }>()
  readonly #random: () => number

  /** @param random gives numbers from 0 up to 1, which decide shares */
  constructor(random: () => number) {
    this.#random = random
  }

  /**
   * Activates a fault.
   *
   * @returns a function that removes it
   * @throws RangeError for a status that is not one of a response
   */
  add(fault: Fault, scope: FaultScope = {}): () => void {
    const entry = { effect: toEffect(fault), scope, left: scope.times ?? Infinity }
    if (entry.left > 0) this.#active.add(entry)
    return () => void this.#active.delete(entry)
  }

  /** Gives the effect on the next call of a path, and counts it for each fault that hits it. */
  next(path: string): FaultEffect {
    const all: FaultEffect = { latencyMs: 0 }
    for (const entry of this.#active) {
      const { path: only = path, share = 1 } = entry.scope
      if (only !== path || this.#random() >= share) continue
      const { latencyMs = 0, ...rest } = entry.effect
      Object.assign(all, rest, { latencyMs: all.latencyMs + latencyMs })
      entry.left -= 1
      if (entry.left <= 0) this.#active.delete(entry)
    }
    return all
  }
}

const toEffect = (fault: Fault): Partial<FaultEffect> => {
  if ('html' in fault) {
    const status = checkStatus(fault.html)
    const text = `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
    return { response: { status, text, headers: { 'content-type': 'text/html' } } }
  }
  if (!('status' in fault)) return fault
  const { body = {}, headers = {} } = fault
  const status = checkStatus(fault.status)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { response: { status, text, headers: { 'content-type': 'application/json', ...headers } } }
}

const checkStatus = (status: number) => {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new RangeError(`Invalid status ${status}: expected an integer from 200 to 599.`)
}
