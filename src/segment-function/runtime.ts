/**
 * The globals of a Segment function that this one uses, all of them documented by Segment. No timer, no `URL` and no
 * global of Node is among them.
 */

/** The parts of node-fetch 2's response that are read. */
interface FetchResponse {
  readonly status: number
  readonly headers: { readonly get: (name: string) => string | null }
  readonly text: () => Promise<string>
}

/** The options of node-fetch 2 that are used. */
interface FetchOptions {
  method: string
  headers: Record<string, string>
  body?: string
  /** Deadline of the response, and again of its body, in milliseconds. */
  timeout: number
  /** Maximum size of the response, in bytes. */
  size: number
  redirect: 'manual'
  compress: false
}

type SegmentError = new (message: string) => Error

declare const EventNotSupported: SegmentError
declare const InvalidEventPayload: SegmentError
declare const ValidationError: SegmentError
declare const RetryError: SegmentError
declare const fetch: (url: string, options: FetchOptions) => Promise<FetchResponse>
declare const console: { log: (line: string) => void }

/** Sends a request over the function's node-fetch. */
export const send = (url: string, options: FetchOptions): Promise<FetchResponse> => fetch(url, options)

/** Writes a line to the function's log, which members of the workspace can read. */
export const log = (line: string): void => {
  console.log(line)
}

/** Reason of a failure, as far as Segment tells them apart. Only `retry` makes it call the handler again. */
export type FailureKind = 'retry' | 'settings' | 'event' | 'unsupported'

/** Creates the error for a failure. */
export const toSegmentError = (kind: FailureKind, message: string): Error => {
  switch (kind) {
    case 'retry':
      return new RetryError(message)
    case 'settings':
      return new ValidationError(message)
    case 'event':
      return new InvalidEventPayload(message)
    case 'unsupported':
      return new EventNotSupported(message)
  }
}
