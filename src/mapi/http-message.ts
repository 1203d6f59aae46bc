/** What the transports have in common that go over a client of Node's, and not over a host's request. */
import type { IncomingHttpHeaders } from 'node:http'
import { requestLabel } from './errors'
import { toOneLine } from '../messages'
import { type MapiRequest, type MapiResponse, parseBody } from './transports/transport'

/** What to send for a request: its headers, and its JSON as text. */
export const encode = ({ headers, json }: MapiRequest): { headers: MapiRequest['headers']; body?: string } =>
  json === undefined
    ? { headers }
    : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(json) }

/** A response, of what came back. */
export const toResponse = (status: number, headers: IncomingHttpHeaders, text: string): MapiResponse => ({
  status,
  header: (name) => [headers[name]].flat()[0],
  body: parseBody(text)
})

/** `Friendbuy MAPI did not answer POST /v1/customer: connect ECONNREFUSED` */
export const describeNoAnswer = (request: MapiRequest, words: string): string =>
  `Friendbuy MAPI did not answer ${requestLabel(request)}: ${toOneLine(words)}`
