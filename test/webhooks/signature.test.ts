import { runInNewContext } from 'node:vm'
import { signWebhook, verifySignature, verifyWebhook, WebhookError } from '../../src/webhooks'
import { seededRandom } from '../support/seeded-random'
import { ADVOCATE_REWARD, SECRET_KEY, toSigned } from './bodies'

const OPT_OUT =
  '{"id":"fd2f5766-8c27-4bfe-b3d3-9f41e186b13e","type":"emailOptOut","data":[{"emailAddress":"a.friend@example.com","campaignId":"8a7b9436-8b91-4022-b830-d405dfcc3964","campaignName":"Spring Campaign"}],"createdOn":"2021-06-01T14:28:27.657Z"}'

/** Bodies with the signatures that Friendbuy's algorithm gives them. */
const KNOWN = [
  ['a webhook', OPT_OUT, 239, 'nMP6MIEGA3zsF4d3qFQ7ZXrxsobPy9JPH4SVGCDIjy8='],
  ['text beyond ASCII', '{ "name": "Zoë – “3 €”" }\n', 35, '8Ca1V1l88HHae+3XF7Z11F98jHZClpqa11tXqTTBJDM='],
  ['nothing', '', 0, 'u2xCZNkuJBFTPWp1kQvwclKE/v0b8gXuTGRgkGdsWag=']
] as const

const codeOf = (check: Promise<unknown>) =>
  check.then(
    () => 'genuine',
    (error: unknown) => (error instanceof WebhookError ? error.code : error)
  )

