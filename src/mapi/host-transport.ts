import type { JSONObject, RequestClient } from '@segment/actions-core'
import { parseBody, type Transport } from './transport'

/**
 * A transport over the `request` that a host hands to `perform`, so that the host sees and instruments every call.
 * The host bounds the time. What its request throws comes back as the same error, only without the request that
 * actions-core attaches to a time-out: that one carries the credentials.
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
  if (typeof error === 'object' && error !== null) {
    Reflect.deleteProperty(error, 'request')
    Reflect.deleteProperty(error, 'options')
  }
  return error
}
