import type { Fault as SandboxFault } from '../../src/sandbox'
import type { RelayFault } from '../support/relay'

/** A caller's view of an event: delivered, or its failure. */
export type Seen = 'delivered' | Failure

/** A failed event: an error, or in a batch a status without one. */
export interface Failure {
  /** The class of the error. */
  error?: string
  status?: number
  /** The code of the error, or the errortype in a batch. */
  code?: string
  retryAfterMs?: number
  /** The message, with MAPI in place of its address. */
  message: string
}

/** Requests that reach MAPI. */
export interface Reach {
  authorizations: number
  calls: number
}

/** Fault and its cause. */
export interface Fault {
  title: string
  /** The sandbox's fault, for the merchant's secret. */
  fault?: (secret: string) => SandboxFault
  /** Number of calls that it hits. @default unlimited */
  times?: number
  /** Fault on the way to the sandbox, for the paths that it hits. */
  relay?: (paths: readonly string[]) => RelayFault
  /** True if nobody listens at MAPI's address. */
  isGone?: true
  /** Timeout that is too short for any response, in milliseconds. */
  timeoutMs?: number
}

/** Row of a table: a fault and the outcome of the events that meet it. */
export interface Row {
  fault: Fault
  /** The destination's reaction. */
  does: string
  sees: { perform: Seen; performBatch: Seen; client: Seen }
  /** True if the event should be retried; missing if it is delivered. */
  tryAgain?: boolean
  reaches: { host: Reach; client: Reach }
  /** Number of events that MAPI records. */
  recorded: number
}

export const CALL = '/v1/event/purchase'
export const AUTHORIZATION = '/v1/authorization'

/** Number of events that wait for an authorization that fails, or meet a revoked token. */
export const WAITING = 3

/** Timeout that a late response exceeds, in milliseconds. */
const SHORT_TIMEOUT_MS = 50
const TOO_LATE_MS = 100

/** Timeout for any response of the sandbox, also on a busy machine, in milliseconds. */
const PATIENT_TIMEOUT_MS = 300

const answering = (title: string, status: number, headers?: Record<string, string>): Fault => ({
  title,
  fault: (secret) => ({
    status,
    // It repeats what it should not.
    body: { message: `no to ${secret}`, reference: 'r-1' },
    headers: headers ?? {}
  })
})

const retryDate = () => new Date(Date.now() + 60_000).toUTCString()

/** The faults, one by one. */
export const faults = {
  refused: { title: 'Connection refused', isGone: true },
  reset: {
    title: 'Connection reset before MAPI read the request',
    relay: (paths) => ({ resetOn: paths.map((path) => `POST ${path} `) })
  },
  closedBefore: {
    title: 'Connection closed after MAPI read the request, before it handled it',
    fault: () => ({ drop: 'before' })
  },
  closedAfter: {
    title: 'Connection closed after MAPI handled the call',
    fault: () => ({ drop: 'after' })
  },
  late: {
    title: 'No response in time, although MAPI handles the call',
    fault: () => ({ latencyMs: TOO_LATE_MS }),
    timeoutMs: SHORT_TIMEOUT_MS
  },
  cutShort: {
    title: 'Response cut short in its body',
    fault: () => ({ cutShort: true }),
    timeoutMs: PATIENT_TIMEOUT_MS
  },
  slow: { title: 'Slow response, in time', fault: () => ({ latencyMs: TOO_LATE_MS }) },
  wrongType: {
    title: 'JSON under the wrong content type',
    relay: () => ({ rewrite: (answer) => answer.replace('application/json', 'text/html') })
  },
  emptyOk: { title: '200 without a body', fault: () => ({ status: 200, body: '' }) },
  htmlOk: { title: "200 with a proxy's HTML page", fault: () => ({ html: 200 }) },
  status400: answering('400', 400),
  status401: answering('401, every time', 401),
  status401Once: { ...answering('401, once', 401), times: 1 },
  status403: answering('403', 403),
  status404: answering('404', 404),
  status408: answering('408', 408),
  status409: answering('409', 409),
  status422: answering('422', 422),
  status423: answering('423', 423),
  status429: answering('429', 429),
  status429Seconds: answering('429 with `Retry-After: 7`', 429, { 'retry-after': '7' }),
  status429Date: {
    title: '429 with a `Retry-After` of the date in a minute',
    fault: () => ({ status: 429, headers: { 'retry-after': retryDate() } })
  },
  status500: answering('500', 500),
  html502: { title: "502 with a gateway's HTML page", fault: () => ({ html: 502 }) },
  status503: answering('503', 503)
} as const satisfies Record<string, Fault>

