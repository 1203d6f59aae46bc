import { WebhookError } from './webhook-error'
import type { SignedRequest } from './signature'

/** Options of every handler. */
export interface HandlerOptions {
  /**
   * Called with the reason of each response that is not a 200: a `WebhookError`, or what your own function threw. A
   * rejection of it changes nothing.
   *
   * @default console.error
   */
  onError?: (error: unknown) => unknown
}

/** Maximum size of a body, 1 MiB. */
const MAX_BODY_BYTES = 1024 * 1024

/** Refusal for a reason other than the signature, with its HTTP status. */
export class RequestError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The two steps of a handler. */
interface Steps<Subject> extends HandlerOptions {
  /** Verifies and parses a request. Its errors are refusals. */
  read: (request: SignedRequest) => Promise<Subject>
  /** Does the shop's work and makes the response. All of its errors become a 500. */
  work: (subject: Subject, report: (error: unknown) => Promise<void>) => Promise<Response>
}

/** Makes a handler that always resolves: each error becomes a response. */
export const createRequestHandler = <Subject>({
  onError = logError,
  read,
  work
}: Steps<Subject>): ((request: Request) => Promise<Response>) => {
  const report = async (error: unknown) => {
    try {
      await onError(error)
    } catch {
      // The response must not depend on a logger.
    }
  }
  return async (request) => {
    let subject
    try {
      if (request.method !== 'POST') throw new RequestError(405, 'Friendbuy sends POST requests only.')
      subject = await read({ body: await readBody(request), headers: request.headers })
    } catch (error) {
      await report(error)
      return toRefusal(error)
    }
    try {
      return await work(subject, report)
    } catch (error) {
      await report(error)
      return new Response(null, { status: 500 })
    }
  }
}

/** @throws RequestError if the body is too large, or was read before */
const readBody = async ({ headers, body, bodyUsed }: Request): Promise<Uint8Array> => {
  if (bodyUsed)
    throw new RequestError(500, 'The body was read before the webhook handler: pass it on unread.')
  const parts: Uint8Array[] = []
  let size = 0
  const add = (bytes: number) => {
    size += bytes
    if (size > MAX_BODY_BYTES) throw new RequestError(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`)
  }
  add(Number(headers.get('content-length')))
  size = 0
  const reader = body?.getReader()
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      add(part.value.length)
      parts.push(part.value)
    }
  } catch (error) {
    // Nobody waits for the rest, nor for its errors.
    reader?.cancel().catch(() => undefined)
    throw error
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The response to a request that could not be read. Only words of this package go into it. */
const toRefusal = (error: unknown): Response => {
  if (error instanceof RequestError) {
    const headers = error.status === 405 ? { allow: 'POST' } : undefined
    return new Response(error.message, { status: error.status, headers })
  }
  if (error instanceof WebhookError) {
    return new Response(error.message, { status: error.code === 'unreadable' ? 422 : 401 })
  }
  return new Response(null, { status: 500 })
}

const logError = (error: unknown) => {
  // eslint-disable-next-line no-console -- a framework logs what its handlers throw, and gets nothing of these
  console.error('Friendbuy request refused or failed:', error)
}
