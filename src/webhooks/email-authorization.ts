import { isRecord } from './checks'
import { createVerifier, type SecretKey, type SignedRequest, toBytes } from './signature'
import { parseJson } from './webhook'
import { WebhookError } from './webhook-error'

/** Friendbuy's question which addresses share emails may go to. */
export interface EmailAuthorization {
  /** ID of the call, for troubleshooting. */
  id: string
  /** Tells the callback apart from webhooks. */
  type: 'emailAuth'
  /** The recipients' addresses. */
  data: string[]
  /** ISO timestamp of the call. */
  createdOn: string
}

/**
 * Checks the signature of an email recipient authorization callback and reads it.
 *
 * @throws WebhookError if it is not from Friendbuy or unreadable
 * @throws TypeError if the body was parsed already, or a key is blank
 * @example
 * const { data: addresses } = await verifyEmailAuthorization({ body, headers }, secretKey)
 */
export const verifyEmailAuthorization = async (
  request: SignedRequest,
  secretKey: SecretKey
): Promise<EmailAuthorization> => createEmailAuthorizationVerifier(secretKey)(request)

/** Makes a `verifyEmailAuthorization` that keeps its keys. */
export const createEmailAuthorizationVerifier = (
  secretKey: SecretKey,
  unsigned = false
): ((request: SignedRequest) => Promise<EmailAuthorization>) => {
  const verify = unsigned ? ({ body }: SignedRequest) => toBytes(body) : createVerifier(secretKey)
  return async (request) => toEmailAuthorization(parseJson(await verify(request)))
}

const toEmailAuthorization = (body: unknown): EmailAuthorization => {
  if (isEmailAuthorization(body)) return body
  throw new WebhookError('unreadable', 'The body is not an email authorization: it has no list of addresses.')
}

const isEmailAuthorization = (body: unknown): body is EmailAuthorization =>
  isRecord(body) && Array.isArray(body.data) && body.data.every((item) => typeof item === 'string')

/** The asked addresses that were allowed, as the question spells them and in its order. */
export const selectAllowed = (asked: readonly string[], allowed: readonly string[]): string[] => {
  const exact = new Set(allowed)
  const spelled = new Set(asked)
  // A shop may keep addresses in lower case.
  const folded = new Set(
    allowed.filter((address) => !spelled.has(address)).map((address) => address.toLowerCase())
  )
  return asked.filter((address) => exact.has(address) || folded.has(address.toLowerCase()))
}