const everywhere = (reach: Reach) => ({ host: reach, client: reach })

/** The client's class and code for each class of actions-core. */
const clientErrors: Readonly<Record<string, { error: string; code?: string }>> = {
  PayloadValidationError: { error: 'InvalidRequestError', code: 'INVALID_REQUEST' },
  InvalidAuthenticationError: { error: 'AuthenticationError', code: 'AUTHENTICATION_FAILED' },
  RetryableError: { error: 'UnavailableError', code: 'UNAVAILABLE' }
}

/** Callers' view of a response: one error, which a batch gives as status and errortype, and the client as its own. */
const seesError = (failure: Failure): Row['sees'] => {
  const { status, code, message, error = '' } = failure
  return {
    perform: failure,
    performBatch: { status, code, message },
    client: { ...failure, ...(clientErrors[error] ?? { error: 'MapiError', code: `HTTP_${status}` }) }
  }
}

/** Callers' view of a missing response: the error of the host's own request, or the client's UnavailableError. */
const seesNoAnswer = (
  path: string,
  host: Omit<Failure, 'status'>,
  client: { status: number; code: string; message: string }
): Row['sees'] => ({
  perform: host,
  performBatch: { status: 500, code: 'INTERNAL_SERVER_ERROR', message: host.message },
  client: {
    error: 'UnavailableError',
    status: client.status,
    code: client.code,
    message: `Friendbuy MAPI did not answer POST ${path}: ${client.message}`
  }
})

const seesBroken = (path: string, reason: string, code = 'ECONNRESET') =>
  seesNoAnswer(
    path,
    { error: 'FetchError', code, message: `request to http://MAPI${path} failed, reason: ${reason}` },
    { status: 503, code, message: reason }
  )

const seesLate = (path: string) =>
  seesNoAnswer(
    path,
    { error: 'TimeoutError', code: 'ETIMEDOUT', message: `Request timed out after ${SHORT_TIMEOUT_MS}ms` },
    { status: 408, code: 'ETIMEDOUT', message: `Timeout awaiting 'request' for ${SHORT_TIMEOUT_MS}ms` }
  )

const seesCutShort = (path: string) =>
  seesNoAnswer(
    path,
    {
      error: 'FetchError',
      message: `Response timeout while trying to fetch http://MAPI${path} (over ${PATIENT_TIMEOUT_MS}ms)`
    },
    { status: 503, code: 'ECONNRESET', message: 'The server aborted pending request' }
  )

/** Callers' view of a 200 that is not MAPI's. */
const answeredByAnother = (path: string, how: string) =>
  seesError({
    error: 'RetryableError',
    status: 502,
    code: 'RETRYABLE_ERROR',
    message: `Friendbuy MAPI answered 200 to POST ${path} ${how}: is a proxy in between?`
  })

const delivered: Row['sees'] = { perform: 'delivered', performBatch: 'delivered', client: 'delivered' }

const HAND_ON = "passes on the request's error"
const TELL = 'converts the status to an error'

