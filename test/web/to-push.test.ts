import type { WebMapping } from '../../src/web/web-mapping'
import { toPush } from '../../src/web/to-push'
import type { WebActionKey } from '../../src/web/action-keys'
import { savedMapping } from '../compatibility/published'

const order = (properties: object, besides: object = {}) => ({
  type: 'track',
  event: 'Order Completed',
  ...besides,
  properties: { order_id: 'o-1', total: 10, currency: 'USD', ...properties }
})

const custom = (properties: object, besides: object = {}) => ({
  type: 'track',
  event: 'Downloaded',
  userId: 'c-1',
  ...besides,
  properties: { email: 'ada@example.com', ...properties }
})

const CUSTOMER = { id: 'c-1', email: 'ada@example.com' }

/** The values of a push and what it lacks. */
const convert = (action: WebActionKey, event: object, mapping?: WebMapping) => {
  const { push, dropped } = toPush(action, event, mapping)
  return { values: push[2], dropped: dropped.map(({ name, reason }) => `${name}: ${reason}`) }
}

describe('A purchase', () => {
  it.each([null, '', [], {}, [null], { 0: null }, [[]], 'none', 7, [{}], [{ color: 'red' }]])(
    'is pushed without products for %j',
    (products) => {
      expect(convert('trackPurchase', order({ products })).values).toEqual({
        id: 'o-1',
        amount: 10,
        currency: 'USD'
      })
    }
  )

  it.each([
    [{ sku: 'a', price: 1 }],
    { 0: { sku: 'a', price: 1 } },
    [[{ sku: 'a', price: 1 }]],
    [{ 0: { sku: 'a', price: '1' } }],
    { sku: 'a', price: 1 }
  ])('takes its products from %j', (products) => {
    expect(convert('trackPurchase', order({ products })).values.products).toEqual([
      { sku: 'a', name: 'unknown', quantity: 1, price: 1 }
    ])
  })

  it('drops a product without a readable price, and keeps the others', () => {
    const products = [{ sku: 'a', price: 'much' }, null, { sku: 'b' }, { sku: 'c', price: 0 }]
    const { values, dropped } = convert('trackPurchase', order({ products }))
    expect(values.products).toEqual([{ sku: 'c', name: 'unknown', quantity: 1, price: 0 }])
    expect(dropped).toEqual([
      'products[0].price: not a number',
      'products[0]: no price',
      'products[1]: no price'
    ])
  })

  it('has no customer without an ID, and names what is lost with it', () => {
    const properties = { email: 'ada@example.com', isNewCustomer: 'true', loyaltyStatus: 'gold', age: 'x' }
    const { values, dropped } = convert('trackPurchase', order(properties, { anonymousId: 'a-1' }))
    expect(values).toEqual({ id: 'o-1', amount: 10, currency: 'USD', isNewCustomer: true })
    expect(dropped).toEqual([
      'age: not a number',
      'email: no customer ID',
      'anonymousId: no customer ID',
      'loyaltyStatus: no customer ID'
    ])
  })

  it.each(['customer', 'products', 'giftCardCodes', 'birthday', 'id', 'amount', 'currency'])(
    'has no attribute of the name %s',
    (name) => {
      const { values, dropped } = convert(
        'trackPurchase',
        order({ friendbuyAttributes: { [name]: 'x', a: 'b' } })
      )
      expect(values).toEqual({ id: 'o-1', amount: 10, currency: 'USD', a: 'b' })
      expect(dropped).toEqual([`friendbuyAttributes.${name}: overridden by ${name}`])
    }
  )
})

describe('Custom attributes', () => {
  const attributes = (friendbuyAttributes: unknown) =>
    convert('trackPurchase', order({ friendbuyAttributes }))

  it('are strings of 1 to 128 characters, the first 10 of which are pushed', () => {
    const names = Array.from({ length: 11 }, (_, index) => `k${index}`)
    const { values, dropped } = attributes({
      long: 'x'.repeat(129),
      blank: ' ',
      list: [],
      currency: 'EUR',
      ...Object.fromEntries(names.map((name) => [name, 'x'.repeat(128)]))
    })
    expect(Object.keys(values).filter((name) => name.startsWith('k'))).toEqual(names.slice(0, 10))
    expect(dropped).toEqual([
      'friendbuyAttributes.currency: overridden by currency',
      'friendbuyAttributes.long: longer than 128 characters',
      'friendbuyAttributes.blank: blank',
      'friendbuyAttributes.list: not a string',
      'friendbuyAttributes.k10: more than 10 additional properties'
    ])
  })

  it('may be called as a field that the event lacks', () => {
    expect(attributes({ couponCode: 'x' }).values).toMatchObject({ couponCode: 'x' })
  })

  it.each(['size=M', 7, ['M'], true])('are dropped if they are %j', (given) => {
    expect(attributes(given)).toEqual({
      values: { id: 'o-1', amount: 10, currency: 'USD' },
      dropped: ['friendbuyAttributes: not an object']
    })
  })

  it('cannot change a prototype', () => {
    const { values } = attributes(JSON.parse('{"__proto__": "x", "constructor": "y"}'))
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype)
    expect(values).toEqual({ id: 'o-1', amount: 10, currency: 'USD', constructor: 'y' })
  })
})

