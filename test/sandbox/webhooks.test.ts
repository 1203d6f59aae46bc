import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sandbox } from '../../src/sandbox'
import {
  createRewardValidationHandler,
  createWebhookHandler,
  type RewardValidation,
  toNodeListener
} from '../../src/webhooks'
import { eventually } from '../support/eventually'
import { newMerchant, newSandbox, purchase } from './call'

const secretKey = 'a-secret-key'

let shop: Server
let webhooks: unknown[]
let validations: RewardValidation[]

/** Answers of the shop: to the first webhooks, and to validations. */
let failures: number
let decision: boolean | 'later'

beforeEach(async () => {
  webhooks = []
  validations = []
  failures = 0
  decision = true
  const take = (item: object) => {
    if (failures > 0) {
      failures -= 1
      throw new Error('not now')
    }
    webhooks.push(item)
  }
  const handleWebhook = createWebhookHandler({
    secretKey,
    on: { advocateReward: take, friendIncentive: take, emailCapture: take, emailOptOut: take },
    once: (_key, work) => work(),
    onError: () => undefined
  })
  const handleValidation = createRewardValidationHandler({
    secretKey,
    isValid: (validation) => {
      validations.push(validation)
      if (decision !== 'later') return decision
      decision = true
      throw new Error('not decided')
    },
    onError: () => undefined
  })
  const listeners = { '/hook': toNodeListener(handleWebhook), '/validate': toNodeListener(handleValidation) }
  shop = createServer((request, response) => {
    listeners[request.url as keyof typeof listeners](request, response)
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  shop.close()
  shop.closeAllConnections()
})

const reward = { amount: 10, unit: 'USD' }

const newReferral = async (isValidated = false) => {
  const address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
  const sandbox = await newSandbox({
    campaigns: [{ id: 'spring', name: 'Spring', advocateReward: reward }],
    webhooks: {
      url: `${address}/hook`,
      secretKey,
      retryMs: 10,
      ...(isValidated && { validationUrl: `${address}/validate` })
    }
  })
  const merchant = await newMerchant(sandbox)
  const link = { email: 'ada@example.com', customerId: 'a-1', campaignId: 'spring', seed: 'ada' }
  await merchant.post('/v1/personal-referral-link', link)
  const statuses = async () => {
    const range = { fromDate: '2000-01-01', toDate: '2100-01-01' }
    const { body } = await merchant.get('/v1/analytics/rewards/referral', range)
    return (body as { results: { status: string }[] }).results.map(({ status }) => status)
  }
  return { sandbox, statuses, ...merchant }
}

const order = { ...purchase, email: 'friend@example.com', customerId: 'f-1', referralCode: 'ada' }

const delivered = ({ sentWebhooks }: Sandbox) =>
  sentWebhooks.map(({ type, attempts, status }) => ({ type, attempts, status }))

describe("The sandbox's webhooks", () => {
  it('tell of rewards, captures and opt-outs, signed for the handlers', async () => {
    const { sandbox, post } = await newReferral()
    await post('/v1/event/purchase', order)
    sandbox.simulate({ type: 'emailCapture', email: 'f@example.com', name: 'Fay', referralCode: 'ada' })
    sandbox.simulate({ type: 'emailOptOut', email: 'f@example.com', campaignId: 'spring' })
    await eventually(() => delivered(sandbox).filter(({ status }) => status === 200).length === 3)
    expect(webhooks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          rewardType: 'discount',
          rewardUnit: 'USD',
          rewardAmount: 10,
          emailAddress: 'ada@example.com',
          customerId: 'a-1',
          rewardTrigger: 'purchase',
          friends: [
            { friendEmailAddress: 'friend@example.com', friendCustomerId: 'f-1', conversionNumber: 1 }
          ]
        }),
        expect.objectContaining({
          emailAddress: 'f@example.com',
          campaign: { id: 'spring', name: 'Spring' },
          referral: { code: 'ada', channel: 'purl' }
        }),
        { emailAddress: 'f@example.com', campaignId: 'spring', campaignName: 'Spring' }
      ])
    )
  })

  it('come again until the answer is 200', async () => {
    failures = 2
    const { sandbox, post } = await newReferral()
    await post('/v1/event/purchase', order)
    await eventually(() => sandbox.sentWebhooks[0]?.status === 200)
    expect(delivered(sandbox)).toEqual([{ type: 'advocateReward', attempts: 3, status: 200 }])
  })

  it('follow a validation, which is asked again until it is decided', async () => {
    decision = 'later'
    const { sandbox, post, statuses } = await newReferral(true)
    await post('/v1/event/purchase', order)
    expect(await statuses()).toEqual(['Pending'])
    await eventually(async () => (await statuses())[0] === 'Distributed')
    expect(validations).toHaveLength(2)
    expect(validations[0]).toMatchObject({
      eventType: 'purchase',
      recipientType: 'advocate',
      campaignId: 'spring',
      event: { id: 'o-1', amount: 49.9, currency: 'EUR' },
      advocate: { customerId: 'a-1', email: 'ada@example.com' },
      actor: { customerId: 'f-1', email: 'friend@example.com' }
    })
    await eventually(() => sandbox.sentWebhooks[0]?.status === 200)
  })

  it('are not sent for a reward that is rejected', async () => {
    decision = false
    const { sandbox, post, statuses } = await newReferral(true)
    await post('/v1/event/purchase', order)
    await eventually(async () => (await statuses())[0] === 'Rejected')
    expect(sandbox.sentWebhooks).toEqual([])
  })
})
