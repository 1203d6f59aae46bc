import { globalAgent } from 'node:http'
import { inspect } from 'node:util'
import { AuthenticationError, InvalidRequestError, MapiError, UnavailableError } from '../../src/mapi'
import { callMapi } from '../../src/mapi/call'
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
    [400, InvalidRequestError, 'INVALID_REQUEST'],
    [422, InvalidRequestError, 'INVALID_REQUEST'],
    [401, AuthenticationError, 'AUTHENTICATION_FAILED'],
    [403, AuthenticationError, 'AUTHENTICATION_FAILED'],
    [404, MapiError, 'HTTP_404'],
    [409, MapiError, 'HTTP_409'],
    [302, MapiError, 'HTTP_302'],
    [408, UnavailableError, 'UNAVAILABLE'],
    [423, UnavailableError, 'UNAVAILABLE'],
    [429, UnavailableError, 'UNAVAILABLE'],
    [500, UnavailableError, 'UNAVAILABLE'],
    [502, UnavailableError, 'UNAVAILABLE'],
    [503, UnavailableError, 'UNAVAILABLE'],
    [520, UnavailableError, 'UNAVAILABLE']
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

describe.each(transports)('phase and outcome over %s', (_name, newTransport) => {
  it.each([
    ['a 401 to the authorization', '/v1/authorization', { status: 401 }, 'authorization', 'not sent', false],
    ['a 503 to the authorization', '/v1/authorization', { status: 503 }, 'authorization', 'not sent', true],
    ['a page for the authorization', '/v1/authorization', { html: 200 }, 'authorization', 'not sent', true],
    ['a 401 to the call', '/v1/event/purchase', { status: 401 }, 'call', 'refused', false],
    ['a 403 to the call', '/v1/event/purchase', { status: 403 }, 'call', 'refused', false],
    ['a 422 to the call', '/v1/event/purchase', { status: 422 }, 'call', 'refused', false],
    ['a 408 to the call', '/v1/event/purchase', { status: 408 }, 'call', 'refused', true],
    ['a 429 to the call', '/v1/event/purchase', { status: 429 }, 'call', 'refused', true],
    ['a 503 to the call', '/v1/event/purchase', { status: 503 }, 'call', 'refused', true],
    ['a 500 to the call', '/v1/event/purchase', { status: 500 }, 'call', 'unknown', true],
    ['a 504 to the call', '/v1/event/purchase', { status: 504 }, 'call', 'unknown', true],
    ['a page for the call', '/v1/event/purchase', { html: 200 }, 'call', 'unknown', true]
  ] as const)('tell what %s means', async (_what, path, fault, phase, outcome, isRetryable) => {
    sandbox.injectFault(fault, { path })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
    expect(error).toMatchObject({ phase, outcome, isRetryable })
  })
})

describe.each(transports.slice(1))('a missing response over %s', (_name, newTransport) => {
  it.each([
    ['the authorization', '/v1/authorization', 'authorization', 'not sent'],
    ['the call', '/v1/event/purchase', 'call', 'unknown']
  ] as const)('to %s is an UnavailableError', async (_what, path, phase, outcome) => {
    sandbox.injectFault({ drop: 'before' }, { path })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ status: 503, phase, outcome, isRetryable: true })
  })

  it('of a refused connection leaves the call unsent', async () => {
    const account = newAccount(sandbox)
    const transport = newTransport()
    await callMapi(account, transport, aPurchase('o-1'))
    // A connection that is kept for the next call would break, and not be refused.
    globalAgent.destroy()
    await sandbox.close()
    const error = await rejectionOf(callMapi(account, newTransport(), aPurchase('o-2')))
    expect(error).toMatchObject({ code: 'ECONNREFUSED', phase: 'call', outcome: 'not sent' })
  })
})

describe.each(transports)('a call that must never be repeated over %s', (_name, newTransport) => {
  const redeem = {
    method: 'POST',
    path: '/v1/event/purchase',
    body: aPurchase('o-1').body,
    repeat: 'never'
  } as const

  it.each([
    [{ status: 500, body: { message: 'Oops' } }, 500],
    [{ status: 503 }, 503],
    [{ status: 408 }, 408],
    [{ html: 200 }, 502]
  ] as const)('has an unknown outcome after %j', async (fault, status) => {
    sandbox.injectFault(fault, { path: redeem.path })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), redeem))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', status, isRetryable: false, outcome: 'unknown' })
    expect(error).not.toBeInstanceOf(UnavailableError)
    expect(error.message).toContain('getLedgerEntries')
  })

  it.each([423, 429])('can be retried after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: redeem.path })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), redeem))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', isRetryable: true, outcome: 'refused' })
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