/** The faults that are a status, and the error of each. */
const statusErrors: [keyof typeof faults, Omit<Failure, 'message'>][] = [
  ['status400', { error: 'PayloadValidationError', status: 400, code: 'PAYLOAD_VALIDATION_FAILED' }],
  ['status403', { error: 'InvalidAuthenticationError', status: 403, code: 'INVALID_AUTHENTICATION' }],
  ['status404', { error: 'IntegrationError', status: 404, code: 'NOT_FOUND' }],
  ['status408', { error: 'RetryableError', status: 408, code: 'RETRYABLE_ERROR' }],
  ['status409', { error: 'IntegrationError', status: 409, code: 'CONFLICT' }],
  ['status422', { error: 'PayloadValidationError', status: 422, code: 'PAYLOAD_VALIDATION_FAILED' }],
  ['status423', { error: 'RetryableError', status: 423, code: 'RETRYABLE_ERROR' }],
  ['status429', { error: 'RetryableError', status: 429, code: 'RETRYABLE_ERROR' }],
  ['status429Seconds', { error: 'RetryableError', status: 429, code: 'RETRYABLE_ERROR', retryAfterMs: 7000 }],
  ['status429Date', { error: 'RetryableError', status: 429, code: 'RETRYABLE_ERROR', retryAfterMs: 60_000 }],
  ['status500', { error: 'RetryableError', status: 500, code: 'RETRYABLE_ERROR' }],
  ['html502', { error: 'RetryableError', status: 502, code: 'RETRYABLE_ERROR' }],
  ['status503', { error: 'RetryableError', status: 503, code: 'RETRYABLE_ERROR' }]
]

const unauthorized = { error: 'InvalidAuthenticationError', status: 401, code: 'INVALID_AUTHENTICATION' }

const WORDS = ': no to [redacted] (reference r-1)'
const HINT = '. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret.'

const statusRow = (
  path: string,
  fault: Fault,
  failure: Omit<Failure, 'message'>,
  { does = TELL, reach }: { does?: string; reach: Reach }
): Row => {
  const isWordless = fault === faults.html502 || fault === faults.status429Date
  const isRefusal = path === AUTHORIZATION && [400, 401, 403, 422].includes(failure.status ?? 0)
  const answered = `Friendbuy MAPI answered ${failure.status} to POST ${path}`
  const message = `${answered}${isWordless ? '' : WORDS}${isRefusal ? HINT : ''}`
  return {
    fault,
    does,
    sees: seesError({ ...failure, message }),
    tryAgain: failure.error === 'RetryableError',
    reaches: everywhere(reach),
    recorded: 0
  }
}

const oneCall = { authorizations: 0, calls: 1 }
const nothing = { authorizations: 0, calls: 0 }

/** One event whose call fails; its token was there before. */
export const atCall: readonly Row[] = [
  {
    fault: faults.refused,
    does: HAND_ON,
    sees: seesBroken(CALL, 'connect ECONNREFUSED MAPI', 'ECONNREFUSED'),
    tryAgain: true,
    reaches: everywhere(nothing),
    recorded: 0
  },
  {
    fault: faults.reset,
    does: HAND_ON,
    sees: seesBroken(CALL, 'read ECONNRESET'),
    tryAgain: true,
    reaches: everywhere(nothing),
    recorded: 0
  },
  {
    fault: faults.closedBefore,
    does: HAND_ON,
    sees: seesBroken(CALL, 'socket hang up'),
    tryAgain: true,
    reaches: everywhere(oneCall),
    recorded: 0
  },
  {
    fault: faults.closedAfter,
    does: HAND_ON,
    sees: seesBroken(CALL, 'socket hang up'),
    tryAgain: true,
    reaches: everywhere(oneCall),
    recorded: 1
  },
  {
    fault: faults.late,
    does: HAND_ON,
    sees: seesLate(CALL),
    tryAgain: true,
    reaches: everywhere(oneCall),
    recorded: 1
  },
  {
    fault: faults.cutShort,
    does: HAND_ON,
    sees: seesCutShort(CALL),
    tryAgain: true,
    reaches: everywhere(oneCall),
    recorded: 1
  },
  {
    fault: faults.slow,
    does: 'waits',
    sees: delivered,
    reaches: everywhere(oneCall),
    recorded: 1
  },
  {
    fault: faults.wrongType,
    does: 'reads the JSON anyway',
    sees: delivered,
    reaches: everywhere(oneCall),
    recorded: 1
  },
  {
    fault: faults.emptyOk,
    does: 'counts as delivered',
    sees: delivered,
    reaches: everywhere(oneCall),
    recorded: 0
  },
  {
    fault: faults.htmlOk,
    does: "does not count a page as MAPI's response",
    sees: answeredByAnother(CALL, 'with an HTML page'),
    tryAgain: true,
    reaches: everywhere(oneCall),
    recorded: 0
  },
  {
    fault: faults.status401Once,
    does: 'renews the token and repeats the call',
    sees: delivered,
    reaches: everywhere({ authorizations: 1, calls: 2 }),
    recorded: 1
  },
  statusRow(CALL, faults.status401, unauthorized, {
    does: 'renews the token and repeats the call once',
    reach: { authorizations: 1, calls: 2 }
  }),
  ...statusErrors.map(([name, failure]) => statusRow(CALL, faults[name], failure, { reach: oneCall }))
]

