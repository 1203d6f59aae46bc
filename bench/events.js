/* The events of the bench: a common one for each action, and the Order Completed that all contestants send. */

/** What an event of a website has besides its own values. */
const common = {
  userId: 'customer-12345',
  anonymousId: '7c1f0a52-3c9e-4f0b-a3f5-0a2d2f6f6f10',
  timestamp: '2026-03-02T09:21:44.018Z',
  context: {
    ip: '203.0.113.24',
    userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
    page: { url: 'https://shop.example/checkout/thanks', title: 'Thank you' }
  }
}

const customer = { email: 'ada.byron@example.com', firstName: 'Ada', lastName: 'Byron' }

const friendbuyAttributes = { promotion: 'black friday', giftWrap: 'yes' }

const product = (id, name, price) => ({
  product_id: `507f1f77bcf86cd7994390${id}`,
  sku: `45790-${id}`,
  name,
  price,
  quantity: 1,
  category: 'Games',
  url: `https://shop.example/product/${id}`,
  image_url: `https://shop.example/product/${id}.jpg`
})

const products = [product(11, 'Monopoly: 3rd Edition', 19), product(33, 'Uno Card Game', 3.5)]

/** Order Completed, with an order ID of the same length each time. */
const order = (index) => ({
  ...common,
  type: 'track',
  event: 'Order Completed',
  messageId: `message-${index}`,
  properties: {
    ...customer,
    order_id: `order-${String(index).padStart(8, '0')}`,
    total: 22.5,
    currency: 'USD',
    coupon: 'SPRING',
    products,
    friendbuyAttributes
  }
})

/** As many orders, made before anything is measured. */
const orders = (count) => Array.from({ length: count }, (_, index) => order(index))

/** An event for each action. */
const eventOf = {
  trackCustomer: {
    ...common,
    type: 'identify',
    messageId: 'message-1',
    traits: {
      ...customer,
      birthday: '1990-12-10',
      loyaltyStatus: 'in',
      language: 'en-GB',
      address: { country: 'GB', state: 'LDN', city: 'London', postalCode: 'SW1Y 4LB' },
      friendbuyAttributes
    }
  },
  trackPurchase: order(1),
  trackSignUp: {
    ...common,
    type: 'track',
    event: 'Signed Up',
    messageId: 'message-1',
    properties: { ...customer, birthday: '1990-12-10', coupon: 'SPRING', friendbuyAttributes }
  },
  trackCustomEvent: {
    ...common,
    type: 'track',
    event: 'Downloaded',
    messageId: 'message-1',
    properties: { ...customer, file: 'MyApp', version: '2.1', coupon: 'SPRING' }
  }
}

/** The settings of a merchant. The published destination wants UUIDs. */
const settingsOf = (merchant) => {
  const id = String(merchant).padStart(12, '0')
  return { authKey: `00000000-0000-4000-8000-${id}`, authSecret: `11111111-1111-4111-8111-${id}` }
}

module.exports = { eventOf, orders, settingsOf }
