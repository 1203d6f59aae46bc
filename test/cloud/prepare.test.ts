import { PayloadValidationError } from '@segment/actions-core'
import { actions } from '../../src'

const { trackCustomer, trackPurchase, trackSignUp, trackCustomEvent } = actions

const customer = { customerId: 'c-1', email: 'ada@example.com' }
const order = { orderId: 'o-1', amount: 10, currency: 'USD' }
const customEvent = { ...customer, eventType: 'Downloaded', eventProperties: {} }

describe('Track Purchase', () => {
  it('says what MAPI does not take with a purchase', () => {
    const extra = { age: 42, birthday: '1990-05-17' }
    expect(trackPurchase.prepare({ ...order, ...extra })).toEqual({
      path: '/v1/event/purchase',
      body: order,
      dropped: Object.keys(extra).map((name) => ({ name, reason: 'not supported by MAPI' }))
    })
  })

  it('trims the e-mail address and the currency, and upper-cases the latter', () => {
    expect(trackPurchase.prepare({ ...order, currency: ' eur\n', email: ' a@b.example ' }).body).toEqual({
      ...order,
      currency: 'EUR',
      email: 'a@b.example'
    })
  })

  it.each([
    [' IN ', 'in'],
    ['Out', 'out'],
    ['blocked', 'blocked']
  ])('sends the loyalty status %p as an additional property', (loyaltyStatus, sent) => {
    expect(trackPurchase.prepare({ ...order, loyaltyStatus }).body).toEqual({
      ...order,
      additionalProperties: { loyaltyStatus: sent }
    })
  })

  it('makes products of what MAPI wants, and says what does not fit', () => {
    const products = [
      { sku: 's-1', product_id: 'p-1', quantity: 2.7, price: 0 },
      { product_id: 'p-2', name: 'Uno', quantity: 0, image_url: 'https://shop.example/uno.jpg' },
      { sku: 's-3', product_id: 's-3', quantity: -1 },
      { brand: 'b' },
      { name: 'nameless', quantity: 'many', price: 'free' },
      'a product',
      {},
      null,
      { sku: 's-8', quantity: 0.5 }
    ]
    expect(trackPurchase.prepare({ ...order, products })).toEqual({
      path: '/v1/event/purchase',
      body: {
        ...order,
        products: [
          { sku: 's-1', name: 'unknown', quantity: 2, price: 0 },
          { sku: 'p-2', name: 'Uno', quantity: 1, imageUrl: 'https://shop.example/uno.jpg' },
          { sku: 's-3', name: 'unknown', quantity: 1 },
          { sku: 'unknown', name: 'nameless', quantity: 1 },
          { sku: 's-8', name: 'unknown', quantity: 1 }
        ]
      },
      dropped: [
        { name: 'products[3].brand', reason: 'not supported by MAPI' },
        { name: 'products[4].quantity', reason: 'not a number' },
        { name: 'products[4].price', reason: 'not a number' },
        { name: 'products[5]', reason: 'not an object' },
        { name: 'products[0].product_id', reason: 'overridden by sku' },
        { name: 'products[1].quantity', reason: 'not a whole number of at least 1' },
        { name: 'products[2].quantity', reason: 'not a whole number of at least 1' },
        { name: 'products[6].quantity', reason: 'not a whole number of at least 1' }
      ]
    })
  })

  it.each([
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, []],
    [1e300, 1, [{ name: 'products[0].quantity', reason: 'not a whole number of at least 1' }]]
  ])('takes %p of a product for %p', (quantity, sent, dropped) => {
    const products = [{ sku: 's-1', name: 'Uno', quantity }]
    expect(trackPurchase.prepare({ ...order, products })).toEqual({
      path: '/v1/event/purchase',
      body: { ...order, products: [{ sku: 's-1', name: 'Uno', quantity: sent }] },
      dropped
    })
  })

  it('leaves empty lists and objects out', () => {
    expect(
      trackPurchase.prepare({ ...order, products: [], giftCardCodes: [], friendbuyAttributes: {} })
    ).toEqual({
      path: '/v1/event/purchase',
      body: order,
      dropped: []
    })
  })

  it.each([
    ['orderId', 'Order ID (orderId) is required, and is missing or blank'],
    ['amount', 'Purchase Amount (amount) is required, and is missing or blank'],
    ['currency', 'Currency (currency) is required, and is missing or blank']
  ])('fails without %s, by its label', (key, message) => {
    const prepare = () => trackPurchase.prepare({ ...order, [key]: ' ' })
    expect(prepare).toThrow(PayloadValidationError)
    expect(prepare).toThrow(message)
  })

  it('files no purchase of an amount that is no number', () => {
    expect(() => trackPurchase.prepare({ ...order, amount: '12,99' })).toThrow(
      'Purchase Amount (amount) is required, and is not a number'
    )
  })
})

