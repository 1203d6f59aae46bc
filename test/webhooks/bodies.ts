import { signWebhook } from '../../src/webhooks'

/** A Secret Key that no shop has. */
export const SECRET_KEY = 'fb_secret_5f0c1e7a'

/** A webhook of one advocate reward. */
export const ADVOCATE_REWARD = {
  id: '255e4e45-446d-499d-a680-44ab1eca73fb',
  type: 'advocateReward',
  data: [
    {
      rewardId: '73cb50ea-7ac8-4f90-9fe4-f5450866f3c0',
      rewardType: 'discount',
      rewardUnit: 'USD',
      emailAddress: 'zoë@example.com',
      rewardAmount: 25,
      createdOn: '2019-11-05T01:07:36.720Z',
      customerId: 'asd123-abcfasdf',
      couponCode: 'test-coupon-code',
      rewardInfo: 'a “custom” reward: 3 €',
      rewardTrigger: 'purchase',
      friends: [{ friendEmailAddress: 'friend@example.com', friendCustomerId: 'asd321', conversionNumber: 1 }]
    }
  ],
  createdOn: '2019-11-05T01:07:38.509Z'
}

/** A question if the reward for a purchase may be given. */
export const VALIDATION = {
  eventType: 'purchase',
  recipientType: 'advocate',
  campaignId: '89d78d25-6a33-4873-8b0e-410e3e7c10fa',
  event: { createdOn: '2019-11-18T23:48:30.017Z', id: 'order-66', amount: 100, currency: 'USD' },
  advocate: { customerId: '66', email: 'advocate@example.com', ipAddress: '192.0.2.1' },
  actor: { customerId: '67', email: 'actor@example.com', ipAddress: '192.0.2.2' }
}

/** A question which of two addresses may be written to. */
export const EMAIL_AUTHORIZATION = {
  id: '4ac0e132-d1d7-4dc1-963f-dfaf9763594c',
  type: 'emailAuth',
  data: ['Allowed.Friend@example.com', 'blocked.friend@example.com'],
  createdOn: '2021-06-01T14:28:14.794Z'
}

/** A signed request, as JSON or as the body is given. */
export const toSigned = async (
  body: unknown,
  secretKey: string | string[] = SECRET_KEY
): Promise<{ body: string; headers: Record<string, string> }> => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { body: text, headers: { 'X-Friendbuy-Hmac-SHA256': await signWebhook(text, secretKey) } }
}

/** The same as a request of Fetch. */
export const toRequest = async (body: unknown, secretKey?: string | string[]): Promise<Request> =>
  new Request('https://shop.example/hook', { method: 'POST', ...(await toSigned(body, secretKey)) })
