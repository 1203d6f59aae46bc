import type { ActionKey, DropReason } from '../../src'

/** Action, payload and body, both without the required values, and the dropped values of the payload. */
type PayloadCase = [ActionKey, payload: object, body: object, dropped?: [name: string, reason: DropReason][]]

const customer = { customerId: 'c-1', email: 'ada@example.com' }
const order = { orderId: 'o-1', amount: 10, currency: 'USD' }

/** Paths, and payloads and bodies that hold only the required values. */
export const required = {
  trackCustomer: { path: '/v1/customer', payload: customer, body: customer },
  trackPurchase: { path: '/v1/event/purchase', payload: order, body: order },
  trackSignUp: { path: '/v1/event/account-sign-up', payload: customer, body: customer },
  trackCustomEvent: {
    path: '/v1/event/custom',
    payload: { ...customer, eventType: 'Downloaded', eventProperties: {} },
    body: { ...customer, eventType: 'Downloaded' }
  }
} as const satisfies Record<ActionKey, object>

const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, `v${index}`]))

const customEvent = (
  eventProperties: object,
  body: object,
  ...dropped: [name: string, reason: DropReason][]
): PayloadCase => [
  'trackCustomEvent',
  { eventProperties },
  body,
  dropped.map(([name, reason]) => [`eventProperties.${name}`, reason])
]

