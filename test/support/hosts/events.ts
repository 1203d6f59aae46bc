import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import type { ActionKey } from '../../../src'

/** An event, and the call that it becomes whichever host runs the destination. */
export interface HostEvent {
  action: ActionKey
  event: SegmentEvent
  call: { path: string; body: JSONObject }
}

const context = {
  ip: '203.0.113.1',
  userAgent: 'Agent/1.0',
  page: { url: 'https://shop.example/', title: 'Shop' }
}
const seenFrom = { ipAddress: '203.0.113.1', userAgent: 'Agent/1.0' }

/** One event for each action's default mapping. */
export const hostEvents: readonly HostEvent[] = [
  {
    action: 'trackCustomer',
    event: {
      type: 'identify',
      messageId: 'message-1',
      userId: 'customer-1',
      anonymousId: 'anonymous-1',
      traits: {
        email: 'joe@example.com',
        first_name: 'Joe',
        lastName: 'Customer',
        age: 41,
        birthday: '1984-02-29',
        isNewCustomer: false,
        loyaltyStatus: 'in',
        address: { city: 'Troy', postal_code: '12180' },
        friendbuyAttributes: { size: 'L' }
      },
      context
    },
    call: {
      path: '/v1/customer',
      body: {
        customerId: 'customer-1',
        email: 'joe@example.com',
        firstName: 'Joe',
        lastName: 'Customer',
        age: 41,
        birthday: { year: 1984, month: 2, day: 29 },
        isNewCustomer: false,
        loyaltyStatus: 'in',
        city: 'Troy',
        zipCode: '12180',
        additionalProperties: { size: 'L', anonymousId: 'anonymous-1', name: 'Joe Customer' },
        ...seenFrom
      }
    }
  },
  {
    action: 'trackPurchase',
    event: {
      type: 'track',
      event: 'Order Completed',
      messageId: 'message-2',
      userId: 'customer-1',
      properties: {
        order_id: 'order-1',
        total: 54.82,
        currency: 'usd',
        coupon: 'SPRING',
        email: 'joe@example.com',
        giftCardCodes: ['card-1', 'card-2'],
        products: [
          {
            sku: 'sku-1',
            name: 'shorts',
            price: 19.99,
            quantity: 2,
            image_url: 'https://shop.example/1.jpg'
          },
          { product_id: 'product-2' }
        ],
        friendbuyAttributes: { promotion: 'black friday' }
      },
      context
    },
    call: {
      path: '/v1/event/purchase',
      body: {
        orderId: 'order-1',
        amount: 54.82,
        currency: 'USD',
        couponCode: 'SPRING',
        customerId: 'customer-1',
        email: 'joe@example.com',
        giftCardCodes: ['card-1', 'card-2'],
        products: [
          { sku: 'sku-1', name: 'shorts', price: 19.99, quantity: 2, imageUrl: 'https://shop.example/1.jpg' },
          { sku: 'product-2', name: 'unknown', quantity: 1 }
        ],
        additionalProperties: { promotion: 'black friday' },
        ...seenFrom
      }
    }
  },
  {
    action: 'trackSignUp',
    event: {
      type: 'track',
      event: 'Signed Up',
      messageId: 'message-3',
      userId: 'customer-1',
      anonymousId: 'anonymous-1',
      properties: { email: 'joe@example.com', referralCode: 'code-1', birthday: '0000-12-25' },
      context
    },
    call: {
      path: '/v1/event/account-sign-up',
      body: {
        customerId: 'customer-1',
        email: 'joe@example.com',
        referralCode: 'code-1',
        birthday: { month: 12, day: 25 },
        additionalProperties: { anonymousId: 'anonymous-1' },
        ...seenFrom
      }
    }
  },
  {
    action: 'trackCustomEvent',
    event: {
      type: 'track',
      event: 'Downloaded',
      messageId: 'message-4',
      userId: 'customer-1',
      properties: { email: 'joe@example.com', first_name: 'Joe', file: 'MyApp' },
      context
    },
    call: {
      path: '/v1/event/custom',
      body: {
        eventType: 'Downloaded',
        deduplicationId: 'message-4',
        customerId: 'customer-1',
        email: 'joe@example.com',
        firstName: 'Joe',
        additionalProperties: { file: 'MyApp' },
        ...seenFrom
      }
    }
  }
]
