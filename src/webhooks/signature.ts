import { isRecord, isText } from './checks'
import { WebhookError } from './webhook-error'

/**
 * The account's Secret Key (Retailer App > Developer Center > Friendbuy code), which is not the MAPI secret. A list while
 * one key replaces another: each is tried, and the first one signs. Undefined is a type only for the sake of
 * `process.env`: it is refused like a blank key.
 */
export type SecretKey = string | readonly (string | undefined)[] | undefined

/** A request's body as it came: text, an ArrayBuffer, or any view of one, such as a Buffer. */
export type RawBody = string | ArrayBufferLike | ArrayBufferView

/** A request's headers: a `Headers`, or an object such as Node's `request.headers`. */
export type RequestHeaders =
  | {
      /** Gets a header's value. Values of a header that came more than once are joined with commas. */
      get: (name: string) => string | null
    }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** The parts of a request that its signature is checked against. */
export interface SignedRequest {
  /** The body before anything parsed it. */
  body: RawBody
  /** The headers, of which only the signature is read. */
  headers: RequestHeaders
}

/** Header of the signature, in lower case. */
export const SIGNATURE_HEADER = 'x-friendbuy-hmac-sha256'

/** Padded Base64 of 32 bytes. The last character has no spare bits, so that each signature has one spelling. */
const SIGNATURE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/**
 * Checks the signature of a request.
 *
 * @param request the body as it came, and the headers
 * @throws WebhookError if the signature is missing, malformed or wrong
 * @throws TypeError if the body was parsed already, or a key is blank
 * @example
 * await verifySignature({ body: await request.text(), headers: request.headers }, secretKey)
 */
export const verifySignature = async (request: SignedRequest, secretKey: SecretKey): Promise<void> => {
  await createVerifier(secretKey)(request)
}

/**
 * Signs a body as Friendbuy does, for tests: the value of the header `X-Friendbuy-Hmac-SHA256`.
 *
 * @throws TypeError if the body is neither text nor bytes, or a key is blank
 * @example
 * const headers = { 'x-friendbuy-hmac-sha256': await signWebhook(body, secretKey) }
 */
export const signWebhook = async (body: RawBody, secretKey: SecretKey): Promise<string> =>
  btoa(String.fromCharCode(...(await hmac(toBytes(body), secretKey))))

/** Makes a function that checks signatures with the same keys, and resolves with the bytes that were signed. */
export const createVerifier = (
  secretKey: SecretKey
): ((request: SignedRequest) => Promise<Uint8Array<ArrayBuffer>>) => {
  const keys = toKeys(secretKey)
  let imported: ReturnType<typeof importKey>[] | undefined
  return async ({ body, headers }) => {
    const bytes = toBytes(body)
    const signature = toSignatureBytes(readSignature(headers))
    for (const key of await Promise.all((imported ??= keys.map(importKey)))) {
      if (await crypto.subtle.verify('HMAC', key, signature, bytes)) return bytes
    }
    throw new WebhookError(
      'wrong_signature',
      "The signature does not match the body. Check that secretKey is the account's Secret Key (Retailer App > Developer Center > Friendbuy code), not the MAPI secret, and that nothing changed the body before this check."
    )
  }
}

/** HMAC-SHA256 of bytes by the first key. */
export const hmac = async (bytes: Uint8Array<ArrayBuffer>, secretKey: SecretKey): Promise<Uint8Array> => {
  const [first = ''] = toKeys(secretKey)
  return new Uint8Array(await crypto.subtle.sign('HMAC', await importKey(first), bytes))
}

/** @throws TypeError if a key is missing or blank */
const toKeys = (secretKey: SecretKey): readonly string[] => {
  const keys: readonly unknown[] = [secretKey].flat()
  if (keys.length > 0 && keys.every(isText)) return keys
  throw new TypeError(
    "secretKey: missing or blank. Pass the account's Secret Key (Retailer App > Developer Center > Friendbuy code), or a list of keys."
  )
}

const importKey = (key: string) =>
  crypto.subtle.importKey('raw', toBytes(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

/** A copy of a body's bytes. */
export const toBytes = (body: unknown): Uint8Array<ArrayBuffer> => {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (isBuffer(body)) return new Uint8Array(body).slice()
  throw new TypeError(
    'body: expected the text or bytes as they came. The signature is of these, and a parsed body has lost them: read the request with express.raw() or `await request.text()`, without a JSON parser.'
  )
}

/** True for an ArrayBuffer or a SharedArrayBuffer, also of another realm. */
const isBuffer = (value: unknown): value is ArrayBufferLike =>
  /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))

const readSignature = (headers: unknown): string => {
  const [value, ...more] = valuesOf(headers)
  // Headers and Node join what came twice with a comma.
  if (value === undefined || value === '' || more.length > 0 || value.includes(',')) {
    throw new WebhookError(
      'no_signature',
      'The header X-Friendbuy-Hmac-SHA256 is missing, or came more than once.'
    )
  }
  if (SIGNATURE.test(value)) return value
  throw new WebhookError(
    'malformed_signature',
    'The header X-Friendbuy-Hmac-SHA256 is not the Base64 of an HMAC-SHA256 (44 characters).'
  )
}

const valuesOf = (headers: unknown): string[] => {
  if (!isRecord(headers)) throw new TypeError('headers: expected a Headers or an object of headers.')
  const values =
    typeof headers.get === 'function'
      ? [(headers as { get: (name: string) => unknown }).get(SIGNATURE_HEADER)]
      : Object.entries(headers).flatMap(([name, value]) =>
          name.toLowerCase() === SIGNATURE_HEADER ? value : []
        )
  return values.filter((value) => typeof value === 'string')
}

const toSignatureBytes = (signature: string) =>
  Uint8Array.from(atob(signature), (character) => character.charCodeAt(0))
