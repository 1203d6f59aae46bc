import { createExample, EXAMPLE_TYPES } from '../../src/cli/webhook-examples'
import {
  keyOfItem,
  signWebhook,
  verifyEmailAuthorization,
  verifyRewardValidation,
  verifyWebhook
} from '../../src/webhooks'

const sign = async (example: object) => {
  const body = JSON.stringify(example)
  return { body, headers: { 'x-friendbuy-hmac-sha256': await signWebhook(body, 'k') } }
}

describe('The examples of webhooks', () => {
  it.each(EXAMPLE_TYPES.filter((type) => type !== 'rewardValidation' && type !== 'emailAuth'))(
    'have a %s, whose item has a key by its own ID',
    async (type) => {
      const webhook = await verifyWebhook(await sign(createExample(type)), 'k')
      expect(webhook.type).toBe(type)
      // The key of an item without an ID ends with its index.
      expect(keyOfItem(webhook, 0)).toMatch(/"\]$/)
    }
  )

  it('have both callbacks', async () => {
    expect(await verifyRewardValidation(await sign(createExample('rewardValidation')), 'k')).toBeDefined()
    expect(await verifyEmailAuthorization(await sign(createExample('emailAuth')), 'k')).toBeDefined()
  })

  it('have new IDs each time', async () => {
    const keys = await Promise.all(
      [1, 2].map(async () =>
        keyOfItem(await verifyWebhook(await sign(createExample('advocateReward')), 'k'), 0)
      )
    )
    expect(new Set(keys).size).toBe(2)
  })
})
