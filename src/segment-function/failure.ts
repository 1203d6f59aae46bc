import type { PreparedCall } from '../cloud/define-action'
import { toRetryAdvice } from '../host/retry-advice'
import { AuthenticationError, MapiError } from '../mapi/errors'
import { toMessage, toOneLine } from '../messages'
import type { FailureKind } from './runtime'

/** A failed delivery. */
export interface Failure {
  kind: FailureKind
  message: string
  /** True if no other event with these settings would succeed. */
  isUnauthorized?: true
  /** True if MAPI may have counted the event, and a repetition could count it twice. */
  mayHaveCounted?: true
}

/** A setting that is invalid. */
export class SettingsError extends Error {}

/** Describes a failure. Without a call, everything that may succeed later is retried. */
export const toFailure = (error: unknown, call?: PreparedCall): Failure => {
  const message = toOneLine(toMessage(error))
  if (error instanceof SettingsError) return { kind: 'settings', message, isUnauthorized: true }
  if (!(error instanceof MapiError)) return { kind: 'event', message }
  const { retry, isUnauthorized } = call
    ? toRetryAdvice(error, call)
    : { retry: error.isRetryable ? {} : undefined }
  if (retry) return { kind: 'retry', message }
  if (isUnauthorized || error instanceof AuthenticationError) {
    const kind = 'settings'
    return {
      kind,
      message: `${message} (settings authKey and authSecret)`,
      ...(isUnauthorized && { isUnauthorized })
    }
  }
  if (!error.isRetryable) return { kind: 'event', message }
  return {
    kind: 'event',
    message: `${message}. Friendbuy may have counted the event. It is not sent again, because it could count twice.`,
    mayHaveCounted: true
  }
}
