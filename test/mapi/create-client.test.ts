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

  it('ends with an error that has a status if nobody listens', async () => {
    const { mapi } = newClient({ retries: 0 })
    await sandbox.close()
    const error = await rejectionOf(mapi.postPurchaseEvent(order))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ status: 503 })
  })

  it('passes on how long and how often to try', async () => {
    sandbox.injectFault({ latencyMs: 3000 }, { path: PURCHASE })
    const error = await rejectionOf(newClient({ timeoutMs: 100, retries: 0 }).mapi.postPurchaseEvent(order))
    expect(error).toMatchObject({ status: 408 })
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

  it('rejects an invalid input without a request and without throwing', async () => {
    const { mapi } = newClient()
    const calls = [
      mapi.postPurchaseEvent({ ...order, amount: NaN }),
      mapi.postPurchaseEvent({ ...order, currency: 'usd' }),
      mapi.postCustomer({ customerId: '', email: 'ada@example.com' }),
      mapi.getLedgerEntries({ customerId: 'c', currency: 'Points', createdAfter: new Date('never') }),
      // @ts-expect-error missing input
      mapi.postRedeem(),
      // @ts-expect-error null is not an ID
      mapi.deleteUserData({ customerId: null })
    ]
    expect(await Promise.all(calls.map(async (call) => (await rejectionOf(call)).message))).toEqual([
      'postPurchaseEvent: amount: expected a finite number, got NaN',
      'postPurchaseEvent: currency: expected three capital letters such as USD, got other text',
      'postCustomer: customerId: expected non-empty text, got empty text',
      'getLedgerEntries: createdAfter: expected a Date or an ISO date-time such as 2024-01-31T00:00:00Z, got an invalid Date',
      'postRedeem: redemptionOptionId: required, but missing',
      'deleteUserData: customerId: expected non-empty text, got null'
    ])
    expect(await rejectionOf(calls[0] ?? Promise.resolve())).toBeInstanceOf(InvalidRequestError)
    expect(sandbox.records).toEqual([])
  })
})

describe('A redemption', () => {
  it('takes points once, although its response is lost', async () => {
    const { mapi } = newClient()
    const before = new Date(Date.now() - 1000)
    await mapi.postLedgerAdjustmentCustom({
      customCustomerId: 'c-1',
      currency: 'Points',
      value: 120,
      adjustmentType: 'add',
      description: 'Goodwill'
    })
    const { results } = await mapi.getRedemptionOptions()
    const { id: redemptionOptionId = '' } = results[0] ?? {}
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/reward/redeem', times: 1 })
    const error = await rejectionOf(mapi.postRedeem({ redemptionOptionId, customerId: 'c-1' }))
    expect(error).toBeInstanceOf(MapiError)
    expect(error).not.toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 504, isRetryable: false })
    const ledger = { customerId: 'c-1', currency: 'Points' }
    expect(await mapi.getLedgerBalance(ledger)).toMatchObject({ total: 70 })
    const entries = await mapi.getLedgerEntries({ ...ledger, createdAfter: before })
    expect(entries.map(({ value, sourceName }) => [value, sourceName])).toEqual([
      [120, undefined],
      [-50, '$10 Coupon']
    ])
    expect((await mapi.getCoupons({ customerId: 'c-1' })).results).toHaveLength(1)
  })
})

