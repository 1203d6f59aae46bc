/* Compiled by `npm run typecheck`, never run: what the types of the webhooks entry accept and refuse. */
import { createServer } from 'node:http'
import {
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  toNodeListener,
  verifyWebhook,
  type Webhook
} from '../../src/webhooks'

const secretKey = process.env.FRIENDBUY_SECRET_KEY

interface Client {
  query: (sql: string) => Promise<void>
}

export const handle = createWebhookHandler<Client>({
  secretKey,
  on: {
    advocateReward: async ({ rewardAmount, customerId }, webhook, { key, transaction }) => {
      const type: 'advocateReward' = webhook.type
      await transaction.query([type, key, rewardAmount.toFixed(2), customerId?.trim()].join())
    },
    unknown: (item, { typeName }) => [item, typeName.trim()]
  },
  once: (key, work) => work({ query: () => Promise.resolve() }).then(() => key)
})

createServer(toNodeListener(handle))
createWebhookHandler({ secretKey: [secretKey, 'old'], on: {}, once: (_key, work) => work() })
// @ts-expect-error a misspelled type
createWebhookHandler({ secretKey, on: { advocateRewards: () => undefined } })
// @ts-expect-error a transaction that once does not pass on
createWebhookHandler<Client>({ secretKey, on: {}, once: (_key, work) => work() })
// @ts-expect-error a decision that is not a boolean
createRewardValidationHandler({ secretKey, isValid: () => 'yes' })
createEmailAuthorizationHandler({ unsigned: true, allowed: (addresses) => addresses })

export const amountsOf = (webhook: Webhook): number[] => {
  switch (webhook.type) {
    case 'advocateReward':
    case 'friendIncentive':
    case 'loyaltyReward':
      return webhook.data.map(({ rewardAmount }) => rewardAmount)
    case 'emailCapture':
      return webhook.data.map(({ incentive }) => incentive?.amount ?? 0)
    default:
      return []
  }
}

// @ts-expect-error a parsed body
export const verified = verifyWebhook({ body: { id: 'w-1' }, headers: {} }, secretKey)
