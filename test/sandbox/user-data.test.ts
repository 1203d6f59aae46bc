import {
  anIsoDate,
  aUuid,
  customer,
  customEvent,
  newMerchant,
  newSandbox,
  purchase,
  refusal,
  signUp
} from './call'

const ada = { email: 'ada@example.com', customerId: 'c-1' }
const grace = { email: 'grace+shop@example.com', customerId: 'c/2 & co' }

const nothing = {
  emails: [],
  names: [],
  customerIds: [],
  ipAddresses: [],
  languages: [],
  userAgents: [],
  colorDepths: [],
  platforms: [],
  screenSizes: [],
  trackedEvents: [],
  shares: {},
  conversions: {}
}

/** What is said of a customer who has opted in. */
const loyaltyInfo = {
  status: 'in',
  logs: [expect.stringMatching(/^opted in /) as unknown],
  optedInOn: anIsoDate,
  everOptedIn: true
}

describe('GET /v1/customers', () => {
  it('gives a customer who is in the loyalty program', async () => {
    const { get, post } = await newMerchant(await newSandbox())
    await post('/v1/customer', { ...customer, firstName: 'Ada', lastName: 'Lovelace', loyaltyStatus: 'in' })

    expect(await get('/v1/customers', { id: 'c-1' })).toEqual({
      status: 200,
      body: {
        merchantId: aUuid,
        id: 'c-1',
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        loyaltyInfo
      }
    })
  })

  it('gives what the updates of a customer add up to', async () => {
    const { get, post } = await newMerchant(await newSandbox())
    await post('/v1/customer', { ...grace, loyaltyStatus: 'in' })
    await post('/v1/customer', { ...grace, email: 'hopper@example.com' })

    expect(await get('/v1/customers', { id: grace.customerId })).toEqual({
      status: 200,
      body: {
        merchantId: aUuid,
        id: grace.customerId,
        email: 'hopper@example.com',
        loyaltyInfo
      }
    })
  })

  it.each([{ loyaltyStatus: 'out' }, { loyaltyStatus: 'blocked' }, {}])(
    'gives no customer with %j',
    async (standing) => {
      const { get, post } = await newMerchant(await newSandbox())
      await post('/v1/customer', { ...customer, ...standing })

      expect(await get('/v1/customers', { id: 'c-1' })).toEqual(refusal(403))
    }
  )

  it('does not find who is unknown', async () => {
    const { get, post } = await newMerchant(await newSandbox())
    await post('/v1/customer', { ...customer, loyaltyStatus: 'in' })

    expect(await get('/v1/customers', { id: 'c-2' })).toEqual(refusal(404))
  })
})

describe('GET /v1/user-data', () => {
  it.each<Record<string, string>>([{ email: ada.email }, { customerId: ada.customerId }])(
    'gives everything that was filed with %j',
    async (query) => {
      const { get, post } = await newMerchant(await newSandbox())
      await post('/v1/event/account-sign-up', {
        ...signUp,
        ...ada,
        firstName: 'Ada',
        ipAddress: '203.0.113.7'
      })
      await post('/v1/event/purchase', { ...purchase, ...ada, userAgent: 'Mozilla/5.0' })
      await post('/v1/event/custom', { ...customEvent, ...ada, firstName: 'Ada', lastName: 'Lovelace' })
      await post('/v1/customer', { ...customer, ...ada, lastName: 'Lovelace', language: 'en' })
      await post('/v1/event/purchase', { ...purchase, orderId: 'o-2', ...grace, userAgent: 'curl/8' })

      expect(await get('/v1/user-data', query)).toEqual({
        status: 200,
        body: {
          ...nothing,
          emails: [ada.email],
          names: ['Ada', 'Ada Lovelace', 'Lovelace'],
          customerIds: [ada.customerId],
          ipAddresses: ['203.0.113.7'],
          languages: ['en'],
          userAgents: ['Mozilla/5.0'],
          trackedEvents: [
            { type: 'sign-up' },
            { type: 'purchase' },
            { type: 'custom event' },
            { type: 'customer' }
          ]
        }
      })
    }
  )

  it('gives what was filed with either, where both are asked for', async () => {
    const { get, post } = await newMerchant(await newSandbox())
    await post('/v1/event/custom', { ...customEvent, email: ada.email })
    await post('/v1/event/purchase', { ...purchase, customerId: ada.customerId })
    await post('/v1/customer', grace)

    expect(await get('/v1/user-data', ada)).toEqual({
      status: 200,
      body: {
        ...nothing,
        emails: [ada.email],
        customerIds: [ada.customerId],
        trackedEvents: [{ type: 'custom event' }, { type: 'purchase' }]
      }
    })
  })

  it('gives nothing about who is unknown, not the order of a guest either', async () => {
    const { get, post } = await newMerchant(await newSandbox())
    await post('/v1/event/purchase', purchase)

    expect(await get('/v1/user-data', { email: ada.email })).toEqual({ status: 200, body: nothing })
    expect(await get('/v1/user-data', { customerId: ada.customerId })).toEqual({ status: 200, body: nothing })
  })
})

describe('DELETE /v1/user-data', () => {
  it.each<Record<string, string>>([{ email: grace.email }, { customerId: grace.customerId }])(
    'forgets everything that was filed with %j',
    async (query) => {
      const { delete: forget, get, post } = await newMerchant(await newSandbox())
      await post('/v1/event/account-sign-up', { ...signUp, ...grace })
      await post('/v1/event/purchase', { ...purchase, ...grace })
      await post('/v1/event/custom', { ...customEvent, ...grace })
      await post('/v1/customer', { ...customer, ...grace, loyaltyStatus: 'in' })

      expect(await forget('/v1/user-data', query)).toEqual({ status: 200, body: { jobId: aUuid } })

      expect(await get('/v1/user-data', grace)).toEqual({ status: 200, body: nothing })
      expect(await get('/v1/customers', { id: grace.customerId })).toEqual(refusal(404))
    }
  )

  it('brings nothing back that was no longer kept', async () => {
    const merchant = await newMerchant(await newSandbox({ keep: 2 }))
    for (const customerId of ['a', 'b', 'c'])
      await merchant.post('/v1/event/account-sign-up', { ...signUp, customerId })
    await merchant.delete('/v1/user-data', { customerId: 'c' })
    expect((await merchant.get('/v1/user-data', { customerId: 'a' })).body).toEqual(nothing)
  })

  it('keeps everything about others', async () => {
    const sandbox = await newSandbox()
    const [one, other] = [await newMerchant(sandbox), await newMerchant(sandbox)]
    await one.post('/v1/customer', { ...ada, loyaltyStatus: 'in' })
    await one.post('/v1/customer', grace)
    await other.post('/v1/customer', { ...grace, loyaltyStatus: 'in' })

    await one.delete('/v1/user-data', grace)

    expect(await one.get('/v1/user-data', ada)).toMatchObject({ body: { customerIds: [ada.customerId] } })
    expect(await one.get('/v1/customers', { id: ada.customerId })).toMatchObject({ status: 200 })
    expect(await other.get('/v1/user-data', grace)).toMatchObject({ body: { emails: [grace.email] } })
    expect(await other.get('/v1/customers', { id: grace.customerId })).toMatchObject({ status: 200 })
  })
})

describe.each(['get', 'delete'] as const)('/v1/user-data, to %s', (method) => {
  it('needs an email or a customerId', async () => {
    const merchant = await newMerchant(await newSandbox())

    expect(await merchant[method]('/v1/user-data')).toEqual(refusal(400))
  })
})