describe('Track Customer', () => {
  it.each([
    [42.9, 42],
    ['99', 99],
    [0, 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  ])('sends the age %p as %d', (age, sent) => {
    expect(trackCustomer.prepare({ ...customer, age }).body).toEqual({ ...customer, age: sent })
  })

  it.each([
    ['age', -0.5, 'not an age'],
    ['age', 1e300, 'not an age'],
    ['birthday', '1990-02-30', 'not a birthday'],
    ['loyaltyStatus', 'gold', 'not in, out or blocked'],
    ['isNewCustomer', 'perhaps', 'not true or false']
  ])('leaves out the %s %p, which is %s', (name, value, reason) => {
    expect(trackCustomer.prepare({ ...customer, [name]: value })).toEqual({
      path: '/v1/customer',
      body: customer,
      dropped: [{ name, reason }]
    })
  })

  it('says nothing of what fits', () => {
    const fitting = { birthday: '1990-05-17', loyaltyStatus: ' Out ', age: 42, isNewCustomer: ' TRUE ' }
    expect(trackCustomer.prepare({ ...fitting, customerId: 'c-1', email: ' ada@example.com ' })).toEqual({
      path: '/v1/customer',
      body: {
        ...customer,
        birthday: { year: 1990, month: 5, day: 17 },
        loyaltyStatus: 'out',
        age: 42,
        isNewCustomer: true
      },
      dropped: []
    })
  })

  it('makes a full name of both names, not of one', () => {
    expect(trackCustomer.prepare({ ...customer, firstName: 'Ada', lastName: 'Byron' }).body).toEqual({
      ...customer,
      firstName: 'Ada',
      lastName: 'Byron',
      additionalProperties: { name: 'Ada Byron' }
    })
    expect(trackCustomer.prepare({ ...customer, firstName: 'Ada' }).body).toEqual({
      ...customer,
      firstName: 'Ada'
    })
  })

  it('fails for a blank e-mail address or customer ID', () => {
    expect(() => trackCustomer.prepare({ ...customer, email: '  ' })).toThrow('Email (email) is required')
    expect(() => trackCustomer.prepare({ ...customer, customerId: null })).toThrow(
      'Customer ID (customerId) is required'
    )
  })
})

describe.each([
  ['Track Customer', trackCustomer, {}],
  ['Track Sign Up', trackSignUp, {}],
  ['Track Custom Event', trackCustomEvent, { eventType: 'Downloaded', eventProperties: {} }]
])('%s', (_title, action, own) => {
  it('trims the e-mail address', () => {
    expect(action.prepare({ ...customer, ...own, email: ' ada@example.com\n' }).body.email).toBe(
      'ada@example.com'
    )
  })

  it('says where an attribute stood that does not fit', () => {
    const attributes = { size: 3 }
    const isCustomEvent = action === trackCustomEvent
    const { dropped } = action.prepare({
      ...customer,
      ...own,
      ...(isCustomEvent ? { eventProperties: attributes } : { friendbuyAttributes: attributes })
    })
    expect(dropped).toEqual([
      { name: `${isCustomEvent ? 'eventProperties' : 'friendbuyAttributes'}.size`, reason: 'not a string' }
    ])
  })
})

describe.each(Object.entries(actions))('%s', (key, action) => {
  const defaults = {
    pageUrl: { '@path': '$.context.page.url' },
    pageTitle: { '@path': '$.context.page.title' }
  }

  it.each([
    ['no mapping is known', undefined, []],
    ['the mapping is the default one', defaults, []],
    ['the mapping does not have them', { email: 'x' }, []],
    ['the mapping sets one', { ...defaults, pageUrl: { '@path': '$.properties.url' } }, ['pageUrl']],
    [
      'the mapping sets both',
      { pageUrl: '/a', pageTitle: { '@template': '{{event}}' } },
      ['pageUrl', 'pageTitle']
    ]
  ])('reports the page as dropped only if a mapping of its own sets it: %s', (_when, mapping, names) => {
    const page = { pageUrl: 'https://shop.example', pageTitle: 'T' }
    const { body, dropped } = action.prepare({ ...order, ...customEvent, ...page }, mapping)
    expect([key, JSON.stringify(body)]).not.toContain('shop.example')
    expect(dropped).toEqual(names.map((name) => ({ name, reason: 'not supported by MAPI' })))
  })
})

describe('Track Sign Up', () => {
  it('sends a time zone that is mapped', () => {
    expect(trackSignUp.prepare({ ...customer, timezone: 'Europe/London' }).body).toEqual({
      ...customer,
      timezone: 'Europe/London'
    })
  })
})

describe('Track Custom Event', () => {
  it('sends an event without properties', () => {
    expect(trackCustomEvent.prepare(customEvent)).toEqual({
      path: '/v1/event/custom',
      body: { ...customer, eventType: 'Downloaded' },
      dropped: []
    })
  })

  it('reads the properties that MAPI has a place for, whatever they are called', () => {
    const eventProperties = {
      first_name: 'Ada',
      last_name: 7,
      isNewCustomer: 'true',
      coupon: 12345,
      attributionId: 'a-1',
      referralCode: 'r-1'
    }
    expect(trackCustomEvent.prepare({ ...customEvent, eventProperties }).body).toEqual({
      ...customer,
      eventType: 'Downloaded',
      firstName: 'Ada',
      lastName: '7',
      isNewCustomer: true,
      couponCode: '12345',
      attributionId: 'a-1',
      referralCode: 'r-1'
    })
  })

  it('prefers the first of two names for one thing, and says which value is left out', () => {
    const eventProperties = {
      firstName: ' ',
      first_name: 'Ada',
      couponCode: 'one',
      coupon: 'two',
      lastName: 'B',
      last_name: 'B'
    }
    expect(trackCustomEvent.prepare({ ...customEvent, eventProperties })).toEqual({
      path: '/v1/event/custom',
      body: { ...customer, eventType: 'Downloaded', firstName: 'Ada', lastName: 'B', couponCode: 'one' },
      dropped: [{ name: 'eventProperties.coupon', reason: 'overridden by couponCode' }]
    })
  })

  it('says by its place which of two names, or which value that cannot be read, is left out', () => {
    const eventProperties = {
      firstName: 'A',
      first_name: 'a',
      lastName: 'B',
      last_name: 'b',
      referralCode: ['r-1'],
      customerId: 'c-2',
      email: ' ada@example.com '
    }
    expect(trackCustomEvent.prepare({ ...customEvent, eventProperties }).dropped).toEqual([
      { name: 'eventProperties.referralCode', reason: 'not a string' },
      { name: 'eventProperties.customerId', reason: 'overridden by customerId' },
      { name: 'eventProperties.first_name', reason: 'overridden by firstName' },
      { name: 'eventProperties.last_name', reason: 'overridden by lastName' }
    ])
  })

  it('sends custom attributes first, then the other properties, by one set of rules', () => {
    const eventProperties = {
      zulu: 'z',
      $lib: 'web',
      size: 3,
      friendbuyAttributes: { color: 'red', zulu: 'first', depth: { a: 1 } }
    }
    const { body, dropped } = trackCustomEvent.prepare({
      ...customEvent,
      eventProperties,
      anonymousId: 'anon-1'
    })
    expect(Object.entries(body.additionalProperties ?? {})).toEqual([
      ['color', 'red'],
      ['zulu', 'z'],
      ['anonymousId', 'anon-1']
    ])
    expect(dropped).toEqual([
      { name: 'eventProperties.friendbuyAttributes.depth', reason: 'not a string' },
      { name: 'eventProperties.friendbuyAttributes.zulu', reason: 'overridden by eventProperties.zulu' },
      { name: 'eventProperties.$lib', reason: 'name begins with $' },
      { name: 'eventProperties.size', reason: 'not a string' }
    ])
  })

  it('says where the mapping takes a value from elsewhere than the property of its name', () => {
    const eventProperties = { email: 'other@example.com', customerId: 'c-1', deduplicationId: 'd-2' }
    expect(trackCustomEvent.prepare({ ...customEvent, deduplicationId: 'd-1', eventProperties })).toEqual({
      path: '/v1/event/custom',
      body: { ...customer, eventType: 'Downloaded', deduplicationId: 'd-1' },
      dropped: [
        { name: 'eventProperties.email', reason: 'overridden by email' },
        { name: 'eventProperties.deduplicationId', reason: 'overridden by deduplicationId' }
      ]
    })
  })
})
