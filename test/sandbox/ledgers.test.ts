import { newMerchant, newSandbox, purchase, refusal } from './call'

const add = { currency: 'Points', value: 100, adjustmentType: 'add', description: 'Goodwill' }
const owner = { customCustomerId: 'c-1', currency: 'Points' }

/** A merchant whose sandbox has this clock, in milliseconds since 1970. */
const newLedgers = async (options = {}) => {
  const clock = { now: Date.parse('2030-01-01T00:00:00Z') }
  const merchant = await newMerchant(await newSandbox({ now: () => clock.now, ...options }))
  return {
    clock,
    ...merchant,
    change: (properties: object) =>
      merchant.post('/v1/ledger-adjustment-custom', { ...owner, ...add, ...properties }),
    balance: () => merchant.get('/v1/ledger-balance-custom', owner),
    entries: (createdAfter = '2000-01-01') =>
      merchant.get('/v1/ledger-entries', { customerId: 'c-1', currency: 'Points', createdAfter })
  }
}

describe('A ledger', () => {
  it('answers a new ledger with 201 and a known one with 200, as the reference has it', async () => {
    const { change } = await newLedgers()
    expect(await change({ expirationDate: '2030-02-01T00:00:00Z' })).toEqual({
      status: 201,
      body: {
        currency: 'Points',
        value: 100,
        total: 100,
        description: 'Goodwill',
        createdOn: '2030-01-01T00:00:00.000Z',
        ledgerCap: 1_000_000,
        expirationDate: '2030-02-01T00:00:00.000Z',
        creditDetails: [
          {
            amount: 100,
            earnedOn: '2030-01-01T00:00:00.000Z',
            expireOn: '2030-02-01T00:00:00.000Z',
            status: 'active'
          }
        ]
      }
    })
    expect(await change({ value: 0.1 })).toMatchObject({ status: 200, body: { total: 100.1 } })
    expect(await change({ value: 0.2 })).toMatchObject({ status: 200, body: { value: 0.2, total: 100.3 } })
  })

  it('spends its oldest credits first', async () => {
    const { change, balance, clock } = await newLedgers()
    await change({ value: 10 })
    await change({ value: 20 })
    clock.now += 1000
    expect(await change({ adjustmentType: 'remove', value: 15 })).toMatchObject({
      body: { value: 15, total: 15 }
    })
    expect(await balance()).toMatchObject({
      body: {
        total: 15,
        creditDetails: [
          { amount: 10, status: 'redeemed', redeemedOn: '2030-01-01T00:00:01.000Z' },
          { amount: 20, status: 'active' }
        ]
      }
    })
  })

  it('loses what expires, with an entry of its own at that time', async () => {
    const { change, balance, entries, clock } = await newLedgers()
    await change({ value: 10, expirationDate: '2030-01-02T00:00:00Z' })
    await change({ value: 20 })
    await change({ adjustmentType: 'remove', value: 4 })
    clock.now = Date.parse('2030-01-03T00:00:00Z')
    expect(await balance()).toMatchObject({
      body: { total: 20, creditDetails: [{ status: 'expired' }, { status: 'active' }] }
    })
    expect(await entries('2030-01-01T12:00:00Z')).toEqual({
      status: 200,
      body: [
        {
          customerId: 'c-1',
          currency: 'Points',
          total: 20,
          value: -6,
          createdOn: '2030-01-02T00:00:00.000Z',
          description: 'Expired'
        }
      ]
    })
  })

  it('refuses to take more than there is, to expire in the past, and to exceed its cap', async () => {
    const { change, balance } = await newLedgers({ ledgerCap: 150 })
    expect(await change({ adjustmentType: 'remove' })).toEqual(refusal(409, 'Not enough Points'))
    expect(await change({ expirationDate: '2029-12-31T00:00:00Z' })).toEqual(refusal(422, 'expirationDate'))
    expect(await change({ expirationDate: '2029-99-99' })).toEqual(refusal(422, 'expirationDate'))
    expect(await change({ value: 151 })).toEqual(refusal(422, 'value'))
    expect(await balance()).toEqual(refusal(404, 'No ledger found for customer with id: '))
    await change({})
    expect(await change({ adjustmentType: 'remove', value: 100.5 })).toEqual(refusal(409))
    expect(await balance()).toMatchObject({ body: { total: 100 } })
  })

  it('of an ordinary customer needs one whom a call has named', async () => {
    const { post, get } = await newLedgers()
    const adjust = () => post('/v1/ledger-adjustment', { customerId: 'c-9', ...add })
    expect(await adjust()).toEqual(refusal(400))
    await post('/v1/event/purchase', { ...purchase, customerId: 'c-9' })
    expect(await adjust()).toMatchObject({ status: 200, body: { total: 100 } })
    // One store: the two operations differ only in that check.
    expect(
      await get('/v1/ledger-balance-custom', { customCustomerId: 'c-9', currency: 'Points' })
    ).toMatchObject({ status: 200, body: { total: 100 } })
    expect(await get('/v1/ledger-balance', { customerId: 'c-9', currency: 'points' })).toEqual(refusal(404))
  })

  it('is listed with the others of its currency, in pages', async () => {
    const { post, get } = await newLedgers({ pageSize: 2 })
    for (const id of ['a', 'b', 'c'])
      await post('/v1/ledger-adjustment-custom', { ...add, customCustomerId: id })
    await post('/v1/ledger-adjustment-custom', { ...add, customCustomerId: 'd', currency: 'USD' })
    const heads = '/v1/analytics/loyalty/ledger-heads'
    const first = await get(heads, { currency: 'Points' })
    expect(first).toMatchObject({
      status: 200,
      body: { totalResults: 3, results: [{ customerId: 'a', currentBalance: 100 }, { customerId: 'b' }] }
    })
    const { nextPageToken } = first.body as { nextPageToken: string }
    expect(await get(heads, { currency: 'Points', pageToken: nextPageToken })).toMatchObject({
      body: { results: [{ customerId: 'c' }] }
    })
  })
})