/** Worked cases from payload to body, by name. */
export const payloadCases: Record<string, PayloadCase> = {
  'required values of a custom event': ['trackCustomEvent', {}, {}],
  'empty lists and objects': [
    'trackPurchase',
    { products: [], giftCardCodes: [], friendbuyAttributes: {} },
    {}
  ],
  'blank optional values': [
    'trackPurchase',
    { email: ' ', coupon: '\t', giftCardCodes: ['g-1', ''], products: [{ sku: ' ', price: 1 }] },
    { giftCardCodes: ['g-1'], products: [{ sku: 'unknown', name: 'unknown', quantity: 1, price: 1 }] }
  ],
  'an untrimmed currency in lower case and an untrimmed email address': [
    'trackPurchase',
    { currency: ' eur\n', email: ' a@b.example ' },
    { currency: 'EUR', email: 'a@b.example' }
  ],
  'age and birthday of a purchase': [
    'trackPurchase',
    { age: 42, birthday: '1990-05-17' },
    {},
    [
      ['age', 'not supported by MAPI'],
      ['birthday', 'not supported by MAPI']
    ]
  ],
  'the loyalty status of a purchase': [
    'trackPurchase',
    { loyaltyStatus: ' IN ' },
    { additionalProperties: { loyaltyStatus: 'in' } }
  ],
  'products with and without what MAPI requires': [
    'trackPurchase',
    {
      products: [
        { sku: 's-1', product_id: 'p-1', quantity: 2.7, price: 0 },
        { product_id: 'p-2', name: 'Uno', quantity: 0, image_url: 'https://shop.example/uno.jpg' },
        { sku: 's-3', product_id: 's-3', quantity: -1 },
        { brand: 'b' },
        { name: 'nameless', quantity: 'many', price: 'free' },
        'a product',
        {},
        null,
        { sku: 's-8', quantity: 0.5 },
        { sku: 's-9', quantity: 2 ** 53 - 1 },
        { sku: 's-10', quantity: 1e300 }
      ]
    },
    {
      products: [
        { sku: 's-1', name: 'unknown', quantity: 2, price: 0 },
        { sku: 'p-2', name: 'Uno', quantity: 1, imageUrl: 'https://shop.example/uno.jpg' },
        { sku: 's-3', name: 'unknown', quantity: 1 },
        { sku: 'unknown', name: 'nameless', quantity: 1 },
        { sku: 's-8', name: 'unknown', quantity: 1 },
        { sku: 's-9', name: 'unknown', quantity: 2 ** 53 - 1 },
        { sku: 's-10', name: 'unknown', quantity: 1 }
      ]
    },
    [
      ['products[3].brand', 'not supported by MAPI'],
      ['products[4].quantity', 'not a number'],
      ['products[4].price', 'not a number'],
      ['products[5]', 'not an object'],
      ['products[0].product_id', 'overridden by sku'],
      ['products[1].quantity', 'not a whole number of at least 1'],
      ['products[2].quantity', 'not a whole number of at least 1'],
      ['products[6].quantity', 'not a whole number of at least 1'],
      ['products[8].quantity', 'not a whole number of at least 1']
    ]
  ],
  'a Date or a Map, which has no named values': [
    'trackPurchase',
    {
      friendbuyAttributes: new Map([['a', 'b']]),
      products: new Date(0),
      giftCardCodes: [new Date(0)]
    },
    {},
    [
      ['giftCardCodes[0]', 'not a string'],
      ['products[0]', 'not an object'],
      ['friendbuyAttributes', 'not an object']
    ]
  ],
  'custom attributes with names of fields': [
    'trackPurchase',
    { name: 'field', friendbuyAttributes: { coupon: 'SPRING', gender: 'f', name: 'attribute' } },
    { additionalProperties: { coupon: 'SPRING', gender: 'f', name: 'attribute' } },
    [['name', 'overridden by friendbuyAttributes.name']]
  ],
  'custom attributes beyond the limits': [
    'trackPurchase',
    { friendbuyAttributes: { size: 3, long: 'x'.repeat(129), $set: 'x', ...ten, k10: 'v10' } },
    { additionalProperties: ten },
    [
      ['friendbuyAttributes.size', 'not a string'],
      ['friendbuyAttributes.long', 'longer than 128 characters'],
      ['friendbuyAttributes.$set', 'name begins with $'],
      ['friendbuyAttributes.k10', 'more than 10 additional properties']
    ]
  ],

  'values of a customer that are converted': [
    'trackCustomer',
    { email: ' ada@example.com\t', birthday: '1990-05-17', loyaltyStatus: ' Out ', isNewCustomer: ' TRUE ' },
    { birthday: { year: 1990, month: 5, day: 17 }, loyaltyStatus: 'out', isNewCustomer: true }
  ],
  'an age with decimals': ['trackCustomer', { age: '42.9' }, { age: 42 }],
  'an age of 0': ['trackCustomer', { age: 0 }, { age: 0 }],
  'the highest age': ['trackCustomer', { age: 2 ** 53 - 1 }, { age: 2 ** 53 - 1 }],
  'an age below 0': ['trackCustomer', { age: -0.5 }, {}, [['age', 'not an age']]],
  'an age that is too high': ['trackCustomer', { age: 1e300 }, {}, [['age', 'not an age']]],
  'a birthday that does not exist': [
    'trackCustomer',
    { birthday: '1990-02-30' },
    {},
    [['birthday', 'not a birthday']]
  ],
  'an unknown loyalty status': [
    'trackCustomer',
    { loyaltyStatus: 'gold' },
    {},
    [['loyaltyStatus', 'not in, out or blocked']]
  ],
  'a flag that is not a boolean': [
    'trackCustomer',
    { isNewCustomer: 'perhaps' },
    {},
    [['isNewCustomer', 'not true or false']]
  ],
  'a first and a last name': [
    'trackCustomer',
    { firstName: 'Ada', lastName: 'Byron' },
    { firstName: 'Ada', lastName: 'Byron', additionalProperties: { name: 'Ada Byron' } }
  ],
  'a first name alone': ['trackCustomer', { firstName: 'Ada' }, { firstName: 'Ada' }],
  'a custom attribute of a customer that is not a string': [
    'trackCustomer',
    { friendbuyAttributes: { size: 3 } },
    {},
    [['friendbuyAttributes.size', 'not a string']]
  ],

  'values of a sign-up that are converted': [
    'trackSignUp',
    { email: ' ada@example.com\n', age: 41.7, loyaltyStatus: 'BLOCKED', timezone: 'Europe/London' },
    { age: 41, loyaltyStatus: 'blocked', timezone: 'Europe/London' }
  ],
  'values of a sign-up that are dropped': [
    'trackSignUp',
    { age: -1, birthday: 'tomorrow', loyaltyStatus: 'gold', friendbuyAttributes: { size: 3 } },
    {},
    [
      ['loyaltyStatus', 'not in, out or blocked'],
      ['age', 'not an age'],
      ['birthday', 'not a birthday'],
      ['friendbuyAttributes.size', 'not a string']
    ]
  ],

  'an untrimmed email address of a custom event': ['trackCustomEvent', { email: ' ada@example.com\n' }, {}],
  'root properties of a custom event in camelCase': customEvent(
    {
      firstName: 'Ada',
      lastName: 7,
      isNewCustomer: 'true',
      couponCode: 12345,
      attributionId: 'a-1',
      referralCode: 'r-1'
    },
    {
      firstName: 'Ada',
      lastName: '7',
      isNewCustomer: true,
      couponCode: '12345',
      attributionId: 'a-1',
      referralCode: 'r-1'
    }
  ),
  'root properties of a custom event in snake_case': customEvent(
    {
      first_name: 'Ada',
      last_name: 'Byron',
      is_new_customer: false,
      coupon_code: 'SPRING',
      attribution_id: 'a-1',
      referral_code: 'r-1'
    },
    {
      firstName: 'Ada',
      lastName: 'Byron',
      isNewCustomer: false,
      couponCode: 'SPRING',
      attributionId: 'a-1',
      referralCode: 'r-1'
    }
  ),
  'two spellings of one root property': customEvent(
    {
      firstName: ' ',
      first_name: 'Ada',
      lastName: 'B',
      last_name: 'B',
      isNewCustomer: false,
      is_new_customer: true,
      coupon_code: 'three',
      coupon: 'two',
      couponCode: 'one',
      attributionId: 'a',
      attribution_id: 'b',
      referralCode: ['r-1'],
      referral_code: 'r-2'
    },
    {
      firstName: 'Ada',
      lastName: 'B',
      isNewCustomer: false,
      couponCode: 'one',
      attributionId: 'a',
      referralCode: 'r-2'
    },
    ['referralCode', 'not a string'],
    ['is_new_customer', 'overridden by isNewCustomer'],
    ['coupon', 'overridden by couponCode'],
    ['coupon_code', 'overridden by couponCode'],
    ['attribution_id', 'overridden by attributionId']
  ),
  'two spellings of a name': customEvent(
    { firstName: 'A', first_name: 'a', lastName: 'B', last_name: 'b', coupon: 'two', coupon_code: 'three' },
    { firstName: 'A', lastName: 'B', couponCode: 'two' },
    ['first_name', 'overridden by firstName'],
    ['last_name', 'overridden by lastName'],
    ['coupon_code', 'overridden by coupon']
  ),
  'two spellings of a referral code': customEvent(
    { referralCode: 'r-1', referral_code: 'r-2' },
    { referralCode: 'r-1' },
    ['referral_code', 'overridden by referralCode']
  ),
  'fields that override event properties': [
    'trackCustomEvent',
    {
      deduplicationId: 'd-1',
      ipAddress: '1.1.1.1',
      userAgent: 'A/1',
      eventProperties: {
        email: 'other@example.com',
        customerId: 'c-2',
        deduplicationId: 'd-2',
        ipAddress: '2.2.2.2',
        userAgent: 'B/2'
      }
    },
    { deduplicationId: 'd-1', ipAddress: '1.1.1.1', userAgent: 'A/1' },
    [
      ['eventProperties.email', 'overridden by email'],
      ['eventProperties.customerId', 'overridden by customerId'],
      ['eventProperties.deduplicationId', 'overridden by deduplicationId'],
      ['eventProperties.ipAddress', 'overridden by ipAddress'],
      ['eventProperties.userAgent', 'overridden by userAgent']
    ]
  ],
  'event properties that equal the fields': customEvent(
    { email: ' ada@example.com ', customerId: 'c-1' },
    {}
  ),
  'properties named like context fields': customEvent(
    { ipAddress: '1.1.1.1', userAgent: 'A/1', pageUrl: '/a', pageTitle: 'A', eventType: 'T' },
    {
      ipAddress: '1.1.1.1',
      userAgent: 'A/1',
      additionalProperties: { pageUrl: '/a', pageTitle: 'A', eventType: 'T' }
    }
  ),
  'properties of a custom event that are not strings': customEvent(
    { size: 3, ok: true, nothing: null, list: [1], more: { a: 'b' }, $lib: 'web' },
    {},
    ['size', 'not a string'],
    ['ok', 'not a string'],
    ['nothing', 'blank'],
    ['list', 'not a string'],
    ['more', 'not a string'],
    ['$lib', 'name begins with $']
  ),
  'attributes of a custom event from three places': customEvent(
    {
      a: 'property',
      b: 'property',
      additionalProperties: { a: 'additional', b: 'additional', c: 'additional', size: 3 },
      friendbuyAttributes: { a: 'attribute', c: 'attribute', d: 'attribute' }
    },
    { additionalProperties: { a: 'property', b: 'property', c: 'additional', d: 'attribute' } },
    ['friendbuyAttributes.a', 'overridden by eventProperties.additionalProperties.a'],
    ['friendbuyAttributes.c', 'overridden by eventProperties.additionalProperties.c'],
    ['additionalProperties.size', 'not a string'],
    ['additionalProperties.a', 'overridden by eventProperties.a'],
    ['additionalProperties.b', 'overridden by eventProperties.b']
  ),
  'more than 10 attributes of a custom event': customEvent(
    { last: 'property', additionalProperties: { k9: 'additional', k10: 'v10' }, friendbuyAttributes: ten },
    { additionalProperties: { ...ten, k9: 'additional' } },
    ['friendbuyAttributes.k9', 'overridden by eventProperties.additionalProperties.k9'],
    ['additionalProperties.k10', 'more than 10 additional properties'],
    ['last', 'more than 10 additional properties']
  ),
  'additionalProperties of a custom event that is not an object': customEvent(
    { additionalProperties: 'text' },
    { additionalProperties: { additionalProperties: 'text' } }
  ),
  'friendbuyAttributes of a custom event that is not an object': customEvent(
    { friendbuyAttributes: 'text' },
    {},
    ['friendbuyAttributes', 'not an object']
  ),
  'the anonymous ID of a custom event': [
    'trackCustomEvent',
    { anonymousId: 'anon-1' },
    { additionalProperties: { anonymousId: 'anon-1' } }
  ]
}
