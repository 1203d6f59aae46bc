import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { SandboxOptions, SandboxWebhooks, WebhookAttempt } from '../../src/sandbox'
import {
  createRewardValidationHandler,
  createWebhookHandler,
  type RewardValidation,
  toNodeListener,
  type Webhook
} from '../../src/webhooks'
import { eventually } from '../support/eventually'
import { warningsDuring } from '../support/node-warnings'
import { aUuid, customEvent, newMerchant, newSandbox, purchase, signUp } from './call'

const secretKey = 'secret-of-webhooks'
const NOW = '2030-01-01T00:00:00.000Z'
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const serve = async (handle: (request: Request) => Response | Promise<Response>) => {
  const server = createServer(toNodeListener(handle)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** A shop that takes webhooks, with a sandbox whose advocate has the code `ada`. */
const newShop = async (options: SandboxOptions = {}, webhooks: Partial<SandboxWebhooks> = {}) => {
  const received: Webhook[] = []
  const keys: string[] = []
  const responses: number[] = []
  const handle = createWebhookHandler({
    secretKey,
    on: Object.fromEntries(
      ['advocateReward', 'friendIncentive', 'emailCapture', 'emailOptOut'].map((type) => [
        type,
        (_item: unknown, webhook: Webhook) => received.push(webhook)
      ])
    ),
    onError: () => undefined,
    once: (key, work) => {
      keys.push(key)
      return work()
    }
  })
  const url = await serve((request) => {
    const status = responses.shift()
    return status === undefined ? handle(request) : new Response(null, { status })
  })
  const sandbox = await newSandbox({
    now: () => Date.parse(NOW),
    campaigns: [
      {
        id: 'spring',
        name: 'Spring',
        advocateReward: { amount: 10, unit: 'USD' },
        friendIncentive: { amount: 5, unit: '%', trigger: 'email_capture' }
      },
      { id: 'points', advocateReward: { amount: 40, unit: 'Points', type: 'Ledger', trigger: 'quiz' } }
    ],
    webhooks: { url, secretKey, retryMs: 10, ...webhooks },
    ...options
  })
  const merchant = await newMerchant(sandbox)
  const link = { email: 'ada@example.com', customerId: 'a-1', firstName: 'Ada', ipAddress: '192.0.2.1' }
  await merchant.post('/v1/personal-referral-link', { ...link, campaignId: 'spring', seed: 'ada' })
  await merchant.post('/v1/personal-referral-link', { ...link, campaignId: 'points', seed: 'ada-2' })
  const rewards = async () =>
    (
      (await merchant.get('/v1/analytics/rewards/referral', { fromDate: NOW, toDate: NOW })).body as {
        results: object[]
      }
    ).results
  return { sandbox, received, keys, responses, rewards, ...merchant }
}

const order = {
  ...purchase,
  orderId: 'o-1',
  email: 'friend@example.com',
  customerId: 'f-1',
  referralCode: 'ada',
  isNewCustomer: true,
  ipAddress: '192.0.2.2',
  products: [{ sku: 'p-1', name: 'Product', quantity: 1, price: 49.9 }]
}

const reward = {
  rewardId: aUuid,
  rewardType: 'discount',
  rewardUnit: 'USD',
  rewardAmount: 10,
  emailAddress: 'ada@example.com',
  customerId: 'a-1',
  ipAddress: '192.0.2.1',
  couponCode: expect.stringMatching(/^[a-z0-9]{8}$/) as unknown,
  rewardTrigger: 'purchase',
  createdOn: NOW,
  friends: [{ friendEmailAddress: 'friend@example.com', friendCustomerId: 'f-1', conversionNumber: 1 }]
}
const envelope = { id: aUuid, createdOn: NOW }

describe('Webhooks of the sandbox', () => {
  it('report the reward of an order with a referral code, with the ID and coupon of the reports', async () => {
    const { post, received, rewards } = await newShop()
    await post('/v1/event/purchase', order)
    await eventually(() => received.length > 0)
    expect(received).toEqual([{ ...envelope, type: 'advocateReward', data: [reward] }])
    const [item] = received[0]?.data as { rewardId: string; couponCode: string }[]
    expect(await rewards()).toMatchObject([
      { id: item?.rewardId, couponCode: item?.couponCode, status: 'Distributed' }
    ])
  })

  it('count the conversions of an advocate', async () => {
    const { post, received } = await newShop()
    for (const orderId of ['o-1', 'o-2']) await post('/v1/event/purchase', { ...order, orderId })
    await eventually(() => received.length === 2)
    const numbers = received.map(({ data: [item] }) => (item as typeof reward).friends[0]?.conversionNumber)
    expect(numbers.sort()).toEqual([1, 2])
  })

  it('report a credit without a coupon', async () => {
    const { post, received } = await newShop()
    await post('/v1/event/custom', { ...customEvent, email: 'friend@example.com', referralCode: 'ada-2' })
    await eventually(() => received.length > 0)
    expect(received).toMatchObject([
      { type: 'advocateReward', data: [{ rewardType: 'ledger', rewardUnit: 'Points', couponCode: '' }] }
    ])
  })

  it("report captures, and the friend's incentive", async () => {
    const { sandbox, received } = await newShop()
    const capture = { type: 'emailCapture', email: 'friend@example.com', name: 'Fred Friend' } as const
    sandbox.simulate({ ...capture, referralCode: 'ada' })
    await eventually(() => received.length === 2)
    expect(received.find(({ type }) => type === 'emailCapture')).toEqual({
      ...envelope,
      type: 'emailCapture',
      data: [
        {
          eventId: aUuid,
          emailAddress: 'friend@example.com',
          name: 'Fred Friend',
          mobileNumber: null,
          campaign: { id: 'spring', name: 'Spring' },
          referral: { code: 'ada', channel: 'purl' },
          advocate: { email: 'ada@example.com', name: 'Ada', customerId: 'a-1' }
        }
      ]
    })
    const { friends: _friends, ipAddress: _ipAddress, customerId: _customerId, ...incentive } = reward
    expect(received.find(({ type }) => type === 'friendIncentive')).toEqual({
      ...envelope,
      type: 'friendIncentive',
      data: [
        {
          ...incentive,
          rewardUnit: '%',
          rewardAmount: 5,
          emailAddress: 'friend@example.com',
          rewardTrigger: 'email_capture',
          advocateEmailAddress: 'ada@example.com',
          advocateCustomerId: 'a-1'
        }
      ]
    })
  })

  it('report opt-outs, and no capture whose box was left unchecked', async () => {
    const { sandbox, received } = await newShop()
    sandbox.simulate({ type: 'emailCapture', email: 'friend@example.com', newsletterOptIn: false })
    sandbox.simulate({ type: 'emailOptOut', email: 'friend@example.com', campaignId: 'spring' })
    await eventually(() => received.length > 0)
    const item = { emailAddress: 'friend@example.com', campaignId: 'spring', campaignName: 'Spring' }
    expect(received).toEqual([{ ...envelope, type: 'emailOptOut', data: [item] }])
  })

  it('are repeated as they were until they get a 200', async () => {
    const attempts: WebhookAttempt[] = []
    const { post, responses, sandbox, keys } = await newShop(
      {},
      { onAttempt: (attempt) => attempts.push(attempt) }
    )
    responses.push(500, 204, 302)
    await post('/v1/event/purchase', order)
    await eventually(() => sandbox.sentWebhooks[0]?.status === 200)
    expect(attempts).toEqual(
      [500, 204, 302, 200].map((status) => ({
        type: 'advocateReward',
        url: expect.any(String) as unknown,
        status
      }))
    )
    expect(sandbox.sentWebhooks).toMatchObject([{ type: 'advocateReward', attempts: 4, status: 200 }])
    expect(keys).toHaveLength(1)
  })

  it('stop after 96 repetitions', async () => {
    const { post, responses, sandbox } = await newShop({}, { retryMs: 0 })
    responses.push(...Array.from({ length: 200 }, () => 503))
    await post('/v1/event/purchase', order)
    await eventually(() => responses.length === 200 - 97)
    await delay(100)
    expect(sandbox.sentWebhooks).toMatchObject([{ attempts: 97, status: 503 }])
  })

  it('are not sent for what earns nothing, nor twice for the same order', async () => {
    const { post, sandbox, received } = await newShop()
    await post('/v1/event/account-sign-up', { ...signUp, referralCode: 'ada' })
    await post('/v1/event/purchase', { ...order, orderId: 'self', email: 'ada@example.com' })
    await post('/v1/event/purchase', { ...order, orderId: 'unknown', referralCode: 'bob' })
    await post('/v1/event/purchase', order)
    await post('/v1/event/purchase', order)
    await eventually(() => received.length > 0)
    expect(sandbox.sentWebhooks).toHaveLength(1)
  })

  it('have no status without a response, and end with the sandbox', async () => {
    const attempts: WebhookAttempt[] = []
    const url = 'http://127.0.0.1:1/'
    const onAttempt = (attempt: WebhookAttempt) => attempts.push(attempt)
    const { post, sandbox } = await newShop({ webhooks: { url, secretKey, retryMs: 3_600_000, onAttempt } })
    await post('/v1/event/purchase', order)
    await eventually(() => attempts.length > 0)
    expect(attempts).toEqual([{ type: 'advocateReward', url, status: undefined }])
    await sandbox.close()
  })

  it('cause no warning of Node while many wait for their next attempt', async () => {
    const attempts: WebhookAttempt[] = []
    const onAttempt = (attempt: WebhookAttempt) => attempts.push(attempt)
    const { post } = await newShop({}, { url: 'http://127.0.0.1:1/', retryMs: 3_600_000, onAttempt })
    const reward = async () => {
      for (let count = 0; count < 12; count += 1) {
        await post('/v1/event/purchase', { ...order, orderId: `o-${count}` })
      }
      await eventually(() => attempts.length === 12)
    }
    expect(await warningsDuring(reward)).toEqual([])
  })

  it('never show the key', async () => {
    const { post, sandbox, received } = await newShop()
    await post('/v1/event/purchase', order)
    await eventually(() => received.length > 0)
    expect(JSON.stringify(sandbox.sentWebhooks)).not.toContain(secretKey)
  })

  it.each<[string, object, RegExp]>([
    ['an address', { url: 'localhost:3000' }, /^webhooks\.url: expected an address/],
    ['an address of validations', { validationUrl: 'x' }, /^webhooks\.validationUrl: expected an address/],
    ['a key', { secretKey: ' ' }, /^webhooks\.secretKey: missing or blank/],
    ['a pause', { retryMs: NaN }, /^webhooks\.retryMs: expected/]
  ])('need %s that is valid', async (_what, invalid, message) => {
    const webhooks = { url: 'http://127.0.0.1:1/', secretKey, ...invalid }
    await expect(newSandbox({ webhooks })).rejects.toThrow(message)
  })
})

describe('Reward validations of the sandbox', () => {
  /** A shop that decides with these values, in order, and then with `true`. */
  const newValidatedShop = async (...decisions: (boolean | 'unsure' | Promise<boolean>)[]) => {
    const asked: RewardValidation[] = []
    const validationUrl = await serve(
      createRewardValidationHandler({
        secretKey,
        onError: () => undefined,
        isValid: (validation) => {
          asked.push(validation)
          const decision = decisions.shift() ?? true
          if (decision === 'unsure') throw new Error('cannot tell')
          return decision
        }
      })
    )
    return { asked, ...(await newShop({}, { validationUrl })) }
  }

  it('ask first, again if there is no decision, and give the reward then', async () => {
    let decide = (_isValid: boolean): void => undefined
    const decision = new Promise<boolean>((resolve) => (decide = resolve))
    const { asked, post, received, rewards, sandbox } = await newValidatedShop('unsure', decision)
    await post('/v1/event/purchase', order)
    await eventually(() => asked.length === 2)
    expect(await rewards()).toMatchObject([{ status: 'Pending' }])
    decide(true)
    await eventually(() => received.length > 0)
    expect(await rewards()).toMatchObject([
      { status: 'Distributed', couponCode: expect.any(String) as unknown }
    ])
    const question: RewardValidation = {
      eventType: 'purchase',
      recipientType: 'advocate',
      campaignId: 'spring',
      event: {
        id: 'o-1',
        amount: 49.9,
        currency: 'EUR',
        isNewCustomer: true,
        ipAddress: '192.0.2.2',
        date: NOW,
        createdOn: NOW,
        products: order.products
      },
      advocate: { customerId: 'a-1', email: 'ada@example.com', ipAddress: '192.0.2.1' },
      actor: { customerId: 'f-1', email: 'friend@example.com', ipAddress: '192.0.2.2' }
    }
    expect(asked).toEqual([question, question])
    expect(sandbox.sentWebhooks).toHaveLength(1)
  })

  it('reject a reward permanently after a 400', async () => {
    const { post, received, rewards, sandbox } = await newValidatedShop(false)
    await post('/v1/event/purchase', order)
    await eventually(async () => JSON.stringify(await rewards()).includes('Rejected'))
    const [row] = await rewards()
    expect(row).not.toHaveProperty('couponCode')
    expect([received, sandbox.sentWebhooks]).toEqual([[], []])
  })

  it('pass on what was sent with a custom event', async () => {
    const { asked, post } = await newValidatedShop()
    const additionalProperties = { score: '7' }
    const event = { ...customEvent, email: 'friend@example.com', referralCode: 'ada-2', additionalProperties }
    await post('/v1/event/custom', event)
    await eventually(() => asked.length > 0)
    expect(asked).toMatchObject([{ eventType: 'quiz', event: { createdOn: NOW, score: '7' } }])
  })
})
