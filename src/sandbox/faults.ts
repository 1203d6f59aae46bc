import type { HttpAnswer } from './http'

/** What the sandbox does with a call in place of what MAPI would do. */
export type Fault =
  /** Answers with a status, without processing the call. The body is sent as JSON, or as it is where it is a string. */
  | { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }
  /** Answers with a gateway's HTML page and this status, without processing the call. */
  | { html: number }
  /** Closes the connection, before or after it has processed the call. */
  | { drop: 'before' | 'after' }
  /** Processes the call, and closes the connection in the middle of the answer's body. */
  | { cutShort: true }
  /** Answers this many milliseconds late. */
  | { latencyMs: number }

/** Which calls a fault is for. */
export interface FaultScope {
  /** Calls of this path only, such as `/v1/event/purchase`. Default: all. */
  path?: string
  /** This many calls, the next ones. Default: until undone. */
  times?: number
  /** This share of the calls, from 0 to 1. Default: 1. */
  share?: number
}

/** All that goes wrong with one call. */
export interface FaultEffect {
  latencyMs: number
  drop?: 'before' | 'after'
  cutShort?: boolean
  /** The answer in place of MAPI's. */
  answer?: HttpAnswer
}

/** The faults that are in force. */
export class Faults {
  readonly #active = new Set<{ effect: Partial<FaultEffect>; scope: FaultScope; left: number }>()
  readonly #random: () => number

  /** @param random gives numbers from 0 up to 1, which shares go by */
  constructor(random: () => number) {
    this.#random = random
  }

  /**
   * Puts one in force; the function that it gives undoes that.
   *
   * @throws RangeError for a status that is no answer's
   */
  add(fault: Fault, scope: FaultScope = {}): () => void {
    const entry = { effect: toDeviation(fault), scope, left: scope.times ?? Infinity }
    if (entry.left > 0) this.#active.add(entry)
    return () => void this.#active.delete(entry)
  }

  /** What goes wrong with a call of this path, which counts as one for each fault that hits it. */
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

const toDeviation = (fault: Fault): Partial<FaultEffect> => {
  if ('html' in fault) {
    const status = checkStatus(fault.html)
    const text = `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
    return { answer: { status, text, headers: { 'content-type': 'text/html' } } }
  }
  if (!('status' in fault)) return fault
  const { body = {}, headers = {} } = fault
  const status = checkStatus(fault.status)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { answer: { status, text, headers: { 'content-type': 'application/json', ...headers } } }
}

const checkStatus = (status: number) => {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new RangeError(`A status is a whole number from 200 to 599, and not ${status}.`)
}
