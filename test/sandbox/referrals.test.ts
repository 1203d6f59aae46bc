import type { SandboxOptions } from '../../src/sandbox'
import { customEvent, newMerchant, newSandbox, purchase, refusal, signUp } from './call'

const range = { fromDate: '2029-12-31T00:00:00Z', toDate: '2030-12-31T00:00:00Z' }
const friend = { email: 'friend@example.com', customerId: 'f-1' }

const campaign = {
  id: 'spring',
  name: 'Spring',
  advocateReward: { amount: 10, unit: 'USD', type: 'Coupon Code', trigger: 'purchase' },
  friendIncentive: {
    amount: 5,
    unit: 'USD',
    type: 'Coupon Code',
    trigger: 'email_capture',
    description: '$5'
  }
}

/** A merchant with a campaign, and an advocate who has the code `ada`. */
const newCampaign = async (options: SandboxOptions = {}) => {
  const sandbox = await newSandbox({
    now: () => Date.parse('2030-01-01T00:00:00Z'),
    campaigns: [campaign, { id: 'over', active: false }],
    ...options
  })
  const merchant = await newMerchant(sandbox)
  const link = {
    email: 'ada@example.com',
    campaignId: 'spring',
    customerId: 'a-1',
    firstName: 'Ada',
    seed: 'ada'
  }
  await merchant.post('/v1/personal-referral-link', link)
  const report = async (name: string, query = {}) =>
    ((await merchant.get(`/v1/analytics/${name}`, { ...range, ...query })).body as { results: object[] })
      .results
  return { sandbox, link, ...merchant, report }
}

const advocate = { advocateEmail: 'ada@example.com', advocateCustomerId: 'a-1', advocateName: 'Ada' }
const spring = { campaignId: 'spring', campaignName: 'Spring' }

describe('A link', () => {
  it('is one for each campaign and address, in any letter case', async () => {
    const { post, link } = await newCampaign({ campaigns: undefined })
    const create = (properties: object) => post('/v1/personal-referral-link', { ...link, ...properties })
    const first = { referralCode: 'ada', link: 'https://fbuy.io/sandbox/ada' }
    expect(await create({ email: 'ADA@example.com', seed: 'other' })).toMatchObject({ body: first })
    expect(await create({ campaignId: 'autumn', seed: 'Älä Lo_v-e!' })).toMatchObject({
      body: { referralCode: 'llo_v-e' }
    })
    // A seed that is in use gives a random code.
    expect(await create({ email: 'grace@example.com', seed: 'ada' })).toMatchObject({
      body: { referralCode: expect.stringMatching(/^[a-z0-9]{8}$/) as unknown }
    })
  })

  it('of an unknown or inactive campaign is refused, with the whole batch', async () => {
    const { post, get, link } = await newCampaign()
    for (const campaignId of ['winter', 'over']) {
      const requests = [
        { email: 'new@example.com', campaignId: 'spring', seed: 'new' },
        { ...link, campaignId }
      ]
      expect(await post('/v1/personal-referral-link-batch', { requests })).toEqual(refusal(404, 'Campaign'))
    }
    expect(await get('/v1/referral-status', { code: 'new' })).toEqual(refusal(404))
  })

  it('says what its code is worth, until it is blocked', async () => {
    const { get, sandbox, report, post } = await newCampaign()
    expect(await get('/v1/referral-status', { code: 'ada' })).toEqual({
      status: 200,
      body: {
        referralCode: { code: 'ada', status: 'active' },
        campaignId: 'spring',
        advocate: {
          email: 'ada@example.com',
          customerId: 'a-1',
          name: 'Ada',
          rewardDetails: { amount: 10, value: 'USD' }
        },
        friendIncentive: { amount: 5, value: 'USD', description: '$5' }
      }
    })
    sandbox.simulate({ type: 'blockReferralCode', referralCode: 'ada' })
    expect(await get('/v1/referral-status', { code: 'ada' })).toEqual(refusal(400))
    await post('/v1/event/purchase', { ...purchase, referralCode: 'ada' })
    expect(await report('purchases')).toEqual([])
  })
})

