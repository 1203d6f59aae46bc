import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from './mapi'

/** A response as it goes over the wire. */
export interface HttpResponse {
  status: number
  text: string
  headers?: Readonly<Record<string, string>>
}

/** Maximum size of a body. MAPI's own come nowhere near it. */
const MAX_BODY_BYTES = 1024 * 1024

/** Reads a call, and nothing of a body that is too large. */
export const readCall = async (request: IncomingMessage): Promise<Call> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  const { pathname, searchParams } = new URL(`http://sandbox${request.url ?? '/'}`)
  return {
    method: request.method ?? 'GET',
    path: pathname,
    query: Object.fromEntries(searchParams),
    authorization: request.headers.authorization,
    text: bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined
  }
}

/** Sends a response, or half of it before the connection is closed. */
export const sendResponse = (
  response: ServerResponse,
  { status, text, headers }: HttpResponse,
  cutShort = false
): void => {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-length': body.length, ...headers })
  if (cutShort) response.write(body.subarray(0, body.length / 2), () => response.destroy())
  else response.end(body)
}
