/** An event or a mapping that no body or push can be made of. No message holds a value of an event. */
export class PayloadError extends Error {
  /** Name and code by which hosts recognize an event that a retry cannot help. */
  override readonly name = 'PayloadValidationError'
  readonly code = 'PAYLOAD_VALIDATION_FAILED'
  readonly status = 400
}
