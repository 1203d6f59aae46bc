import { operations } from '../mapi/contract/operations'
import { isRecord } from '../values'
import { parseBody } from '../mapi/transports/transport'
import type { Call, Reply } from './mapi'

/** A call that the sandbox got, without key, secret and token. */
export interface SandboxRecord {
  /** When it was answered, as an ISO date. */
  at: string
  method: string
  path: string
  /** The value of a parameter that MAPI does not know is redacted. */
  query: Record<string, string>
  /** `Bearer [redacted]` for a bearer token, `[redacted]` for anything else; missing where there was none. */
  authorization?: string
  /** Who called, as `merchantOf` names them; missing where the call was not authorized. */
  merchant?: string
  /** The JSON of the body, or its text where it is no JSON; redacted for an authorization and where MAPI has no such path. */
  body: unknown
  /** The status of the answer; missing where the connection was closed before the call was processed. */
  status?: number
  /** The ID of the event that was made. */
  eventId?: string
  /** The event that this one repeats: MAPI counts it once. */
  duplicateOf?: string
}

const REDACTED = '[redacted]'

/** Only what is meant for these is recorded: anything else may be an authorization that lost its way. */
const RECORDED_PATHS: ReadonlySet<string> = new Set(
  Object.values(operations).flatMap(({ path }) => (path === operations.postAuthorization.path ? [] : [path]))
)

/** The parameters that MAPI's operations take in a query; the value of any other is redacted. */
const RECORDED_PARAMETERS: ReadonlySet<string> = new Set(
  Object.values(operations).flatMap((operation) =>
    'query' in operation ? Object.keys(operation.query.properties) : []
  )
)

/** The record of a call and of what became of it. */
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
