/**
 * Reason for refusing a request: `no_signature` (the header is missing or came twice), `malformed_signature` (the header
 * is not the Base64 of a SHA-256), `wrong_signature` (another key, or a changed body), `too_old` (beyond `maxAgeMs`) or
 * `unreadable` (signed, but not the JSON that is expected).
 */
export type WebhookErrorCode =
  'no_signature' | 'malformed_signature' | 'wrong_signature' | 'too_old' | 'unreadable'

/** Refusal of a request that is not from Friendbuy or cannot be read. Its message holds no key, signature or body. */
export class WebhookError extends Error {
  /** Reason of the refusal. */
  readonly code: WebhookErrorCode

  constructor(code: WebhookErrorCode, message: string) {
    super(message)
    this.name = 'WebhookError'
    this.code = code
  }
}
