import type { BodyOf, EventPath } from '../../src/mapi/contract/operations'
import {
  anIsoDate,
  created,
  customer,
  customEvent,
  newMerchant,
  newSandbox,
  purchase,
  refusal,
  signUp
} from './call'

const MAX_BODY_BYTES = 1024 * 1024

const person = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  isNewCustomer: true,
  ipAddress: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  additionalProperties: Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`attribute${index}`, 'x'.repeat(128)])
  )
}

const attribution = { couponCode: 'SAVE10', attributionId: 'a-1', referralCode: 'r-1' }

const standing = {
  loyaltyStatus: 'blocked',
  age: 0,
  birthday: { year: 1990, month: 12, day: 31 },
  timezone: 'America/Adak'
} as const

/** For each path the body with what MAPI requires, and the one with everything that it takes. */
const bodies: { [Path in EventPath]: { least: BodyOf<Path>; most: BodyOf<Path> } } = {
  '/v1/event/purchase': {
    least: purchase,
    most: {
      ...person,
      ...attribution,
      ...purchase,
      customerId: 'c-1',
      email: 'ada@example.com',
      giftCardCodes: ['g-1'],
      products: [
        {
          sku: 's-1',
          name: 'Tea',
          quantity: 1,
          price: 9.95,
          description: 'Green tea',
          category: 'Tea',
          url: 'https://shop.example.com/tea',
          imageUrl: 'https://shop.example.com/tea.png'
        },
        { sku: 's-2' }
      ]
    }
  },
  '/v1/event/account-sign-up': { least: signUp, most: { ...person, ...attribution, ...standing, ...signUp } },
  '/v1/event/custom': {
    least: customEvent,
    most: { ...person, ...attribution, ...customEvent, customerId: 'c-1', deduplicationId: 'd-1' }
  },
  '/v1/customer': {
    least: customer,
    most: {
      ...person,
      ...standing,
      ...customer,
      language: 'en',
      gender: 'female',
      category: 'vip',
      country: 'GB',
      state: 'London',
      city: 'London',
      zipCode: 'W1'
    }
  }
}

const paths = Object.keys(bodies) as EventPath[]

const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`attribute${index}`, 'x']))

/** What is wrong, with a change to the least body that makes it so, and the property that the answer names. */
const violations: Record<EventPath, [what: string, change: object, property: string][]> = {
  '/v1/event/purchase': [
    ['no orderId', { orderId: undefined }, 'orderId'],
    ['no amount', { amount: undefined }, 'amount'],
    ['no currency', { currency: undefined }, 'currency'],
    ['an empty orderId', { orderId: '' }, 'orderId'],
    ['an orderId that is a number', { orderId: 1 }, 'orderId'],
    ['an amount that is a string', { amount: '49.90' }, 'amount'],
    ['an amount that is null', { amount: null }, 'amount'],
    ['a currency in lower case', { currency: 'eur' }, 'currency'],
    ['an isNewCustomer that is a string', { isNewCustomer: 'true' }, 'isNewCustomer'],
    ['no product', { products: [] }, 'products'],
    ['a product without sku', { products: [{ sku: 's-1' }, { name: 'Tea' }] }, 'products.1.sku'],
    ['quantity 0', { products: [{ sku: 's-1', quantity: 0 }] }, 'products.0.quantity'],
    ['quantity 1.5', { products: [{ sku: 's-1', quantity: 1.5 }] }, 'products.0.quantity'],
    ['a price that is a string', { products: [{ sku: 's-1', price: '9' }] }, 'products.0.price'],
    ['an unknown property of a product', { products: [{ sku: 's-1', size: 'L' }] }, 'products.0.size'],
    ['a loyaltyStatus', { loyaltyStatus: 'in' }, 'loyaltyStatus']
  ],
  '/v1/event/account-sign-up': [
    ['no customerId', { customerId: undefined }, 'customerId'],
    ['no email', { email: undefined }, 'email'],
    ['a customerId that is a number', { customerId: 1 }, 'customerId'],
    ['an impossible loyaltyStatus', { loyaltyStatus: 'gold' }, 'loyaltyStatus'],
    ['a birthday without a day', { birthday: { month: 2 } }, 'birthday.day'],
    ['a birthday in month 13', { birthday: { month: 13, day: 1 } }, 'birthday.month'],
    ['a birthday that is a string', { birthday: '1990-12-31' }, 'birthday'],
    ['a negative age', { age: -1 }, 'age']
  ],
  '/v1/event/custom': [
    ['no eventType', { eventType: undefined }, 'eventType'],
    ['no email', { email: undefined }, 'email'],
    ['an eventType that is an array', { eventType: ['quiz'] }, 'eventType'],
    ['a deduplicationId that is a number', { deduplicationId: 1 }, 'deduplicationId'],
    ['a birthday', { birthday: { month: 2, day: 1 } }, 'birthday']
  ],
  '/v1/customer': [
    ['no customerId', { customerId: undefined }, 'customerId'],
    ['no email', { email: undefined }, 'email'],
    ['an age with decimals', { age: 35.5 }, 'age'],
    ['an impossible loyaltyStatus', { loyaltyStatus: 'IN' }, 'loyaltyStatus'],
    ['a couponCode', { couponCode: 'SAVE10' }, 'couponCode']
  ]
}