describe('A referral', () => {
  it('is a purchase with a code, which earns its advocate a coupon once', async () => {
    const { post, get, report } = await newCampaign()
    const order = { ...purchase, ...friend, firstName: 'Fay', referralCode: 'ada', isNewCustomer: true }
    await post('/v1/event/purchase', order)
    await post('/v1/event/purchase', order)
    await post('/v1/event/purchase', { ...purchase, orderId: 'o-2' })
    const referral = { ...advocate, ...spring, referralCode: 'ada', createdOn: '2030-01-01T00:00:00.000Z' }
    expect(await report('purchases')).toEqual([
      { ...referral, ...friend, name: 'Fay', newCustomer: true, orderId: 'o-1', amount: 49.9 }
    ])
    const reward = {
      ...referral,
      rewardType: 'Coupon Code',
      rewardAmount: 10,
      couponCode: expect.any(String) as string,
      trigger: 'purchase',
      channel: 'purl',
      friendEmail: 'friend@example.com',
      friendCustomerId: 'f-1',
      friendName: 'Fay'
    }
    expect(await report('distributed-advocate-rewards')).toEqual([reward])
    expect(await report('rewards/referral', { recipientType: 'advocate' })).toEqual([
      { ...reward, id: expect.any(String) as string, recipientType: 'advocate', status: 'Distributed' }
    ])
    expect(await get('/v1/reward/coupons', { email: 'ADA@example.com' })).toMatchObject({
      body: { records: [{ status: 'distributed' }] }
    })
  })

  it('by one’s own address is rejected', async () => {
    const { post, report } = await newCampaign()
    await post('/v1/event/purchase', { ...purchase, email: 'Ada@example.com', referralCode: 'ada' })
    expect(await report('rewards/referral')).toMatchObject([{ status: 'Rejected' }])
    expect(await report('distributed-advocate-rewards')).toEqual([])
  })

  it('is also a purchase with the coupon of an incentive', async () => {
    const { sandbox, post, report } = await newCampaign()
    sandbox.simulate({ type: 'emailCapture', referralCode: 'ada', ...friend, name: 'Fay Fox' })
    expect(await report('email-captures')).toMatchObject([
      { email: 'friend@example.com', name: 'Fay Fox', emailCaptureType: 'friend', ...spring }
    ])
    const [incentive] = (await report('distributed-friend-incentives')) as { couponCode: string }[]
    expect(incentive).toMatchObject({
      incentiveType: 'Coupon Code',
      incentiveAmount: 5,
      friendEmail: 'friend@example.com',
      friendName: 'Fay Fox',
      trigger: 'email_capture'
    })
    // The coupon decides before the code does.
    const couponCode = incentive?.couponCode
    await post('/v1/event/purchase', { ...purchase, ...friend, couponCode, referralCode: 'unknown' })
    expect(await report('purchases')).toMatchObject([{ referralCode: 'ada', couponCode }])
  })

  it('adds to a ledger if the reward is one, for sign-ups and custom events alike', async () => {
    const advocateReward = { amount: 30, unit: 'Points', type: 'Ledger' }
    const campaigns = ['sign_up', 'quiz'].map((trigger) => ({
      id: trigger,
      advocateReward: { ...advocateReward, trigger }
    }))
    const { post, get, report } = await newCampaign({ campaigns })
    for (const campaignId of ['sign_up', 'quiz']) {
      await post('/v1/personal-referral-link', {
        email: 'ada@example.com',
        customerId: 'a-1',
        campaignId,
        seed: campaignId
      })
    }
    await post('/v1/event/account-sign-up', { ...signUp, referralCode: 'sign_up' })
    await post('/v1/event/custom', { ...customEvent, email: 'f@example.com', referralCode: 'quiz' })
    expect(await get('/v1/ledger-balance', { customerId: 'a-1', currency: 'Points' })).toMatchObject({
      body: { total: 30 }
    })
    expect(await report('account-sign-ups')).toHaveLength(1)
    expect(await report('rewards/referral')).toMatchObject([
      { status: 'Rejected' },
      { status: 'Distributed' }
    ])
  })
})

