import type { Repeat } from '../repeat'

/** A JSON value, as `JSON.parse` gives it. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** One HTTP request to MAPI. */
export interface MapiRequest {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers: Record<string, string>
  /** The body, sent as JSON. */
  json?: object
  /** `authorization` asks for a token; everything else is a `call`. */
  phase: 'authorization' | 'call'
  /** Repeat class, for a transport that retries by itself. */
  repeat: Repeat
  /** Statuses to retry besides 408, 423, 429 and 5xx. */
  retryStatuses?: readonly number[]
}

/** A response of any status. */
export interface MapiResponse {
  status: number
  /** Reads a header by its lower-case name. */
  header: (name: string) => string | undefined
  /** The parsed JSON of the body, or its text if it is not JSON. */
  body: Json
}

/**
 * The seam to the network: sends a request and resolves with the response, also with a 4xx or 5xx. It does not follow
 * redirects, since a POST that became a GET would look delivered, and asks for no content encoding. It rejects if
 * there is no response, or one of more than `MAX_RESPONSE_BYTES`.
 */
export type Transport = (request: MapiRequest) => Promise<MapiResponse>

/** Maximum size of a response, in bytes. MAPI's pages hold a few hundred rows. */
export const MAX_RESPONSE_BYTES = 1024 * 1024

/** Parses a body; one that is not JSON, such as a gateway's HTML, stays text. */
export const parseBody = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
