import { operations } from '../mapi/contract/operations'
import { isRecord } from '../values'
import { parseBody } from '../mapi/transports/transport'
import type { Call, Reply } from './mapi'

/** A call that the sandbox received, without key, secret and token. */
export interface SandboxRecord {
  /** Time of the response, as ISO text. */
  at: string
  /** HTTP method. */
  method: string
  /** Path with the version. */
  path: string
  /** Query by name. The value of a parameter that MAPI does not document is redacted. */
  query: Record<string, string>
  /** `Bearer [redacted]` for a bearer token, `[redacted]` for anything else; missing without an Authorization header. */
  authorization?: string
  /** Caller, as `merchantOf` names it; missing if the call was not authorized. */
  merchant?: string
  /** JSON of the body, or its text; redacted for an authorization and for a path that MAPI does not have. */
  body: unknown
  /** Status of the response; missing if the connection was closed before the call was processed. */
  status?: number
  /** ID of the event that the call created. */
  eventId?: string
  /** ID of the event that this one repeats and that counts instead. */
  duplicateOf?: string
}

const REDACTED = '[redacted]'

/** Paths whose bodies are recorded: a body at any other path may be a misdirected authorization. */
const RECORDED_PATHS: ReadonlySet<string> = new Set(
  Object.values(operations).flatMap(({ path }) => (path === operations.postAuthorization.path ? [] : [path]))
)

/** Parameters of MAPI's queries; the value of any other is redacted. */
const RECORDED_PARAMETERS: ReadonlySet<string> = new Set(
  Object.values(operations).flatMap(({ method, input }) =>
    method === 'POST' ? [] : Object.keys(input.properties)
  )
)

/** Makes the record of a call and its response. */
export const toRecord = (call: Call, reply: Partial<Reply>): SandboxRecord => {
  const { method, path, query, authorization, text } = call
  const { status, body, merchant, duplicateOf } = reply
  const eventId = isRecord(body) && typeof body.eventId === 'string' ? body.eventId : undefined
  return {
    at: new Date().toISOString(),
    method,
    path,
    query: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, RECORDED_PARAMETERS.has(name) ? value : REDACTED])
    ),
    ...(authorization !== undefined && {
      authorization: authorization.startsWith('Bearer ') ? `Bearer ${REDACTED}` : REDACTED
    }),
    ...(merchant !== undefined && { merchant }),
    body: RECORDED_PATHS.has(path) ? parseBody(text ?? '') : REDACTED,
    ...(status !== undefined && { status }),
    ...(eventId !== undefined && { eventId }),
    ...(duplicateOf !== undefined && { duplicateOf })
  }
}
