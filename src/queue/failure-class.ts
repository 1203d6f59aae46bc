/** Kinds of failures: a bounded set, for counters. */
export type FailureKind =
  /** The event is invalid: refused before a call, or by MAPI with 400 or 422. */
  | 'invalid_event'
  /** MAPI refuses the call with another 4xx. */
  | 'refused'
  /** MAPI refuses the merchant's credentials. */
  | 'unauthorized'
  /** MAPI limits the merchant's calls (429). */
  | 'rate_limited'
  /** MAPI cannot respond now (408, 423, 5xx). */
  | 'unavailable'
  /** MAPI did not respond. */
  | 'no_response'
  /** The merchant is paused: the event was not attempted. */
  | 'merchant_paused'
  /** No merchant has the event's ID. */
  | 'merchant_unknown'
  /** The merchant could not be resolved, or its subscriptions are invalid. */
  | 'merchant_unresolved'

/** Class of a failure. */
export interface FailureClass {
  kind: FailureKind
  /** HTTP status; missing without one. */
  httpStatus?: number
}

/** Classifies a failed delivery by its status. */
export const toFailureClass = ({
  status,
  isUnauthorized
}: {
  status?: number
  isUnauthorized?: true
}): FailureClass => ({
  kind: isUnauthorized ? 'unauthorized' : toKind(status),
  ...(status !== undefined && { httpStatus: status })
})

/** Class of a status, such as `5xx`; `none` without a status. */
export const toStatusClass = (status: number | undefined): string =>
  status === undefined ? 'none' : `${Math.floor(status / 100)}xx`

const toKind = (status: number | undefined): FailureKind => {
  if (status === undefined) return 'no_response'
  if (status === 400 || status === 422) return 'invalid_event'
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 429) return 'rate_limited'
  return status >= 500 || status === 408 || status === 423 ? 'unavailable' : 'refused'
}
