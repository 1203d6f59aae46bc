import { inspect } from 'node:util'
import {
  IntegrationError,
  InvalidAuthenticationError,
  PayloadValidationError,
  RetryableError
} from '@segment/actions-core'
import { callMapi } from '../../src/mapi/call'
import { isRefusalOfCredentials } from '../../src/mapi/errors'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { aPurchase, newAccount, rejectionOf, transports } from '../support/sandboxed'

const NOW = Date.parse('2026-11-21T10:00:00Z')

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

/** What a call rejects with when MAPI answers it like this. */
const errorFor = (
  newTransport: (typeof transports)[number][1],
  status: number,
  body: unknown,
  headers: Record<string, string> = {}
) => {
  sandbox.injectFault({ status, body, headers }, { path: '/v1/event/purchase' })
  return rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
}

describe.each(transports)("MAPI's errors over %s", (_name, newTransport) => {
  it.each([
    [400, PayloadValidationError, 'PAYLOAD_VALIDATION_FAILED'],
    [422, PayloadValidationError, 'PAYLOAD_VALIDATION_FAILED'],
    [401, InvalidAuthenticationError, 'INVALID_AUTHENTICATION'],
    [403, InvalidAuthenticationError, 'INVALID_AUTHENTICATION'],
    [404, IntegrationError, 'NOT_FOUND'],
    [409, IntegrationError, 'CONFLICT'],
    [302, IntegrationError, 'FOUND'],
    [408, RetryableError, 'RETRYABLE_ERROR'],
    [423, RetryableError, 'RETRYABLE_ERROR'],
    [429, RetryableError, 'RETRYABLE_ERROR'],
    [500, RetryableError, 'RETRYABLE_ERROR'],
    [502, RetryableError, 'RETRYABLE_ERROR'],
    [503, RetryableError, 'RETRYABLE_ERROR'],
    [520, RetryableError, 'RETRYABLE_ERROR']
  ])('%d is a %p with that status', async (status, errorClass, code) => {
    const error = await errorFor(newTransport, status, {
      error: 'Name',
      message: 'what is wrong',
      code: 0,
      reference: '8a1f'
    })
    expect(error).toBeInstanceOf(errorClass)
    expect(error.message).toBe(
      `Friendbuy MAPI answered ${status} to POST /v1/event/purchase: what is wrong (reference 8a1f)`
    )
    expect({ status: error.status, code: error.code }).toEqual({ status, code })
  })

  it.each([
    ['a name without a message', { error: 'Unprocessable Entity' }, ': Unprocessable Entity'],
    ['a reference alone', { reference: 'r-1' }, ' (reference r-1)'],
    ['nothing of use', { message: 7, reference: null }, ''],
    ['no object', ['a'], ''],
    ['HTML', '<html><body>Bad Gateway</body></html>', ''],
    ['nothing', '', '']
  ])('whose body is %s say what they can', async (_what, body, words) => {
    const error = await errorFor(newTransport, 502, body)
    expect(error.message).toBe(`Friendbuy MAPI answered 502 to POST /v1/event/purchase${words}`)
  })

  it.each([
    ['seconds', '7', 7000],
    ['a date', new Date(NOW + 90_000).toUTCString(), 90_000],
    ['a date that is past', new Date(NOW - 90_000).toUTCString(), 0]
  ])('carry a Retry-After in %s as retryAfterMs', async (_what, header, retryAfterMs) => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const error = await errorFor(newTransport, 429, {}, { 'retry-after': header })
    expect(error.retryAfterMs).toBe(retryAfterMs)
  })

  it('carry no retryAfterMs where Retry-After is missing or makes no sense', async () => {
    expect(await errorFor(newTransport, 503, {})).not.toHaveProperty('retryAfterMs')
    expect(await errorFor(newTransport, 503, {}, { 'retry-after': 'soon' })).not.toHaveProperty(
      'retryAfterMs'
    )
  })

  it('repeat no key, secret or token, even where MAPI does, and stay one line of bounded length', async () => {
    const account = newAccount(sandbox)
    sandbox.injectFault(
      { status: 200, body: { token: 'token-a1b2c3', expires: new Date(Date.now() + 60_000).toISOString() } },
      { path: '/v1/authorization' }
    )
    const message = `${account.key}\r\n${account.secret}\u2028token-a1b2c3 ${'x'.repeat(5000)}`
    sandbox.injectFault(
      { status: 422, body: { message, reference: account.secret } },
      { path: '/v1/event/purchase' }
    )
    const error = await rejectionOf(callMapi(account, newTransport(), aPurchase('o-1')))
    expect(error.message).toMatch(
      /purchase: \[redacted\] \[redacted\] \[redacted\] x+… \(reference \[redacted\]\)$/
    )
    expect(error.message.length).toBeLessThan(500)
    const everything = inspect(error, { depth: 20, showHidden: true })
    for (const credential of [account.key, account.secret, 'token-a1b2c3'])
      expect(everything).not.toContain(credential)
  })

  it('of an authorization repeat no key and no secret either', async () => {
    const account = newAccount(sandbox)
    sandbox.injectFault(
      { status: 401, body: { message: `no such key ${account.key}, secret ${account.secret}` } },
      { path: '/v1/authorization' }
    )
    const error = await rejectionOf(callMapi(account, newTransport(), aPurchase('o-1')))
    expect(error.message).toBe(
      'Friendbuy MAPI answered 401 to POST /v1/authorization: no such key [redacted], secret [redacted]' +
        '. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret.'
    )
  })

  it('repeat no secret that begins like another, or that is escaped', async () => {
    const settings = { authKey: 'abc-1', authSecret: 'abc-1"very/secret' }
    const message = `${settings.authSecret} ${JSON.stringify(settings)} ${encodeURIComponent(settings.authSecret)}`
    sandbox.injectFault({ status: 422, body: { message } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox, settings), newTransport(), aPurchase('o-1')))
    expect(error.message).not.toMatch(/very|abc/)
  })

  it('follow no redirect, which would turn a POST into a GET that looks delivered', async () => {
    const error = await errorFor(newTransport, 302, {}, { location: `${sandbox.url}/v1/user-data?email=a` })
    expect(error).toMatchObject({ status: 302 })
    expect(sandbox.records.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('do not name the customer whose data was asked for', async () => {
    sandbox.injectFault({ status: 500 }, { path: '/v1/user-data' })
    const call = { method: 'DELETE', path: '/v1/user-data', query: { email: 'ada@example.com' } } as const
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), call))
    expect(error.message).toBe('Friendbuy MAPI answered 500 to DELETE /v1/user-data')
  })
})

