import { Destination, type JSONObject, type SegmentEvent } from '@segment/actions-core'
import nock from 'nock'
import { type ActionKey, checkSubscriptions, destination } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { rejectionOf } from '../support/sandboxed'
import { deliver, published, savedMapping } from './published'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(async () => {
  await sandbox.close()
  nock.restore()
})

const context = {
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  page: { url: 'https://shop.example/thanks', title: 'Thanks' }
}

const identify: SegmentEvent = {
  type: 'identify',
  userId: 'c-1',
  anonymousId: 'a-1',
  context,
  traits: {
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'Byron',
    name: 'Ada Byron',
    age: 36,
    birthday: '1815-12-10',
    language: 'en',
    address: { country: 'UK', state: 'England', city: 'London', postalCode: 'W1' },
    customerSince: '2020-01-31T10:00:00Z',
    loyaltyStatus: 'in',
    isNewCustomer: false,
    friendbuyAttributes: { color: 'red' }
  }
}

const order: SegmentEvent = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  anonymousId: 'a-1',
  context,
  properties: {
    order_id: 'o-1',
    total: 54.82,
    subtotal: 50,
    currency: 'USD',
    shop: 'eu',
    coupon: 'SPRING',
    attributionId: 'attribution-1',
    referralCode: 'referral-1',
    giftCardCodes: ['g-1', 'g-2'],
    products: [
      {
        sku: 's-1',
        name: 'Shorts',
        quantity: 2,
        price: 19.99,
        description: 'Red shorts',
        category: 'Apparel',
        url: 'https://shop.example/shorts',
        image_url: 'https://shop.example/shorts.jpg'
      },
      { price: 14.84 }
    ],
    line_items: [
      { variant: 7, title: 'Hat', unit_price: '12.50', count: '3' },
      { variant: 8, title: 'Scarf', unit_price: 20, count: 1 }
    ],
    customerId: 'c-1',
    email: 'ada@example.com',
    isNewCustomer: true,
    loyaltyStatus: 'out',
    firstName: 'Ada',
    lastName: 'Byron',
    name: 'Ada Byron',
    age: 36,
    birthday: '1815-12-10',
    friendbuyAttributes: { color: 'red' }
  }
}

const purchase = {
  orderId: 'o-1',
  amount: 54.82,
  currency: 'USD',
  couponCode: 'SPRING',
  attributionId: 'attribution-1',
  referralCode: 'referral-1',
  giftCardCodes: ['g-1', 'g-2'],
  products: [
    {
      sku: 's-1',
      name: 'Shorts',
      quantity: 2,
      price: 19.99,
      description: 'Red shorts',
      category: 'Apparel',
      url: 'https://shop.example/shorts',
      imageUrl: 'https://shop.example/shorts.jpg'
    },
    { sku: 'unknown', name: 'unknown', quantity: 1, price: 14.84 }
  ],
  customerId: 'c-1',
  email: 'ada@example.com',
  isNewCustomer: true,
  firstName: 'Ada',
  lastName: 'Byron',
  ipAddress: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  additionalProperties: { color: 'red', anonymousId: 'a-1', name: 'Ada Byron', loyaltyStatus: 'out' }
}

const signUp: SegmentEvent = { ...order, event: 'Signed Up' }

const download: SegmentEvent = {
  type: 'track',
  event: 'Downloaded',
  messageId: 'm-1',
  userId: 'c-1',
  anonymousId: 'a-1',
  context,
  properties: {
    email: 'ada@example.com',
    deduplicationId: 'd-1',
    coupon: 'SPRING',
    attributionId: 'attribution-1',
    referralCode: 'referral-1',
    firstName: 'Ada',
    lastName: 'Byron',
    isNewCustomer: true,
    plan: 'pro',
    friendbuyAttributes: { color: 'red' }
  }
}

