import { isText } from './checks'
import { createVerifier, hmac, type SecretKey, SIGNATURE_HEADER, toBytes } from './signature'

/** A customer to authenticate, as tracked by Friendbuy: nothing is trimmed or lower-cased. */
export interface AuthenticatedCustomer {
  /** Email address. It must not have a colon. */
  email: string
  /** The shop's own ID of the customer. */
  customerId: string
  /**
   * Time of the authentication.
   *
   * @default now
   */
  at?: Date
}

/** Arguments of `friendbuyAPI.push(['auth', authString, signature])`. */
export interface CustomerAuth {
  /** `EPOCH:EMAIL:CUSTOMERID`, in whole seconds. */
  authString: string
  /** HMAC-SHA256 of it in lower-case hex. */
  signature: string
}

/**
 * Signs a customer in to Friendbuy's widgets. No expiry is documented: make one for each page.
 *
 * @throws TypeError if a part is blank, the email has a colon, or a key is blank
 * @example
 * const auth = await createCustomerAuth({ email, customerId }, secretKey)
 * const html = `<script>${toInlineScript(auth)}</script>`
 */
export const createCustomerAuth = async (
  { email, customerId, at = new Date() }: AuthenticatedCustomer,
  secretKey: SecretKey
): Promise<CustomerAuth> => {
  if (!isText(email) || !isText(customerId)) throw new TypeError('email, customerId: neither may be blank.')
  // It would move a part of the address into the customer ID.
  if (email.includes(':')) throw new TypeError('email: must not have a colon, which separates the parts.')
  const seconds = Math.floor(at.getTime() / 1000)
  if (Number.isNaN(seconds)) throw new TypeError('at: expected a valid date.')
  const authString = `${seconds}:${email}:${customerId}`
  const signature = Array.from(await hmac(toBytes(authString), secretKey), (byte) =>
    byte.toString(16).padStart(2, '0')
  ).join('')
  return { authString, signature }
}

/**
 * The call that signs a customer in, as text for a `<script>`. Nothing within it can end the script.
 *
 * @example
 * const html = `<script>${toInlineScript(await createCustomerAuth({ email, customerId }, secretKey))}</script>`
 */
export const toInlineScript = ({ authString, signature }: CustomerAuth): string => {
  const args = JSON.stringify(['auth', authString, signature]).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  return `window.friendbuyAPI=window.friendbuyAPI||[];window.friendbuyAPI.push(${args});`
}

/** A visitor status as the browser hands it on, which may be anything. */
export interface VisitorStatus {
  /** The status: an object, or its JSON as text. */
  payload?: unknown
  /** Base64 of the HMAC-SHA256 of the payload's JSON. */
  signature?: unknown
}

/**
 * True if Friendbuy made a visitor status. It does not say for whom or when.
 *
 * @throws TypeError if a key is blank
 * @example
 * if (await isGenuineVisitorStatus(await request.json(), secretKey)) applyReferralCredit()
 */
export const isGenuineVisitorStatus = async (
  status: VisitorStatus | null | undefined,
  secretKey: SecretKey
): Promise<boolean> => {
  const verify = createVerifier(secretKey)
  try {
    const { payload, signature } = status ?? {}
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    await verify({ body, headers: { [SIGNATURE_HEADER]: String(signature) } })
    return true
  } catch {
    return false
  }
}