describe('A custom event', () => {
  it('has its properties as they are, whatever their type', () => {
    const properties = { count: 0, final: false, tags: [], parts: {}, nested: { a: [null] }, name: 'App' }
    expect(convert('trackCustomEvent', custom(properties)).values).toEqual({
      ...properties,
      email: 'ada@example.com',
      customer: CUSTOMER
    })
  })

  it('has the email, the customer and the deduplication ID of its fields, whatever the properties say', () => {
    const mapping = {
      eventType: 'Downloaded',
      eventProperties: { '@path': '$.properties' },
      deduplicationId: 'd-1',
      customerId: 'c-1',
      email: 'ada@example.com'
    }
    const properties = {
      email: 'eve@example.com',
      customer: { id: 'e' },
      deduplicationId: 'e',
      customerId: 'e'
    }
    expect(convert('trackCustomEvent', custom(properties), mapping)).toEqual({
      values: { email: 'ada@example.com', deduplicationId: 'd-1', customer: CUSTOMER },
      dropped: ['email', 'customer', 'deduplicationId', 'customerId'].map(
        (name) => `eventProperties.${name}: overridden by ${name}`
      )
    })
  })

  it('keeps a deduplication ID of its properties for which there is no field', () => {
    const mapping = {
      eventType: 'Downloaded',
      eventProperties: { '@path': '$.properties' },
      customerId: 'c-1',
      email: 'ada@example.com'
    }
    expect(convert('trackCustomEvent', custom({ deduplicationId: 'd-2' }), mapping).values).toEqual({
      email: 'ada@example.com',
      deduplicationId: 'd-2',
      customer: CUSTOMER
    })
  })

  it('has attributes where its properties leave the name free', () => {
    const properties = {
      size: 'M',
      color: '',
      friendbuyAttributes: { size: 'L', color: 'red', email: 'x', n: 1 }
    }
    expect(convert('trackCustomEvent', custom(properties))).toEqual({
      values: { size: 'M', color: 'red', email: 'ada@example.com', customer: CUSTOMER },
      dropped: [
        'eventProperties.color: blank',
        'eventProperties.friendbuyAttributes.size: overridden by size',
        'eventProperties.friendbuyAttributes.email: overridden by email',
        'eventProperties.friendbuyAttributes.n: not a string'
      ]
    })
  })

  it('gives its customer names and isNewCustomer alone', () => {
    const names = {
      first_name: 'Ada',
      firstName: '',
      lastName: 7,
      isNewCustomer: 'maybe',
      age: 3,
      name: 'App'
    }
    expect(convert('trackCustomEvent', custom(names)).values).toEqual({
      first_name: 'Ada',
      lastName: 7,
      isNewCustomer: 'maybe',
      age: 3,
      name: 'App',
      email: 'ada@example.com',
      customer: { ...CUSTOMER, firstName: 'Ada', lastName: '7' }
    })
  })

  it.each(['customer', 'purchase', 'page', 'sign_up', 'email', 'email_capture', ' purchase '])(
    'cannot be called %j',
    (event) => {
      expect(() => toPush('trackCustomEvent', custom({}, { event }))).toThrow('Event Type (eventType)')
    }
  )

  it.each(['Purchase', 'constructor', 'Downloaded '])('can be called %j, trimmed', (event) => {
    expect(toPush('trackCustomEvent', custom({}, { event })).push[1]).toBe(event.trim())
  })
})

describe('A page', () => {
  it.each([{}, { name: '' }, { name: null, properties: { name: ' ' } }, { name: {} }])(
    'without a name is called undefined: %j',
    (event) => {
      expect(toPush('trackPage', { type: 'page', ...event }).push).toEqual([
        'track',
        'page',
        { name: 'undefined' },
        true
      ])
    }
  )
})