/** What is wrong on every path. */
const commonViolations: [what: string, change: object, property: string][] = [
  ['an unknown property', { nickname: 'Countess' }, 'nickname'],
  ['an empty firstName', { firstName: '' }, 'firstName'],
  ['11 additionalProperties', { additionalProperties: attributes(11) }, 'additionalProperties'],
  [
    'an additional property of 129 characters',
    { additionalProperties: { plan: 'x'.repeat(129) } },
    'additionalProperties.plan'
  ],
  ['an empty additional property', { additionalProperties: { plan: '' } }, 'additionalProperties.plan'],
  [
    'an additional property that is a number',
    { additionalProperties: { plan: 7 } },
    'additionalProperties.plan'
  ],
  ['additionalProperties that are an array', { additionalProperties: ['plan'] }, 'additionalProperties']
]

describe.each(paths)('POST %s', (path) => {
  it('takes a body with what MAPI requires', async () => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post(path, bodies[path].least)).toEqual({ status: 201, body: created })
  })

  it('takes a body with everything that MAPI knows', async () => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post(path, bodies[path].most)).toEqual({ status: 201, body: created })
  })

  it('answers with the ID that its record has', async () => {
    const sandbox = await newSandbox()
    const { name, post } = await newMerchant(sandbox)

    const answer = await post(path, bodies[path].most)

    expect(sandbox.records.at(-1)).toEqual({
      at: anIsoDate,
      method: 'POST',
      path,
      query: {},
      authorization: 'Bearer [redacted]',
      merchant: name,
      body: bodies[path].most,
      status: 201,
      eventId: (answer.body as { eventId: string }).eventId
    })
  })

  it.each([...violations[path], ...commonViolations])('refuses %s', async (_, change, property) => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post(path, { ...bodies[path].least, ...change })).toEqual(refusal(422, `${property}: `))
  })

  it.each(['', 'orderId=1', '{"email":', '[{}]', '"text"', 'null', '7'])(
    'takes no body such as %j',
    async (body) => {
      const { post } = await newMerchant(await newSandbox())

      expect(await post(path, body)).toEqual(refusal(400))
    }
  )

  it('is not there for other methods', async () => {
    const merchant = await newMerchant(await newSandbox())

    expect(await merchant.get(path)).toEqual(refusal(405))
    expect(await merchant.delete(path)).toEqual(refusal(405))
  })
})

describe('An event', () => {
  it('may be 1 MiB, and not a byte more', async () => {
    const { post } = await newMerchant(await newSandbox())
    const { length } = JSON.stringify({ ...customEvent, eventType: '' })
    const bodyOf = (bytes: number) =>
      JSON.stringify({ ...customEvent, eventType: 'x'.repeat(bytes - length) })

    expect(await post('/v1/event/custom', bodyOf(MAX_BODY_BYTES))).toEqual({ status: 201, body: created })
    expect(await post('/v1/event/custom', bodyOf(MAX_BODY_BYTES + 1))).toEqual(refusal(413))
  })

  it('that is refused is not filed', async () => {
    const sandbox = await newSandbox()
    const { get, post } = await newMerchant(sandbox)

    await post('/v1/event/custom', { ...customEvent, nickname: 'Countess' })

    expect(sandbox.records.at(-1)).not.toHaveProperty('eventId')
    expect(await get('/v1/user-data', { email: customEvent.email })).toMatchObject({
      status: 200,
      body: { emails: [], trackedEvents: [] }
    })
  })

  it.each(['/v1/event/unknown', '/v1/event/custom/', '/event/custom', '/v2/event/custom', '/'])(
    'is not taken at %s',
    async (path) => {
      const { post } = await newMerchant(await newSandbox())

      expect(await post(path, customEvent)).toEqual(refusal(404))
    }
  )
})

describe('A customer', () => {
  it('is created, then updated', async () => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post('/v1/customer', customer)).toEqual({ status: 201, body: created })
    expect(await post('/v1/customer', { ...customer, age: 36 })).toEqual({ status: 200, body: created })
    expect(await post('/v1/customer', { ...customer, customerId: 'c-2' })).toEqual({
      status: 201,
      body: created
    })
  })

  it('of one merchant is not that of another', async () => {
    const sandbox = await newSandbox()
    const [one, other] = [await newMerchant(sandbox), await newMerchant(sandbox)]

    expect(await one.post('/v1/customer', customer)).toEqual({ status: 201, body: created })
    expect(await other.post('/v1/customer', customer)).toEqual({ status: 201, body: created })
  })

  it('that was refused is still new', async () => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post('/v1/customer', { ...customer, age: -1 })).toEqual(refusal(422, 'age: '))
    expect(await post('/v1/customer', customer)).toEqual({ status: 201, body: created })
  })
})