const TOGETHER = 'fails all waiting events with this error'
const ONCE_MORE =
  'over `request`, the waiting events share one more authorization; over got, they fail with this error'

const onceMore = {
  host: { authorizations: 2, calls: 0 },
  client: { authorizations: 1, calls: 0 }
}

const oneAuthorization = { authorizations: 1, calls: 0 }

/** Several events that wait for the authorization that fails; there was no token before. */
export const atAuthorization: readonly Row[] = [
  {
    fault: faults.refused,
    does: ONCE_MORE,
    sees: seesBroken(AUTHORIZATION, 'connect ECONNREFUSED MAPI', 'ECONNREFUSED'),
    tryAgain: true,
    reaches: everywhere(nothing),
    recorded: 0
  },
  {
    fault: faults.reset,
    does: ONCE_MORE,
    sees: seesBroken(AUTHORIZATION, 'read ECONNRESET'),
    tryAgain: true,
    reaches: everywhere(nothing),
    recorded: 0
  },
  ...[faults.closedBefore, faults.closedAfter].map((fault) => ({
    fault,
    does: ONCE_MORE,
    sees: seesBroken(AUTHORIZATION, 'socket hang up'),
    tryAgain: true,
    reaches: onceMore,
    recorded: 0
  })),
  {
    fault: faults.late,
    does: ONCE_MORE,
    sees: seesLate(AUTHORIZATION),
    tryAgain: true,
    reaches: onceMore,
    recorded: 0
  },
  {
    fault: faults.cutShort,
    does: ONCE_MORE,
    sees: seesCutShort(AUTHORIZATION),
    tryAgain: true,
    reaches: onceMore,
    recorded: 0
  },
  ...[[faults.slow, 'waits'] as const, [faults.wrongType, 'reads the JSON anyway'] as const].map(
    ([fault, does]) => ({
      fault,
      does,
      sees: delivered,
      reaches: everywhere({ authorizations: 1, calls: WAITING }),
      recorded: WAITING
    })
  ),
  ...(
    [
      [faults.emptyOk, 'without a token'],
      [faults.htmlOk, 'with an HTML page']
    ] as const
  ).map(([fault, how]) => ({
    fault,
    does: `finds no token and ${TOGETHER}`,
    sees: answeredByAnother(AUTHORIZATION, how),
    tryAgain: true,
    reaches: everywhere(oneAuthorization),
    recorded: 0
  })),
  statusRow(AUTHORIZATION, faults.status401, unauthorized, { does: TOGETHER, reach: oneAuthorization }),
  ...statusErrors.map(([name, failure]) =>
    statusRow(AUTHORIZATION, faults[name], failure, { does: TOGETHER, reach: oneAuthorization })
  )
]

