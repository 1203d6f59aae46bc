import type { RequestClient, RequestOptions } from '@segment/actions-core'
import {
  MAX_RESPONSE_BYTES,
  type Json,
  type MapiResponse,
  parseBody,
  type Transport
} from '../mapi/transports/transport'
import { isRecord } from '../values'

/** Options that actions-core hands on to node-fetch and does not declare. Other hosts ignore them. */
const NODE_FETCH_OPTIONS = { size: MAX_RESPONSE_BYTES, compress: false }

/** Token of a host's test mode. It is sent nowhere. */
const TEST_MODE_TOKEN = 'host-test-mode'

/**
 * Transport over the `request` that a host gives to `perform`, so that the host sees and instruments every call. The
 * host sets the timeout. Its errors come back as the same objects, without the requests that actions-core attaches to
 * them, since those hold the credentials.
 */
export const hostTransport =
  (request: RequestClient): Transport =>
  async ({ url, method, headers, json, phase }) => {
    const options: RequestOptions = {
      ...NODE_FETCH_OPTIONS,
      method,
      headers: isOfTestMode(headers) ? {} : headers,
      ...(json !== undefined && { json }),
      throwHttpErrors: false,
      skipResponseCloning: true,
      redirect: 'manual'
    }
    const response = await request(url, options).catch((error: unknown) => {
      throw withoutRequest(error)
    })
    const { status, data, content } = response
    const answer: MapiResponse = {
      status,
      header: (name) => response.headers.get(name) ?? undefined,
      // A host parses JSON only if the content type says so; MAPI's may be wrong or missing.
      body: typeof data === 'object' && data !== null ? (data as Json) : parseBody(content)
    }
    return phase === 'authorization' && isTestMode(answer) ? { ...answer, body: TEST_AUTHORIZATION } : answer
  }

/** Authorization whose token is not kept, since it has expired. */
const TEST_AUTHORIZATION = { token: TEST_MODE_TOKEN, expires: new Date(0).toISOString() }

/**
 * PostHog's test mode answers every POST with `{"status":"OK", …}` and sends nothing. The event then goes without a
 * token, so that the tester sees its body; should MAPI itself receive it, its 401 leads to a proper authorization.
 */
const isTestMode = ({ body }: MapiResponse) => isRecord(body) && body.status === 'OK' && !('token' in body)

const isOfTestMode = ({ Authorization = '' }: Record<string, string>) =>
  Authorization === `Bearer ${TEST_MODE_TOKEN}`

const withoutRequest = (error: unknown): unknown => {
  for (const holder of isRecord(error) ? [error, error.response] : []) {
    if (!isRecord(holder)) continue
    Reflect.deleteProperty(holder, 'request')
    Reflect.deleteProperty(holder, 'options')
  }
  return error
}
