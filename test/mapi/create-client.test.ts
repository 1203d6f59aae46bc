import {
  AuthenticationError,
  createMapiClient,
  InvalidRequestError,
  MapiError,
  type MapiClientOptions,
  UnavailableError
} from '../../src/mapi'
import { merchantOf, type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { authorizations, rejectionOf, taken } from '../support/sandboxed'

const eventCreated = { eventId: expect.any(String) as string, createdOn: expect.any(String) as string }

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

const newClient = (options: Partial<MapiClientOptions> = {}) => {
  const { authKey: key, authSecret: secret } = newSettings()
  return { key, secret, mapi: createMapiClient({ key, secret, mapiUrl: sandbox.url, ...options }) }
}

const order = { orderId: 'o-1', amount: 9.5, currency: 'USD' }

const PURCHASE = '/v1/event/purchase'

/** What comes of a purchase, and how often the sandbox was asked for it. */
const failureOf = async ({ mapi }: ReturnType<typeof newClient>) => {
  const error = await rejectionOf(mapi.postPurchaseEvent(order))
  return { error, tries: sandbox.records.filter(({ path }) => path === PURCHASE).length }
}

describe('createMapiClient', () => {
  it('makes the four event calls, with one authorization', async () => {
    const { key, secret, mapi } = newClient()
    const person = { customerId: 'c-1', email: 'ada@example.com' }
    const bodies = [
      { ...person, firstName: 'Ada', loyaltyStatus: 'in' as const },
      { ...person, ...order, couponCode: 'SAVE10', attributionId: 'a-1', referralCode: 'r-1' },
      { ...person, birthday: { month: 12, day: 10 } },
      { ...person, eventType: 'Downloaded', deduplicationId: 'd-1' }
    ] as const
    expect(
      await Promise.all([
        mapi.postCustomer(bodies[0]),
        mapi.postPurchaseEvent(bodies[1]),
        mapi.postSignUpEvent(bodies[2]),
        mapi.postCustomEvent(bodies[3])
      ])
    ).toEqual([eventCreated, eventCreated, eventCreated, eventCreated])
    expect(authorizations(sandbox)).toHaveLength(1)
    expect(new Set(taken(sandbox).map(({ merchant }) => merchant))).toEqual(
      new Set([merchantOf({ key, secret })])
    )
    expect(Object.fromEntries(taken(sandbox).map(({ path, body }) => [path, body]))).toEqual({
      '/v1/customer': bodies[0],
      '/v1/event/purchase': bodies[1],
      '/v1/event/account-sign-up': bodies[2],
      '/v1/event/custom': bodies[3]
    })
  })

  it('gets a customer and the data of a user, and has them deleted', async () => {
    const { mapi } = newClient()
    await mapi.postCustomer({
      customerId: 'c 1&2',
      email: 'ada@example.com',
      firstName: 'Ada',
      loyaltyStatus: 'in'
    })
    expect(await mapi.getCustomer({ id: 'c 1&2' })).toMatchObject({
      id: 'c 1&2',
      email: 'ada@example.com',
      name: 'Ada'
    })
    expect(await mapi.getUserData({ email: 'ada@example.com' })).toMatchObject({
      customerIds: ['c 1&2'],
      trackedEvents: [{ type: 'customer' }]
    })
    expect(await mapi.deleteUserData({ customerId: 'c 1&2' })).toEqual({
      jobId: expect.any(String) as string
    })
    expect(await mapi.getUserData({ customerId: 'c 1&2' })).toMatchObject({
      customerIds: [],
      trackedEvents: []
    })
    expect(sandbox.records.at(-1)?.query).toEqual({ customerId: 'c 1&2' })
  })

  it('leaves out of a query what is not given', async () => {
    await newClient().mapi.deleteUserData({ email: undefined, customerId: 'c-1' })
    expect(sandbox.records.at(-1)?.query).toEqual({ customerId: 'c-1' })
  })

  it('gives an empty object for an answer without a body', async () => {
    sandbox.injectFault({ status: 204, body: '' }, { path: '/v1/user-data' })
    expect(await newClient().mapi.deleteUserData({ email: 'ada@example.com' })).toEqual({})
  })

  it('tells with an authorization whether the credentials are good', async () => {
    const { key, secret } = newClient()
    const strict = await startSandbox({ credentials: [{ key, secret }] })
    try {
      const mapiUrl = strict.url
      expect(await createMapiClient({ key, secret, mapiUrl }).postAuthorization()).toEqual({
        tokenType: 'Bearer',
        token: expect.any(String) as string,
        expires: expect.any(String) as string
      })
      const error = await rejectionOf(createMapiClient({ key, secret: 'wrong', mapiUrl }).postAuthorization())
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(error.message).toMatch(/^Friendbuy MAPI answered 401 to POST \/v1\/authorization: /)
    } finally {
      await strict.close()
    }
  })

  it.each([
    [400, InvalidRequestError],
    [422, InvalidRequestError],
    [401, AuthenticationError],
    [403, AuthenticationError],
    [408, UnavailableError],
    [423, UnavailableError],
    [429, UnavailableError],
    [503, UnavailableError],
    [300, MapiError],
    [302, MapiError],
    [404, MapiError]
  ])('rejects for a %d with a MapiError that has the status', async (status, errorClass) => {
    sandbox.injectFault({ status, body: { message: 'no' } }, { path: PURCHASE })
    const { error } = await failureOf(newClient({ retries: 0 }))
    expect(error).toBeInstanceOf(errorClass)
    expect(error).toMatchObject({
      status,
      message: `Friendbuy MAPI answered ${status} to POST /v1/event/purchase: no`
    })
  })

  it('tries four times again, or as often as it is told', async () => {
    // The shortest of the random pauses.
    jest.spyOn(Math, 'random').mockReturnValue(0)
    sandbox.injectFault({ status: 503 }, { path: PURCHASE })
    expect((await failureOf(newClient())).tries).toBe(5)
    expect((await failureOf(newClient({ retries: 1 }))).tries).toBe(5 + 2)
  })

  it('leaves a Retry-After that is longer than it is told to wait to its caller', async () => {
    sandbox.injectFault({ status: 429, headers: { 'retry-after': '2' } }, { path: PURCHASE })
    const { error, tries } = await failureOf(newClient({ maxRetryAfterMs: 1999 }))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 2000 })
    expect(tries).toBe(1)
  })

  it('gives a try as long as it is told, and ends with an error that has a status', async () => {
    sandbox.injectFault({ latencyMs: 3000 }, { path: PURCHASE })
    const { error } = await failureOf(newClient({ timeoutMs: 100, retries: 0 }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ status: 408 })
  })

  it('ends with an error that has a status where there is no MAPI', async () => {
    const client = newClient({ retries: 0 })
    await sandbox.close()
    const { error } = await failureOf(client)
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ status: 503 })
  })

  it('takes an address with the version, and a secret with the name of an environment', async () => {
    const { authKey: key, authSecret: secret } = newSettings()
    const mapi = createMapiClient({ key, secret: `uat:${secret}`, mapiUrl: `${sandbox.url}/v1/` })
    await mapi.postPurchaseEvent(order)
    expect(taken(sandbox).map(({ merchant }) => merchant)).toEqual([merchantOf({ key, secret })])
  })

  it('refuses blank credentials and an address that is none', () => {
    expect(() => createMapiClient({ key: '', secret: 's' })).toThrow(AuthenticationError)
    expect(() => createMapiClient({ key: 'k', secret: ' ' })).toThrow(AuthenticationError)
    for (const mapiUrl of ['nowhere', 'http://user:password@127.0.0.1', 'http://127.0.0.1/?query']) {
      expect(() => createMapiClient({ key: 'k', secret: 's', mapiUrl })).toThrow(TypeError)
    }
  })
})