describe('The default mapping of the published destination', () => {
  it.each<[ActionKey, SegmentEvent, string, object]>([
    [
      'trackCustomer',
      identify,
      '/v1/customer',
      {
        customerId: 'c-1',
        email: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Byron',
        age: 36,
        birthday: { year: 1815, month: 12, day: 10 },
        language: 'en',
        country: 'UK',
        state: 'England',
        city: 'London',
        zipCode: 'W1',
        loyaltyStatus: 'in',
        isNewCustomer: false,
        ipAddress: '203.0.113.7',
        userAgent: 'Mozilla/5.0',
        additionalProperties: {
          color: 'red',
          anonymousId: 'a-1',
          name: 'Ada Byron',
          customerSince: '2020-01-31T10:00:00Z'
        }
      }
    ],
    ['trackPurchase', order, '/v1/event/purchase', purchase],
    [
      'trackSignUp',
      signUp,
      '/v1/event/account-sign-up',
      {
        customerId: 'c-1',
        email: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Byron',
        age: 36,
        birthday: { year: 1815, month: 12, day: 10 },
        isNewCustomer: true,
        loyaltyStatus: 'out',
        couponCode: 'SPRING',
        attributionId: 'attribution-1',
        referralCode: 'referral-1',
        ipAddress: '203.0.113.7',
        userAgent: 'Mozilla/5.0',
        additionalProperties: { color: 'red', anonymousId: 'a-1', name: 'Ada Byron' }
      }
    ],
    [
      'trackCustomEvent',
      download,
      '/v1/event/custom',
      {
        eventType: 'Downloaded',
        customerId: 'c-1',
        email: 'ada@example.com',
        deduplicationId: 'd-1',
        couponCode: 'SPRING',
        attributionId: 'attribution-1',
        referralCode: 'referral-1',
        firstName: 'Ada',
        lastName: 'Byron',
        isNewCustomer: true,
        ipAddress: '203.0.113.7',
        userAgent: 'Mozilla/5.0',
        additionalProperties: { color: 'red', plan: 'pro', anonymousId: 'a-1' }
      }
    ]
  ])('of %s, with every value in the event, makes the whole body', async (action, event, path, body) => {
    expect(await deliver(sandbox, action, event)).toEqual([{ path, body }])
  })

  it.each<[ActionKey, SegmentEvent, object]>([
    [
      'trackCustomer',
      { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' } },
      { customerId: 'c-1', email: 'ada@example.com' }
    ],
    [
      'trackPurchase',
      { type: 'track', event: 'Any', properties: { order_id: 7, total: '9.50', currency: 'EUR' } },
      { orderId: '7', amount: 9.5, currency: 'EUR' }
    ],
    [
      'trackSignUp',
      { type: 'track', event: 'Any', userId: 'c-1', properties: { email: 'ada@example.com' } },
      { customerId: 'c-1', email: 'ada@example.com' }
    ],
    [
      'trackCustomEvent',
      {
        type: 'track',
        event: 'Any',
        messageId: 'm-1',
        userId: 'c-1',
        properties: { email: 'ada@example.com' }
      },
      { eventType: 'Any', customerId: 'c-1', email: 'ada@example.com' }
    ]
  ])('of %s, with what is required in the event, makes no more than that', async (action, event, body) => {
    const [call] = await deliver(sandbox, action, event)
    expect(call?.body).toEqual(body)
  })

  it('has nothing that a check of saved subscriptions would find fault with', () => {
    const keys = Object.keys(published.actions) as ActionKey[]
    const subscriptions = keys.map((partnerAction) => ({
      partnerAction,
      subscribe: 'type = "track"',
      mapping: savedMapping(partnerAction)
    }))
    expect(checkSubscriptions(subscriptions)).toEqual(subscriptions)
  })
})

describe('A mapping that was saved for purchases', () => {
  it.each<[string, JSONObject, object]>([
    [
      'constants',
      { currency: 'EUR', amount: '12.5', coupon: 'FIXED', giftCardCodes: ['g-9'], isNewCustomer: false },
      { currency: 'EUR', amount: 12.5, couponCode: 'FIXED', giftCardCodes: ['g-9'], isNewCustomer: false }
    ],
    [
      'templates',
      {
        orderId: { '@template': '{{properties.shop}}-{{properties.order_id}}' },
        coupon: { '@template': '' }
      },
      { orderId: 'eu-o-1', couponCode: undefined }
    ],
    [
      'paths of its own',
      {
        amount: { '@path': '$.properties.subtotal' },
        customerId: { '@path': '$.userId' },
        referralCode: { '@path': '$.properties.nowhere' }
      },
      { amount: 50, customerId: 'u-1', referralCode: undefined }
    ],
    [
      'products out of another list',
      {
        products: {
          '@arrayPath': [
            '$.properties.line_items',
            {
              sku: { '@path': '$.variant' },
              name: { '@path': '$.title' },
              quantity: { '@path': '$.count' },
              price: { '@path': '$.unit_price' }
            }
          ]
        }
      },
      {
        products: [
          { sku: '7', name: 'Hat', quantity: 3, price: 12.5 },
          { sku: '8', name: 'Scarf', quantity: 1, price: 20 }
        ]
      }
    ],
    [
      'one product out of values of the event',
      { products: [{ sku: { '@path': '$.properties.shop' }, price: { '@path': '$.properties.total' } }] },
      { products: [{ sku: 'eu', name: 'unknown', quantity: 1, price: 54.82 }] }
    ],
    [
      'attributes out of values of the event',
      { friendbuyAttributes: { shop: { '@path': '$.properties.shop' }, channel: 'web' } },
      {
        additionalProperties: {
          shop: 'eu',
          channel: 'web',
          anonymousId: 'a-1',
          name: 'Ada Byron',
          loyaltyStatus: 'out'
        }
      }
    ],
    [
      'other directives',
      {
        orderId: {
          '@if': {
            exists: { '@path': '$.properties.checkout_id' },
            then: { '@path': '$.properties.checkout_id' },
            else: { '@path': '$.properties.order_id' }
          }
        },
        coupon: { '@case': { operator: 'lower', value: { '@path': '$.properties.coupon' } } },
        referralCode: {
          '@replace': {
            pattern: 'referral-',
            replacement: 'r',
            value: { '@path': '$.properties.referralCode' }
          }
        },
        attributionId: { '@literal': 'fixed' }
      },
      { couponCode: 'spring', referralCode: 'r1', attributionId: 'fixed' }
    ],
    ['what a host keeps there for itself', { __segment_internal_matching_key: 'x' }, {}]
  ])('with %s works', async (_name, mapping, changed) => {
    expect(await deliver(sandbox, 'trackPurchase', order, { mapping })).toEqual([
      { path: '/v1/event/purchase', body: { ...purchase, ...changed } }
    ])
  })
})

describe('A mapping that was saved for custom events', () => {
  it('may give a type of its own, and properties one by one', async () => {
    const mapping = {
      eventType: 'download',
      eventProperties: { plan: { '@path': '$.properties.plan' }, coupon: { '@template': '{{event}}' } },
      deduplicationId: { '@path': '$.messageId' },
      anonymousId: '',
      pageUrl: '',
      userAgent: null,
      ipAddress: null
    }
    expect(await deliver(sandbox, 'trackCustomEvent', download, { mapping })).toEqual([
      {
        path: '/v1/event/custom',
        body: {
          eventType: 'download',
          customerId: 'c-1',
          email: 'ada@example.com',
          deduplicationId: 'm-1',
          couponCode: 'Downloaded',
          additionalProperties: { plan: 'pro' }
        }
      }
    ])
  })
})

describe('A condition that was saved', () => {
  const ORDERS = 'type = "track" and event = "Order Completed"'

  it.each<[string, SegmentEvent, SegmentEvent]>([
    [ORDERS, order, signUp],
    ['type = "track"', signUp, { ...order, type: 'identify' }],
    ['(type = "track" or type = "page") and properties.total > 50', order, { ...order, properties: {} }],
    [
      'type = "track" and (event = "Order Completed" or event = "Order Placed")',
      { ...order, event: 'Order Placed' },
      signUp
    ],
    ['event = "Order Completed" and properties.coupon != null', order, { ...order, properties: {} }],
    ['type = "track" and contains(event, "Order")', order, signUp]
  ])('%s takes the same events', async (subscribe, event, other) => {
    expect(await deliver(sandbox, 'trackPurchase', event, { subscribe })).toHaveLength(1)
    expect(await deliver(sandbox, 'trackPurchase', other, { subscribe })).toEqual([])
  })
})

describe('Settings that were saved', () => {
  it('authorize as they are', async () => {
    const { authKey: key, authSecret: secret } = newSettings()
    const strict = await startSandbox({ credentials: [{ key, secret }] })
    try {
      expect(
        await deliver(strict, 'trackPurchase', order, { settings: { authKey: key, authSecret: secret } })
      ).toHaveLength(1)
      const wrong = deliver(strict, 'trackPurchase', order, {
        settings: { authKey: key, authSecret: 'wrong' }
      })
      expect(await rejectionOf(wrong)).toMatchObject({ status: 401 })
    } finally {
      await strict.close()
    }
  })

  it('of the form ENV:SECRET go on naming an environment', async () => {
    const { authKey, authSecret } = newSettings()
    const bodies: unknown[] = []
    nock('https://mapi.fbot-sandbox-2.me')
      .post('/v1/authorization', { key: authKey, secret: authSecret })
      .reply(200, { tokenType: 'Bearer', token: 'token-1', expires: '2099-01-01T00:00:00Z' })
      .post('/v1/event/purchase')
      .matchHeader('authorization', 'Bearer token-1')
      .reply(201, (_path, body) => {
        bodies.push(body)
        return { eventId: 'e-1', createdOn: '2026-11-21T10:00:00Z' }
      })
    await new Destination(destination).onEvent(order, {
      authKey,
      authSecret: `sandbox-2:${authSecret}`,
      subscription: {
        partnerAction: 'trackPurchase',
        subscribe: 'type = "track"',
        mapping: savedMapping('trackPurchase')
      }
    })
    expect(bodies).toEqual([purchase])
  })
})
