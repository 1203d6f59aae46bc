import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from './mapi'

/** An answer as it goes over the wire. */
export interface HttpAnswer {
  status: number
  text: string
  headers?: Readonly<Record<string, string>>
}

/** No body of MAPI's comes near this. */
const MAX_BODY_BYTES = 1024 * 1024

/** Reads a call; of a body that is too large, nothing is kept. */
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

/** Sends an answer, or half of it, after which the connection is closed. */
export const sendAnswer = (
  response: ServerResponse,
  { status, text, headers }: HttpAnswer,
  cutShort = false
): void => {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-length': body.length, ...headers })
  if (cutShort) response.write(body.subarray(0, body.length / 2), () => response.destroy())
  else response.end(body)
}