describe('A redemption', () => {
  const redeem = { redemptionOptionId: 'o-1', customerId: 'c-1' }
  const redemptionOptions = [{ id: 'o-1', name: 'Mug', ledgerAmount: 60, ledgerCurrency: 'Points' }]

  it('gives a coupon that a purchase redeems', async () => {
    const { change, post, get } = await newLedgers({ redemptionOptions })
    await change({})
    const { body } = await post('/v1/reward/redeem', redeem)
    expect(body).toEqual({ couponCode: expect.any(String) as string, newLedgerTotal: 40 })
    const { couponCode } = body as { couponCode: string }
    await post('/v1/event/purchase', { ...purchase, couponCode })
    const coupon = {
      code: couponCode,
      redemptionOptionName: 'Mug',
      distributedOn: '2030-01-01T00:00:00.000Z'
    }
    expect(await get('/v1/reward/coupons', { customerId: 'c-1', status: 'redeemed' })).toEqual({
      status: 200,
      body: { records: [{ ...coupon, status: 'redeemed', redeemedOn: '2030-01-01T00:00:00.000Z' }] }
    })
    expect(await get('/v1/reward/coupons', { customerId: 'c-1', status: 'distributed' })).toEqual({
      status: 200,
      body: { records: [] }
    })
  })

  it('is refused for an unknown option or too little', async () => {
    const { change, post } = await newLedgers({ redemptionOptions })
    await change({ value: 59 })
    expect(await post('/v1/reward/redeem', { ...redeem, redemptionOptionId: 'o-2' })).toEqual(refusal(400))
    expect(await post('/v1/reward/redeem', redeem)).toEqual(refusal(409, 'Not enough Points'))
  })
})

describe('A member tier', () => {
  const memberTiers = [
    { id: 't-1', name: 'Silver', precedence: 2, points: 0 },
    { id: 't-2', name: 'Gold', precedence: 1, points: 100 }
  ]

  it('is the highest that the points reach', async () => {
    const { change, post, get } = await newLedgers({ memberTiers })
    const tier = () => get('/v1/customers/member-tier', { id: 'c-1' })
    expect(await tier()).toEqual(refusal(403))
    await post('/v1/customer', { customerId: 'c-1', email: 'ada@example.com' })
    expect(await tier()).toEqual(refusal(403))
    await post('/v1/customer', { customerId: 'c-1', email: 'ada@example.com', loyaltyStatus: 'in' })
    expect(await tier()).toMatchObject({ status: 200, body: { memberTierNameCached: 'Silver' } })
    await change({ expirationDate: '2030-02-01T00:00:00Z' })
    expect(await tier()).toMatchObject({
      body: {
        memberTierNameCached: 'Gold',
        memberTierPrecedenceCached: 1,
        memberTierPoints: {
          points: 100,
          expiresOn: '2030-02-01T00:00:00.000Z',
          expirationDetails: [{ expiresOn: '2030-02-01T00:00:00.000Z', points: 100 }]
        },
        pointsCurrency: 'Points'
      }
    })
  })
})
