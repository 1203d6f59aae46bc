/** Requests and responses of the transports over Node's HTTP. */
import type { IncomingHttpHeaders } from 'node:http'
import { MAX_RESPONSE_BYTES, type MapiRequest, type MapiResponse, parseBody } from './transports/transport'

/** Headers and body text of a request. */
export const encode = ({ headers, json }: MapiRequest): { headers: MapiRequest['headers']; body?: string } =>
  json === undefined
    ? { headers }
    : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(json) }

/** Builds a response from its parts. */
export const toResponse = (status: number, headers: IncomingHttpHeaders, text: string): MapiResponse => ({
  status,
  header: (name) => [headers[name]].flat()[0],
  body: parseBody(text)
})

/** Reasons for which a transport gives up a response. */
export const GIVEN_UP = {
  tooLong: {
    message: `the response is larger than ${MAX_RESPONSE_BYTES / 1024} KiB`,
    code: 'RESPONSE_TOO_LARGE'
  },
  upgrade: { message: 'the response is 101 Switching Protocols, which nobody asked for', code: 'UPGRADE' }
} as const
