import { randomUUID } from 'node:crypto'
import type { EmailAuthorization, RewardValidation, WebhookItems, WebhookType } from '../webhooks'

/** A body that `webhook send` can make: a webhook, or one of the two callbacks. */
export type ExampleType = WebhookType | 'rewardValidation' | 'emailAuth'

type Items = { [Type in WebhookType]: () => WebhookItems[Type] }

const now = () => new Date().toISOString()

const reward = (recipient: 'advocate' | 'friend' | 'customer') => ({
  rewardId: randomUUID(),
  emailAddress: `${recipient}@example.com`,
  customerId: `example-${recipient}`,
  createdOn: now(),
  rewardTrigger: 'purchase'
})

const ITEMS: Items = {
  advocateReward: () => ({
    ...reward('advocate'),
    rewardType: 'credit',
    rewardUnit: 'USD',
    rewardAmount: 10,
    couponCode: null,
    friends: [
      { friendEmailAddress: 'friend@example.com', friendCustomerId: 'example-friend', conversionNumber: 1 }
    ]
  }),
  friendIncentive: () => ({
    ...reward('friend'),
    rewardType: 'discount',
    rewardUnit: '%',
    rewardAmount: 15,
    couponCode: 'EXAMPLE-15',
    advocateEmailAddress: 'advocate@example.com',
    advocateCustomerId: 'example-advocate'
  }),
  loyaltyReward: () => ({
    ...reward('customer'),
    rewardType: 'ledger',
    rewardUnit: 'Points',
    rewardAmount: 40,
    couponCode: ''
  }),
  emailCapture: () => ({
    eventId: randomUUID(),
    emailAddress: 'friend@example.com',
    name: 'Example Friend',
    mobileNumber: null,
    campaign: { id: 'example-campaign', name: 'Example Campaign' },
    referral: { code: 'example', channel: 'purl' },
    advocate: { email: 'advocate@example.com', name: 'Example Advocate', customerId: 'example-advocate' }
  }),
  emailOptOut: () => ({
    emailAddress: 'friend@example.com',
    campaignId: 'example-campaign',
    campaignName: 'Example Campaign'
  }),
  receipt: () => ({
    receiptId: randomUUID(),
    status: 'approved',
    email: 'customer@example.com',
    customerId: 'example-customer',
    submissionDate: now(),
    total: 54.82,
    currency: 'USD'
  }),
  ledgerTransaction: () => ({
    transactionId: randomUUID(),
    customerId: 'example-customer',
    ledgerCurrency: 'Points',
    createdOn: now(),
    value: 40,
    ledgerBalance: 120
  }),
  customerUpdate: () => ({
    customerId: 'example-customer',
    customerEmail: 'customer@example.com',
    loyaltyDetails: { loyaltyOptInStatus: 'in', optedInOn: now(), everOptedIn: true },
    updatedOn: now()
  })
}

const toValidation = (): RewardValidation => ({
  eventType: 'purchase',
  recipientType: 'advocate',
  campaignId: 'example-campaign',
  event: { createdOn: now(), id: `example-${randomUUID()}`, amount: 54.82, currency: 'USD', date: now() },
  advocate: { customerId: 'example-advocate', email: 'advocate@example.com' },
  actor: { customerId: 'example-friend', email: 'friend@example.com' }
})

const toAuthorization = (): EmailAuthorization => ({
  id: randomUUID(),
  type: 'emailAuth',
  data: ['friend@example.com', 'another.friend@example.com'],
  createdOn: now()
})

/** The types of example. */
export const EXAMPLE_TYPES: readonly ExampleType[] = [
  ...(Object.keys(ITEMS) as WebhookType[]),
  'rewardValidation',
  'emailAuth'
]

/** Makes an example of a body, with IDs that were never used before. */
export const createExample = (type: ExampleType): object => {
  switch (type) {
    case 'rewardValidation':
      return toValidation()
    case 'emailAuth':
      return toAuthorization()
    default:
      return { id: randomUUID(), type, data: [ITEMS[type]()], createdOn: now() }
  }
}