describe('A required value', () => {
  it.each<[WebActionKey, object, string]>([
    [
      'trackCustomer',
      { userId: 'c-1', traits: { email: ' ' } },
      'Email (email) is required, and is missing or blank'
    ],
    [
      'trackCustomer',
      { traits: { email: 'x' } },
      'Customer ID (customerId) is required, and is missing or blank'
    ],
    [
      'trackCustomer',
      { userId: {}, traits: { email: 'x' } },
      'Customer ID (customerId) is required, and is not a string'
    ],
    ['trackPurchase', order({ order_id: '' }), 'Order ID (orderId)'],
    [
      'trackPurchase',
      order({ total: 'ada@example.com' }),
      'Purchase Amount (amount) is required, and is not a number'
    ],
    ['trackPurchase', order({ total: NaN }), 'Purchase Amount (amount)'],
    ['trackPurchase', order({ currency: null }), 'Currency (currency)'],
    ['trackSignUp', { userId: 'c-1' }, 'Email (email)'],
    ['trackCustomEvent', custom({}, { event: ' ' }), 'Event Type (eventType)'],
    [
      'trackCustomEvent',
      { event: 'a', userId: 'c-1', context: { traits: CUSTOMER } },
      'Event Properties (eventProperties)'
    ]
  ])('of %s fails the event: %j', (action, event, message) => {
    let error: unknown
    try {
      toPush(action, event)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ name: 'PayloadValidationError', code: 'PAYLOAD_VALIDATION_FAILED' })
    expect(error).toHaveProperty('message', expect.stringContaining(message))
    expect(String(error)).not.toContain('ada@example.com')
  })
})

describe('A mapping', () => {
  it.each([
    [
      { email: { '@liquid': '{{ email }}' } },
      'Invalid mapping of Friendbuy Track Customer. Unsupported at email: the directive @liquid'
    ],
    [{ traits: { a: [{ '@new': 1 }] } }, 'traits.a[0]: the directive @new']
  ])('with an unknown directive is an error that names it: %j', (mapping, message) => {
    expect(() => toPush('trackCustomer', { type: 'identify' }, mapping)).toThrow(message)
  })

  it.each([null, [], 'event', 7])('is not applied to %j', (event) => {
    expect(() => toPush('trackPage', event as object)).toThrow('data must be an object')
  })

  it('names the actions that there are', () => {
    expect(() => toPush('trackPages' as 'trackPage', {})).toThrow('expected one of trackCustomer, ')
  })
})

describe('The default mapping of the published destination', () => {
  it('of Track Purchase pushes what the default mapping here does', () => {
    const products = [{ sku: 'a', name: 'Hat', price: 1, quantity: 2, image_url: 'https://e.com/i.png' }]
    const event = order(
      { products, coupon: 'C', attributionId: 'at', referralCode: 'r', email: 'ada@example.com' },
      { userId: 'c-1', anonymousId: 'a-1' }
    )
    expect(toPush('trackPurchase', event, savedMapping('trackPurchase')).push).toEqual(
      toPush('trackPurchase', event).push
    )
  })

  it('of Track Customer pushes what the default mapping here does', () => {
    const traits = {
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Byron',
      age: 36,
      birthday: '1815-12-10',
      friendbuyAttributes: { size: 'M' }
    }
    const event = { type: 'identify', userId: 'c-1', anonymousId: 'a-1', traits }
    expect(toPush('trackCustomer', event, savedMapping('trackCustomer')).push).toEqual(
      toPush('trackCustomer', event).push
    )
  })

  it('of Track Sign Up pushes what the default mapping here does', () => {
    const properties = { email: 'ada@example.com', coupon: 'C', referralCode: 'r' }
    const event = { type: 'track', event: 'Signed Up', userId: 'c-1', properties }
    expect(toPush('trackSignUp', event, savedMapping('trackSignUp')).push).toEqual(
      toPush('trackSignUp', event).push
    )
  })

  it('of Track Custom Event pushes a custom event with its properties', () => {
    const { push } = toPush('trackCustomEvent', custom({ size: 3 }), savedMapping('trackCustomEvent'))
    expect(push).toEqual(['track', 'Downloaded', { size: 3, email: 'ada@example.com', customer: CUSTOMER }])
  })
})
