import { inspect } from 'node:util'
import { createRequestClient, HTTPError, type RequestClient } from '@segment/actions-core'
import { callMapi } from '../../src/mapi/call'
import { hostTransport } from '../../src/cloud/host-transport'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { aPurchase, authorizations, newAccount, rejectionOf, taken } from '../support/sandboxed'

/** An error as a host makes it for itself. */
class HostError extends Error {
  readonly status: number | undefined

  constructor(status?: number) {
    super("the host's own")
    this.status = status
  }
}

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

describe("The transport over a host's request", () => {
  it.each([
    ['an error', new HostError()],
    ['words', 'no answer'],
    ['null', null]
  ])("gives %s of the host's own back as it is", async (_what, thrown) => {
    const request: RequestClient = jest.fn().mockRejectedValue(thrown)
    expect(await rejectionOf(callMapi(newAccount(sandbox), hostTransport(request), aPurchase('o-1')))).toBe(
      thrown
    )
  })

  it('renews the token where a host throws for a 401 although it is told not to', async () => {
    const request = createRequestClient()
    const throwing = (async (url, options) => {
      const response = await request(url, options)
      if (!response.ok) throw new HostError(response.status)
      return response
    }) as RequestClient
    const account = newAccount(sandbox)
    await callMapi(account, hostTransport(throwing), aPurchase('o-1'))
    sandbox.revokeTokens()
    await callMapi(account, hostTransport(throwing), aPurchase('o-2'))
    expect(authorizations(sandbox)).toHaveLength(2)
    expect(taken(sandbox)).toHaveLength(2)
  })

  it('gives the error of a host that goes on throwing for a 401 back as it is', async () => {
    const throwing = (async (url, options) => {
      const response = await createRequestClient()(url, options)
      if (!response.ok) throw new HostError(response.status)
      return response
    }) as RequestClient
    sandbox.injectFault({ status: 401 }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox), hostTransport(throwing), aPurchase('o-1')))
    expect(error).toBeInstanceOf(HostError)
    expect(sandbox.records).toHaveLength(4)
  })

  it('takes the credentials out of the time-out error of actions-core, which carries the request', async () => {
    const request = createRequestClient({ timeout: 20 })
    const account = newAccount(sandbox)
    const undo = sandbox.injectFault({ latencyMs: 5000 })
    const whileAuthorizing = await rejectionOf(callMapi(account, hostTransport(request), aPurchase('o-1')))
    undo()
    await callMapi(account, hostTransport(createRequestClient()), aPurchase('o-1'))
    sandbox.injectFault({ latencyMs: 5000 })
    const whileSending = await rejectionOf(callMapi(account, hostTransport(request), aPurchase('o-2')))
    for (const error of [whileAuthorizing, whileSending]) {
      expect(error).toMatchObject({ code: 'ETIMEDOUT', message: 'Request timed out after 20ms' })
      const everything = inspect(error, { depth: 20, showHidden: true })
      expect(everything).not.toContain(account.secret)
      expect(everything).not.toMatch(/sandbox-|Bearer/)
    }
  })

  it("takes the credentials out of actions-core's HTTPError where a host insists on it", async () => {
    const insisting = ((url, options) =>
      createRequestClient()(url, { ...options, throwHttpErrors: true })) as RequestClient
    const account = newAccount(sandbox)
    for (const path of ['/v1/authorization', '/v1/event/purchase']) {
      const undo = sandbox.injectFault({ status: 503 }, { path })
      const error = await rejectionOf(callMapi(account, hostTransport(insisting), aPurchase('o-1')))
      undo()
      expect(error).toBeInstanceOf(HTTPError)
      expect(error).toMatchObject({ response: { status: 503 } })
      const everything = inspect(error, { depth: 20, showHidden: true })
      expect(everything).not.toContain(account.secret)
      expect(everything).not.toMatch(/Bearer/)
    }
  })

  it("lets no event fail by another's request that it shared an authorization with", async () => {
    const account = newAccount(sandbox)
    sandbox.injectFault({ latencyMs: 100 }, { path: '/v1/authorization', times: 1 })
    const controller = new AbortController()
    const aborted = callMapi(
      account,
      hostTransport(createRequestClient({ signal: controller.signal })),
      aPurchase('aborted')
    )
    const others = ['o-1', 'o-2'].map((orderId) =>
      callMapi(account, hostTransport(createRequestClient()), aPurchase(orderId))
    )
    controller.abort()
    expect(await rejectionOf(aborted)).toMatchObject({ name: 'RequestClientError', status: 408 })
    await Promise.all(others)
    expect(taken(sandbox)).toHaveLength(2)
    expect(authorizations(sandbox).length).toBeLessThanOrEqual(2)
  })

  it('takes no answer without a status for success, which a redirect is to some hosts', async () => {
    const request = (async (url, options) => {
      const response = await createRequestClient()(url, options)
      return response.status === 302 ? { ...response, status: 0 } : response
    }) as RequestClient
    sandbox.injectFault({ status: 302 }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox), hostTransport(request), aPurchase('o-1')))
    expect(error).toMatchObject({
      status: 0,
      message: 'Friendbuy MAPI answered 0 to POST /v1/event/purchase'
    })
  })

  it('gives network errors back as they are', async () => {
    sandbox.injectFault({ drop: 'before' }, { path: '/v1/event/purchase' })
    const request = createRequestClient()
    const error = await rejectionOf(callMapi(newAccount(sandbox), hostTransport(request), aPurchase('o-1')))
    expect(error).toMatchObject({ name: 'FetchError', code: 'ECONNRESET' })
  })

  it("sends the event of a host's test mode without a token, and keeps none", async () => {
    const account = newAccount(sandbox)
    const testMode = { status: 200, body: { status: 'OK', message: 'Test function' } }
    const undo = sandbox.injectFault(testMode)
    const { body } = await callMapi(account, hostTransport(createRequestClient()), aPurchase('o-1'))
    expect(body).toEqual(testMode.body)
    expect(sandbox.records.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
    undo()
    await callMapi(account, hostTransport(createRequestClient()), aPurchase('o-2'))
    expect(authorizations(sandbox)).toHaveLength(2)
    expect(sandbox.records.at(-1)).toMatchObject({ status: 201, authorization: 'Bearer [redacted]' })
  })

  it("authorizes once for many events that a test mode's OK and then MAPI's 401 meet", async () => {
    const account = newAccount(sandbox)
    const orderIds = Array.from({ length: 50 }, (_, index) => `o-${index}`)
    sandbox.injectFault({ status: 200, body: { status: 'OK' } }, { path: '/v1/authorization', times: 1 })
    await Promise.all(
      orderIds.map((orderId) => callMapi(account, hostTransport(createRequestClient()), aPurchase(orderId)))
    )
    expect(authorizations(sandbox)).toHaveLength(2)
    expect(
      taken(sandbox)
        .map(({ body }) => (body as { orderId: string }).orderId)
        .sort()
    ).toEqual([...orderIds].sort())
  })
})