describe.each(transports)('isRefusalOfCredentials over %s', (_name, newTransport) => {
  it.each([
    ['a 401 to an authorization', '/v1/authorization', { status: 401 }, true],
    ['a 422 to an authorization', '/v1/authorization', { status: 422 }, true],
    ['a 503 to an authorization', '/v1/authorization', { status: 503 }, false],
    ['an authorization without an answer', '/v1/authorization', { drop: 'before' }, false],
    ['a 401 to an event', '/v1/event/purchase', { status: 401 }, true],
    ['a 403 to an event', '/v1/event/purchase', { status: 403 }, false],
    ['a 422 to an event', '/v1/event/purchase', { status: 422 }, false],
    ['an event without an answer', '/v1/event/purchase', { drop: 'before' }, false]
  ] as const)('judges %s', async (_what, path, fault, expected) => {
    sandbox.injectFault(fault, { path })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
    expect(isRefusalOfCredentials(error)).toBe(expected)
  })
})

describe.each(transports)("MAPI's answers over %s", (_name, newTransport) => {
  it.each([
    ['JSON under a wrong content type', 201, '{"eventId":"e-1"}', { eventId: 'e-1' }],
    ['no body', 204, '', ''],
    ['text', 200, 'fine', 'fine']
  ])('may be %s', async (_what, status, body, expected) => {
    sandbox.injectFault(
      { status, body, headers: { 'content-type': 'text/plain' } },
      { path: '/v1/event/purchase' }
    )
    const response = await callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1'))
    expect({ status: response.status, body: response.body }).toEqual({ status, body: expected })
  })
})
