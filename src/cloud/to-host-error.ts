import {
  getErrorCodeFromHttpStatus,
  IntegrationError,
  InvalidAuthenticationError,
  PayloadValidationError,
  RetryableError
} from '@segment/actions-core'
import { AuthenticationError, InvalidRequestError, MapiError, UnavailableError } from '../mapi/errors'

type RetryableStatus = NonNullable<ConstructorParameters<typeof RetryableError>[1]>

/**
 * Converts the client's error to the class of actions-core that hosts know, with the same message and status.
 *
 * - `InvalidRequestError`: `PayloadValidationError`
 * - `AuthenticationError`: `InvalidAuthenticationError`
 * - `UnavailableError`: `RetryableError`, with `retryAfterMs` if MAPI named a time
 * - any other `MapiError`: `IntegrationError`
 *
 * Anything else comes back unchanged: a host recognizes its own errors.
 */
export const toHostError = (error: unknown): unknown => {
  if (!(error instanceof MapiError)) return error
  const { message, retryAfterMs } = error
  const given = error.status === undefined ? {} : { status: error.status }
  if (error instanceof InvalidRequestError) return Object.assign(new PayloadValidationError(message), given)
  if (error instanceof AuthenticationError) {
    return Object.assign(new InvalidAuthenticationError(message), given)
  }
  const { status = 500 } = given
  if (error instanceof UnavailableError) {
    // The type lists the statuses that actions-core knows; a gateway's 520 is retried like them.
    const retryable = new RetryableError(message, status as RetryableStatus)
    return retryAfterMs === undefined ? retryable : Object.assign(retryable, { retryAfterMs })
  }
  return new IntegrationError(message, getErrorCodeFromHttpStatus(status), status)
}

/** Runs work of the client's for a host, which gets its errors as `toHostError` gives them. */
export const forHost = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    throw toHostError(error)
  }
}