describe('createReferralLinks', () => {
  const toRequests = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ email: `u${index}@example.com`, campaignId: 'c' }))

  const batches = () => sandbox.records.filter(({ path }) => path === '/v1/personal-referral-link-batch')

  it('makes 25 links in three calls, in order', async () => {
    const requests = toRequests(25)
    const results = []
    for await (const result of newClient().mapi.createReferralLinks(requests)) results.push(result)
    expect(results.map(({ request }) => request)).toEqual(requests)
    expect(results.map(({ purl }) => purl?.email)).toEqual(requests.map(({ email }) => email))
    expect(batches()).toHaveLength(3)
  })

  it('reads as much of an endless source as it needs, and closes it', async () => {
    let read = 0
    let isClosed = false
    async function* endless() {
      try {
        for (;;) yield { email: `u${(read += 1)}@example.com`, campaignId: await Promise.resolve('c') }
      } finally {
        isClosed = true
      }
    }
    let results = 0
    for await (const _ of newClient().mapi.createReferralLinks(endless())) if ((results += 1) === 12) break
    expect({ read, isClosed, calls: batches().length }).toEqual({ read: 20, isClosed: true, calls: 2 })
  })

  it('gives an invalid request its error, and sends the others together', async () => {
    const [first, second] = toRequests(2)
    const requests = [first, { campaignId: 'c' }, second] as Parameters<
      ReturnType<typeof createMapiClient>['createReferralLinks']
    >[0]
    const results = []
    for await (const { purl, error } of newClient().mapi.createReferralLinks(requests)) {
      results.push(purl?.email ?? error?.message)
    }
    expect(results).toEqual([
      'u0@example.com',
      'createReferralLinks: email: required, but missing',
      'u1@example.com'
    ])
    expect(batches()).toHaveLength(1)
  })

  it('matches links by address and campaign in any letter case, and names a request without one', async () => {
    const purl = { link: 'l', referralCode: 'r', createdOn: '2024-01-01', campaignId: 'C' }
    const purls = [
      { ...purl, email: 'ADA@example.com', customerId: 'c-1', referralCode: 'one' },
      { ...purl, email: 'ada@example.com', customerId: 'c-2', referralCode: 'two' }
    ]
    sandbox.injectFault({ status: 200, body: { purls } }, { path: '/v1/personal-referral-link-batch' })
    const requests = [
      { email: 'ada@example.com', campaignId: 'c', customerId: 'c-2' },
      { email: 'ada@example.com', campaignId: 'c' },
      { email: 'grace@example.com', campaignId: 'c' }
    ]
    const results = []
    for await (const { purl: found, error } of newClient().mapi.createReferralLinks(requests)) {
      results.push(found?.referralCode ?? error?.code)
    }
    expect(results).toEqual(['two', 'one', 'NO_LINK'])
  })

  it('ends with any other error', async () => {
    sandbox.injectFault({ status: 403 }, { path: '/v1/personal-referral-link-batch' })
    const links = newClient().mapi.createReferralLinks(toRequests(1))
    expect(await rejectionOf(links.next())).toBeInstanceOf(AuthenticationError)
  })
})

describe('request', () => {
  it('calls a path that has no method, and gives its JSON', async () => {
    const { mapi } = newClient()
    sandbox.injectFault({ status: 200, body: [1, 2] }, { path: '/v1/block-users' })
    expect(
      await mapi.request({
        method: 'POST',
        path: '/v1/block-users',
        query: { dryRun: true, since: new Date(0), of: undefined },
        body: { emails: [] }
      })
    ).toEqual([1, 2])
    expect(sandbox.records.at(-1)).toMatchObject({
      path: '/v1/block-users',
      authorization: 'Bearer [redacted]'
    })
    expect(Object.keys(sandbox.records.at(-1)?.query ?? {})).toEqual(['dryRun', 'since'])
  })

  it.each([
    ['POST', undefined, 1, 'OUTCOME_UNKNOWN'],
    ['POST', 'always', 2, undefined],
    ['GET', undefined, 2, undefined],
    ['DELETE', undefined, 2, undefined],
    ['GET', 'never', 1, 'OUTCOME_UNKNOWN']
  ] as const)(
    'repeats a %s of the class %s after a lost response: %d calls',
    async (method, repeat, calls, code) => {
      jest.spyOn(Math, 'random').mockReturnValue(0)
      sandbox.injectFault({ status: 200 }, { path: '/v1/new' })
      sandbox.injectFault({ drop: 'after' }, { path: '/v1/new', times: 1 })
      const { mapi } = newClient()
      const result = await mapi.request({ method, path: '/v1/new', repeat }).catch((error: unknown) => error)
      expect((result as { code?: string }).code).toBe(code)
      expect(sandbox.records.filter(({ path }) => path === '/v1/new')).toHaveLength(calls)
    }
  )

  it.each(['/v2/new', 'https://example.com/v1/', '/v1/../admin', '/v1/a?b=1', '/v1/a b', ''])(
    'refuses the path %j',
    async (path) => {
      const error = await rejectionOf(newClient().mapi.request({ method: 'GET', path }))
      expect(error).toBeInstanceOf(InvalidRequestError)
      expect(error.message).toContain('path')
      expect(sandbox.records).toEqual([])
    }
  )
})