describe('A report', () => {
  it('shows simulated events in the order of their time, filtered', async () => {
    const { sandbox, report } = await newCampaign()
    const at = (day: number) => `2030-01-0${day}T00:00:00.000Z`
    sandbox.simulate({ type: 'click', referralCode: 'ada', createdOn: at(3), channel: 'email' })
    sandbox.simulate({ type: 'click', referralCode: 'ada', createdOn: at(1), destinationUrl: 'https://x' })
    sandbox.simulate({ type: 'share', referralCode: 'ada', channel: 'sms' })
    sandbox.simulate({
      type: 'widgetView',
      widgetName: 'W',
      widgetType: 'advocateShare',
      campaignId: 'spring'
    })
    const click = { ...advocate, ...spring, referralCode: 'ada' }
    expect(await report('clicks')).toEqual([
      { ...click, channel: 'purl', createdOn: at(1), destinationUrl: 'https://x' },
      { ...click, channel: 'email', createdOn: at(3) }
    ])
    expect(await report('clicks', { channel: 'email' })).toHaveLength(1)
    // Both ends belong to the range.
    expect(await report('clicks', { fromDate: at(1), toDate: at(3) })).toHaveLength(2)
    expect(await report('clicks', { fromDate: at(2), toDate: at(2) })).toEqual([])
    expect(await report('shares', { advocateEmail: 'ADA@EXAMPLE.COM' })).toHaveLength(1)
    expect(await report('widget-views', { widgetType: 'emailCapture' })).toEqual([])
    expect(await report('widget-views')).toMatchObject([{ widgetName: 'W', campaignName: 'Spring' }])
  })

  it.each([
    ['a range that ends before it begins', { fromDate: '2030-02-01', toDate: '2030-01-01' }, 'toDate'],
    ['a date that is none', { fromDate: '2030-99-99', toDate: '2030-01-01' }, 'fromDate'],
    ['an unreadable token', { pageToken: 'abc' }, 'pageToken'],
    ['half a range', { fromDate: '2030-01-01' }, 'toDate'],
    ['a size that is no number', { ...range, pageSize: '1.5' }, 'pageSize'],
    ['an unknown filter', { ...range, chanel: 'email' }, 'chanel']
  ])('refuses %s', async (_name, query, words) => {
    const { get } = await newCampaign()
    expect(await get('/v1/analytics/clicks', query)).toEqual(refusal(422, words))
  })

  it('counts emails by the day of a time zone', async () => {
    const { sandbox, get } = await newCampaign()
    const createdOn = '2030-01-02T03:00:00Z'
    for (const event of ['sent', 'delivered', 'opened', 'opened', 'clicked'] as const) {
      sandbox.simulate({ type: 'emailEvent', event, emailId: 'e-1', createdOn })
    }
    sandbox.simulate({ type: 'emailEvent', email: 'reminder', event: 'bounced', createdOn })
    const query = { fromDate: '2030-01-01', toDate: '2030-01-02', zone: 'America/Los_Angeles' }
    const none = {
      totalOpens: 0,
      uniqueOpens: 0,
      totalClicks: 0,
      uniqueClicks: 0,
      recipients: 0,
      delivered: 0,
      bounced: 0,
      spam: 0
    }
    const sent = {
      ...none,
      shares: 1,
      recipients: 1,
      delivered: 1,
      totalOpens: 2,
      uniqueOpens: 1,
      totalClicks: 1,
      uniqueClicks: 1
    }
    const counts = { shareEmails: sent, reminderEmails: { ...none, bounced: 1 } }
    const metrics = { ...query, ...counts }
    expect(await get('/v1/analytics/email-metrics', query)).toEqual({ status: 200, body: metrics })
    expect(await get('/v1/analytics/email-metrics', { ...query, includeSeries: 'true' })).toEqual({
      status: 200,
      body: {
        ...metrics,
        series: [
          { date: '2030-01-01', ...counts },
          { date: '2030-01-02', shareEmails: { ...none, shares: 0 }, reminderEmails: none }
        ]
      }
    })
    expect(await get('/v1/analytics/email-metrics', { ...query, zone: 'Mars' })).toEqual(refusal(422, 'zone'))
  })
})

describe('The deletion of a person', () => {
  it('takes links, coupons, ledgers and reports along', async () => {
    const { sandbox, post, get, report, ...merchant } = await newCampaign()
    await post('/v1/customer', { customerId: 'a-1', email: 'ada@example.com' })
    sandbox.simulate({ type: 'share', referralCode: 'ada', channel: 'email' })
    await post('/v1/event/purchase', { ...purchase, ...friend, referralCode: 'ada' })
    const change = { currency: 'Points', value: 5, adjustmentType: 'add', description: 'd' }
    await post('/v1/ledger-adjustment', { customerId: 'a-1', ...change })
    expect(await get('/v1/user-data', { customerId: 'a-1' })).toMatchObject({
      body: { shares: { email: 1 }, conversions: { purl: 1 } }
    })

    expect(await merchant.delete('/v1/user-data', { email: 'ada@example.com' })).toMatchObject({
      status: 200
    })

    expect(await get('/v1/referral-status', { code: 'ada' })).toEqual(refusal(404))
    expect(await get('/v1/ledger-balance', { customerId: 'a-1', currency: 'Points' })).toEqual(refusal(404))
    expect(await get('/v1/reward/coupons', { customerId: 'a-1' })).toMatchObject({ body: { records: [] } })
    for (const name of ['shares', 'purchases', 'rewards/referral']) expect(await report(name)).toEqual([])
    expect(await get('/v1/user-data', { customerId: 'a-1' })).toMatchObject({
      body: { emails: [], trackedEvents: [], shares: {}, conversions: {} }
    })
    expect(await get('/v1/user-data', { customerId: 'f-1' })).toMatchObject({
      body: { trackedEvents: [{ type: 'purchase' }] }
    })
  })
})

describe('simulate', () => {
  it('needs a merchant that can only be one, and a code that a link has', async () => {
    const sandbox = await newSandbox()
    const click = { type: 'click', referralCode: 'ada' } as const
    expect(() => {
      sandbox.simulate(click)
    }).toThrow('none has authorized')
    const { name } = await newMerchant(sandbox)
    await newMerchant(sandbox)
    expect(() => {
      sandbox.simulate(click)
    }).toThrow('several have authorized')
    expect(() => {
      sandbox.simulate(click, name)
    }).toThrow('There is no link with the referral code ada')
  })
})