describe('The signature', () => {
  it.each(KNOWN)('of %s is the known one', async (_what, body, bytes, signature) => {
    expect(Buffer.byteLength(body)).toBe(bytes)
    expect(await signWebhook(body, SECRET_KEY)).toBe(signature)
    await verifySignature({ body, headers: { 'X-Friendbuy-Hmac-SHA256': signature } }, SECRET_KEY)
  })

  const buffer = Buffer.from(`..${KNOWN[1][1]}`).subarray(2)
  it.each<[string, string | ArrayBuffer | SharedArrayBuffer | ArrayBufferView]>([
    ['text', KNOWN[1][1]],
    ['a Buffer within a larger one', buffer],
    ['a Uint8Array', new Uint8Array(buffer)],
    ['a DataView', new DataView(new Uint8Array(buffer).buffer)],
    ['an ArrayBuffer', new Uint8Array(buffer).buffer],
    ['a SharedArrayBuffer', new Uint8Array(new SharedArrayBuffer(35)).fill(0).buffer],
    [
      'an ArrayBuffer of another realm',
      runInNewContext('Uint8Array.from(bytes).buffer', { bytes: [...buffer] }) as ArrayBuffer
    ]
  ])('is checked against %s', async (what, body) => {
    if (body instanceof SharedArrayBuffer) new Uint8Array(body).set(buffer)
    await verifySignature({ body, headers: { 'x-friendbuy-hmac-sha256': KNOWN[1][3] } }, SECRET_KEY)
    expect(what).toBeTruthy()
  })

  it.each<[string, ConstructorParameters<typeof Headers>[0] | Record<string, string[]>]>([
    ['a Headers', new Headers({ 'X-Friendbuy-Hmac-SHA256': KNOWN[2][3] })],
    ["Node's headers", { host: 'shop.example', 'x-friendbuy-hmac-sha256': KNOWN[2][3] }],
    ["Node's distinct headers", { 'x-friendbuy-hmac-sha256': [KNOWN[2][3]] }],
    ['headers in any letter case', { 'X-FRIENDBUY-hmac-SHA256': KNOWN[2][3] }]
  ])('is found in %s', async (_what, headers) => {
    expect(await codeOf(verifySignature({ body: '', headers: headers as Headers }, SECRET_KEY))).toBe(
      'genuine'
    )
  })

  const twice = new Headers({ 'x-friendbuy-hmac-sha256': KNOWN[2][3] })
  twice.append('x-friendbuy-hmac-sha256', KNOWN[2][3])
  it.each<[string, string, unknown]>([
    ['no header', 'no_signature', {}],
    ['no header of a Headers', 'no_signature', new Headers()],
    ['an empty header', 'no_signature', { 'x-friendbuy-hmac-sha256': '' }],
    ['the header twice', 'no_signature', { 'x-friendbuy-hmac-sha256': [KNOWN[2][3], KNOWN[2][3]] }],
    ['the header twice in a Headers', 'no_signature', twice],
    [
      'the header in two letter cases',
      'no_signature',
      { 'x-friendbuy-hmac-sha256': KNOWN[2][3], 'X-Friendbuy-Hmac-SHA256': KNOWN[2][3] }
    ],
    ["the legacy platform's header", 'no_signature', { 'x-friendbuy-signature': KNOWN[2][3] }],
    [
      'hex',
      'malformed_signature',
      { 'x-friendbuy-hmac-sha256': Buffer.from(KNOWN[2][3], 'base64').toString('hex') }
    ],
    ['a SHA-1', 'malformed_signature', { 'x-friendbuy-hmac-sha256': 'A'.repeat(27) + '=' }],
    ['no padding', 'malformed_signature', { 'x-friendbuy-hmac-sha256': KNOWN[2][3].slice(0, -1) }],
    ['base64url', 'malformed_signature', { 'x-friendbuy-hmac-sha256': KNOWN[2][3].replace('/', '_') }],
    ['a line feed behind it', 'malformed_signature', { 'x-friendbuy-hmac-sha256': `${KNOWN[2][3]}\n` }],
    [
      'spare bits, another spelling of the same bytes',
      'malformed_signature',
      { 'x-friendbuy-hmac-sha256': KNOWN[2][3].replace('g=', 'h=') }
    ],
    ['another signature', 'wrong_signature', { 'x-friendbuy-hmac-sha256': KNOWN[1][3] }]
  ])('is refused: %s', async (_what, code, headers) => {
    expect(await codeOf(verifySignature({ body: '', headers: headers as Headers }, SECRET_KEY))).toBe(code)
  })

  it('is checked with each of several keys, and made with the first', async () => {
    const old = await toSigned(ADVOCATE_REWARD, 'old')
    const both = ['new', 'old']
    expect(await codeOf(verifyWebhook(old, both))).toBe('genuine')
    expect(await codeOf(verifyWebhook(await toSigned(ADVOCATE_REWARD, both), 'new'))).toBe('genuine')
    expect(await codeOf(verifyWebhook(old, ['new', 'newer']))).toBe('wrong_signature')
  })

  it.each([
    ['undefined', undefined],
    ['an empty one', ''],
    ['white space', ' \n'],
    ['an empty list', []],
    ['a list with a blank one', ['good', undefined]]
  ])('needs a key: %s is a TypeError', async (_what, secretKey) => {
    const signed = await toSigned('')
    await expect(verifySignature(signed, secretKey)).rejects.toThrow(TypeError)
    await expect(verifySignature(signed, secretKey)).rejects.toThrow(/^secretKey: missing or blank/)
    await expect(signWebhook('', secretKey)).rejects.toThrow(/^secretKey: missing or blank/)
  })

  it.each([
    ['a parsed object', JSON.parse(OPT_OUT) as object],
    ['a stream', new Request('https://shop.example', { method: 'POST', body: OPT_OUT }).body],
    ['nothing', undefined]
  ])('needs the bytes: %s is a TypeError that says what to change', async (_what, body) => {
    const request = { body: body as never, headers: { 'x-friendbuy-hmac-sha256': KNOWN[0][3] } }
    await expect(verifySignature(request, SECRET_KEY)).rejects.toThrow(TypeError)
    await expect(verifySignature(request, SECRET_KEY)).rejects.toThrow('express.raw()')
  })

  it('names the key to look for, and shows neither it nor the signature nor the body', async () => {
    const { body, headers } = await toSigned('{"email":"somebody@example.com"}', 'another-key')
    const error: unknown = await verifySignature({ body, headers }, SECRET_KEY).catch((e: unknown) => e)
    const shown = `${String(error)} ${JSON.stringify(error)}`
    expect(shown).toContain('not the MAPI secret')
    for (const secret of [SECRET_KEY, 'another-key', 'somebody', ...Object.values(headers)]) {
      expect(shown).not.toContain(secret)
    }
  })

  it('throws nothing but a WebhookError for any header', async () => {
    const random = seededRandom(16)
    const characters = 'AEIMQUYcgkosw048+/=,-_ \n\u0000é€{}'
    const codes = new Set<unknown>()
    for (let round = 0; round < 10_000; round++) {
      const length = round % 2 === 0 ? 43 : Math.floor(random() * 60)
      const text = Array.from({ length }, () => characters[Math.floor(random() * characters.length)]).join('')
      const clean = round % 4 === 0 ? text.replace(/[^A-Za-z0-9+/]/g, 'A') : text
      const headers = { 'x-friendbuy-hmac-sha256': round % 2 === 0 ? `${clean}=` : text }
      codes.add(await codeOf(verifySignature({ body: OPT_OUT, headers }, SECRET_KEY)))
    }
    expect([...codes].sort()).toEqual(['malformed_signature', 'no_signature', 'wrong_signature'])
  })
})