/** A token that ends before its time, as the caller's clock has it. */
export interface TokenRow extends Omit<Row, 'fault' | 'tryAgain'> {
  title: string
  /** Lead of the caller's clock over MAPI's, in minutes; missing if the token is revoked. */
  minutesAhead?: number
}

const renewedInTime = {
  does: "uses the response's `Date` and renews the token a minute before it expires",
  sees: delivered,
  reaches: everywhere({ authorizations: 2, calls: WAITING }),
  recorded: WAITING
}

/** Several events whose token is no longer good, or that a wrong clock could make think so. */
export const atToken: readonly TokenRow[] = [
  {
    title: 'The token is revoked under three events',
    does: 'renews the token once for all of them and repeats each call once',
    sees: delivered,
    reaches: everywhere({ authorizations: 1, calls: 2 * WAITING }),
    recorded: WAITING
  },
  {
    title: "The host's clock is ten minutes ahead; events after 0, 18.5 and 19.5 minutes",
    minutesAhead: 10,
    ...renewedInTime
  },
  {
    title: "The host's clock is ten minutes behind; events after 0, 18.5 and 19.5 minutes",
    minutesAhead: -10,
    ...renewedInTime
  }
]

/** The kinds of events, by whether MAPI counts them once, however often they come. */
export const COUNTED_ONCE = 'purchase, custom event with a deduplicationId'
export const COUNTED_EACH_TIME = 'sign-up, custom event without a deduplicationId'

/** Requests for an event that is sent again. */
export interface Repeated {
  calls: number
  recorded: number
}

/** Events that meet a fault once, and are then sent again; the numbers are for each of them. */
export interface RetryRow {
  fault: Fault
  kinds: typeof COUNTED_ONCE | typeof COUNTED_EACH_TIME
  /** The client, with one retry. */
  client: Repeated & { sees: 'delivered' | 'UnavailableError' }
  /** A host that sends them again, whatever the error. */
  host: Repeated
}

const again = { sees: 'delivered', calls: 2, recorded: 1 } as const

/** Enough time for the second try, also on a busy machine. */
const lateOnce: Fault = {
  ...faults.late,
  fault: () => ({ latencyMs: PATIENT_TIMEOUT_MS + TOO_LATE_MS }),
  timeoutMs: PATIENT_TIMEOUT_MS
}

export const onRetry: readonly RetryRow[] = [
  ...([COUNTED_ONCE, COUNTED_EACH_TIME] as const).map((kinds) => ({
    fault: faults.status503,
    kinds,
    client: again,
    host: { calls: 2, recorded: 1 }
  })),
  { fault: faults.status500, kinds: COUNTED_ONCE, client: again, host: { calls: 2, recorded: 1 } },
  {
    fault: faults.status500,
    kinds: COUNTED_EACH_TIME,
    client: { sees: 'UnavailableError', calls: 1, recorded: 0 },
    host: { calls: 2, recorded: 1 }
  },
  {
    fault: faults.reset,
    kinds: COUNTED_ONCE,
    client: { sees: 'delivered', calls: 1, recorded: 1 },
    host: { calls: 1, recorded: 1 }
  },
  {
    fault: faults.reset,
    kinds: COUNTED_EACH_TIME,
    client: { sees: 'UnavailableError', calls: 0, recorded: 0 },
    host: { calls: 1, recorded: 1 }
  },
  ...[faults.closedAfter, lateOnce, faults.cutShort].flatMap((fault): RetryRow[] => [
    { fault, kinds: COUNTED_ONCE, client: again, host: { calls: 2, recorded: 1 } },
    {
      fault,
      kinds: COUNTED_EACH_TIME,
      client: { sees: 'UnavailableError', calls: 1, recorded: 1 },
      host: { calls: 2, recorded: 2 }
    }
  ])
]
