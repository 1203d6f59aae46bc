import {
  ErrorCodes,
  getErrorCodeFromHttpStatus,
  type JSONValue,
  MultiStatusResponse,
  type RequestClient
} from '@segment/actions-core'
import { callMapi } from '../mapi/call'
import { isOfAuthorization } from '../mapi/errors'
import { hostTransport } from './host-transport'
import type { DroppedValue } from './dropped-value'
import { toMessage, toStatus, toOneLine } from '../messages'
import { isRecord, toObject } from '../values'
import type { MapiResponse, Transport } from '../mapi/transports/transport'
import { toAccount, type Settings } from './settings'
import type { FriendbuyAction, PreparedCall } from './define-action'
import { OtherCopyError, watchCopy } from './actions-core-copy'

/** What a host hands to `perform` besides its request, as far as an action looks at it. */
export interface HostInput<Payload = unknown> {
  payload: Payload
  settings: Settings
  /** The saved mapping, if the host passes it on. */
  rawMapping?: unknown
  /** May be missing, or lack a method. */
  logger?: { warn?: (message: string) => void }
}

/** How many events of a batch are under way at once: MAPI takes one event a call. */
const BATCH_CONCURRENCY = 20

/** A line of a log names this many values that are left out; a call has them all. */
const MAX_NAMED = 100

/** An action's `perform`: one event, one call of MAPI's, whose answer it gives. */
export const createPerform =
  (action: FriendbuyAction, mapiUrl?: string) =>
  async (request: RequestClient, input: HostInput): Promise<JSONValue> => {
    const { body } = await sendCall(
      prepareCall(action, input),
      hostTransport(request),
      input.settings,
      mapiUrl
    )
    return body
  }

/**
 * An action's `performBatch`: as many calls, each event with its own status, whatever becomes of the others.
 *
 * @throws OtherCopyError if an event failed and the host cannot read the status of each
 */
export const createPerformBatch =
  (action: FriendbuyAction, mapiUrl?: string) =>
  async (request: RequestClient, input: HostInput<readonly unknown[]>): Promise<MultiStatusResponse> => {
    const copy = watchCopy(request)
    const transport = hostTransport(copy.request)
    const statuses = new MultiStatusResponse()
    const waiting = input.payload.entries()
    const unauthorized: unknown[] = []
    const failures: ReturnType<typeof toErrorResponse>[] = []
    const work = async () => {
      for (const [index, payload] of waiting) {
        let call: PreparedCall | undefined
        try {
          call = prepareCall(action, { ...input, payload })
          // As many as are under way at once have failed for want of a token: do not ask for each of the others again.
          if (unauthorized.length >= BATCH_CONCURRENCY) throw unauthorized[0]
          const { status, body } = await sendCall(call, transport, input.settings, mapiUrl)
          statuses.setSuccessResponseAtIndex(index, {
            status,
            sent: call.body,
            body: isRecord(body) ? body : {}
          })
        } catch (error) {
          if (isOfAuthorization(error)) unauthorized.push(error)
          const failure = toErrorResponse(error)
          failures.push(failure)
          statuses.setErrorResponseAtIndex(index, { ...failure, ...(call && { sent: call.body }) })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(BATCH_CONCURRENCY, input.payload.length) }, work))
    if (failures.length > 0 && (await copy.isOther()))
      throw new OtherCopyError(failures, input.payload.length)
    return statuses
  }

/**
 * The call that a payload becomes; the host's logger is told what is left out of it.
 *
 * @throws PayloadValidationError for a required field that is blank or cannot be read
 */
export const prepareCall = (
  action: FriendbuyAction,
  { payload, rawMapping, logger }: HostInput
): PreparedCall => {
  const call = action.prepare(payload, toObject(rawMapping))
  if (call.dropped.length > 0) {
    logger?.warn?.(`Friendbuy ${action.title} left out: ${describeDropped(call.dropped)}`)
  }
  return call
}

/** `age (not an age), friendbuyAttributes.size (not a string) and 3 more` */
const describeDropped = (dropped: readonly DroppedValue[]) => {
  const named = dropped
    .slice(0, MAX_NAMED)
    .map(({ name, reason }) => `${toOneLine(name)} (${toOneLine(reason)})`)
  return named.join(', ') + (dropped.length > MAX_NAMED ? ` and ${dropped.length - MAX_NAMED} more` : '')
}

/**
 * Sends a call as the merchant whose settings these are.
 *
 * @param mapiUrl another MAPI than the settings name
 * @throws what `callMapi` throws
 */
export const sendCall = (
  { path, body }: PreparedCall,
  transport: Transport,
  settings: Settings,
  mapiUrl?: string
): Promise<MapiResponse> => callMapi(toAccount(settings, mapiUrl), transport, { method: 'POST', path, body })

/** An error as the status of one event in a batch; one that never had a status may be tried again, like a 500. */
const toErrorResponse = (error: unknown) => {
  const status = toStatus(error) ?? 500
  const code = isRecord(error) ? error.code : undefined
  return {
    status,
    errortype: isErrorCode(code) ? code : getErrorCodeFromHttpStatus(status),
    errormessage: toMessage(error)
  }
}

const isErrorCode = (code: unknown): code is keyof typeof ErrorCodes =>
  typeof code === 'string' && Object.hasOwn(ErrorCodes, code)
