import {
  ErrorCodes,
  getErrorCodeFromHttpStatus,
  MultiStatusResponse,
  type RequestClient
} from '@segment/actions-core'
import { MapiError } from '../mapi/errors'
import type { Transport } from '../mapi/transports/transport'
import { toMessage, toStatus } from '../messages'
import { isRecord } from '../values'
import { OtherCopyError, watchCopy } from './actions-core-copy'
import type { FriendbuyAction, PreparedCall } from './define-action'
import { hostTransport } from './host-transport'
import { type HostInput, prepareCall, sendCall } from './send-call'
import { toHostError } from './to-host-error'

/** Maximum number of a batch's events in flight: MAPI has no batch endpoint. */
const BATCH_CONCURRENCY = 20

/**
 * Creates an action's `performBatch`: one MAPI call per event, each with its own status. One event's failure never
 * affects another.
 *
 * @throws OtherCopyError if an event failed and the host cannot read the status of each
 */
export const createPerformBatch =
  (action: FriendbuyAction, mapiUrl?: string) =>
  async (request: RequestClient, input: HostInput<readonly unknown[]>): Promise<MultiStatusResponse> => {
    const copy = watchCopy(request)
    const unauthorized = new FailedAuthorizations(hostTransport(copy.request))
    const statuses = new MultiStatusResponse()
    const failures: ReturnType<typeof toErrorResponse>[] = []
    const waiting = input.payload.entries()
    const work = async () => {
      for (const [index, payload] of waiting) {
        let call: PreparedCall | undefined
        try {
          call = prepareCall(action, { ...input, payload })
          // Each event in flight has failed without a token: do not ask again for each of the others.
          if (unauthorized.errors.length >= BATCH_CONCURRENCY) throw unauthorized.errors[0]
          const { status, body } = await sendCall(call, unauthorized.transport, input.settings, mapiUrl)
          statuses.setSuccessResponseAtIndex(index, {
            status,
            sent: call.body,
            body: isRecord(body) ? body : {}
          })
        } catch (error) {
          unauthorized.note(error)
          const failure = toErrorResponse(toHostError(error))
          failures.push(failure)
          statuses.setErrorResponseAtIndex(index, { ...failure, ...(call && { sent: call.body }) })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(BATCH_CONCURRENCY, input.payload.length) }, work))
    if (failures.length > 0 && (await copy.isOther())) {
      throw new OtherCopyError(failures, input.payload.length)
    }
    return statuses
  }

/** Converts an error to one event's status in a batch. An error without a status can be retried, like a 500. */
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

/** Collects the events that failed because their authorization did. */
class FailedAuthorizations {
  readonly errors: unknown[] = []
  readonly transport: Transport
  readonly #ofHost = new Set<unknown>()

  constructor(transport: Transport) {
    this.transport = async (request) => {
      try {
        return await transport(request)
      } catch (error) {
        // The host's own error does not tell which request it is of.
        if (request.phase === 'authorization') this.#ofHost.add(error)
        throw error
      }
    }
  }

  /** Takes note of an event's error. */
  note(error: unknown): void {
    const isOfAuthorization =
      error instanceof MapiError ? error.phase === 'authorization' : this.#ofHost.has(error)
    if (isOfAuthorization) this.errors.push(error)
  }
}
