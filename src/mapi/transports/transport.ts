import type { JSONValue } from '@segment/actions-core'

/** One HTTP request to MAPI, ready to go. */
export interface MapiRequest {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers: Record<string, string>
  /** The body, sent as JSON. */
  json?: object
}

/** What came back, whatever the status. */
export interface MapiResponse {
  status: number
  /** A header by its name in lower case, or nothing. */
  header: (name: string) => string | undefined
  /** The JSON of the body, or its text where it is no JSON. */
  body: JSONValue
}

/**
 * The one seam to the network: sends a request and resolves with the response, also with a 4xx or 5xx. It does
 * not follow redirects, for a POST that became a GET would look delivered. It rejects where there is no response.
 */
export type Transport = (request: MapiRequest) => Promise<MapiResponse>

/** The JSON of a body, or the text itself: a gateway in between may answer HTML. */
export const parseBody = (text: string): JSONValue => {
  try {
    return JSON.parse(text) as JSONValue
  } catch {
    return text
  }
}
