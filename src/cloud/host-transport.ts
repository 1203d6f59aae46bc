import type { JSONObject, RequestClient } from '@segment/actions-core'
import { isRecord } from '../values'
import { parseBody, type Transport } from '../mapi/transports/transport'

/**
 * A transport over the `request` that a host hands to `perform`, so that the host sees and instruments every call.
 * The host bounds the time. What its request throws comes back as the same error, only without the requests that
 * actions-core attaches to its errors: those carry the credentials.
 */
export const hostTransport =
  (request: RequestClient): Transport =>
  async ({ url, ...options }) => {
    const response = await request(url, {
      ...options,
      throwHttpErrors: false,
      skipResponseCloning: true,
      redirect: 'manual'
    }).catch((error: unknown) => {
      throw withoutRequest(error)
    })
    const { data, content } = response
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      // A host parses JSON where the content type says so; MAPI's may be wrong or missing.
      body: typeof data === 'object' && data !== null ? (data as JSONObject) : parseBody(content)
    }
  }

const withoutRequest = (error: unknown): unknown => {
  for (const holder of isRecord(error) ? [error, error.response] : []) {
    if (!isRecord(holder)) continue
    Reflect.deleteProperty(holder, 'request')
    Reflect.deleteProperty(holder, 'options')
  }
  return error
}
