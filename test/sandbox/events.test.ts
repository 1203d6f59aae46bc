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

/** A change that makes the least body invalid, and the property that the response names. */
const violations: Record<EventPath, [change: object, property: string]> = {
  '/v1/event/purchase': [{ products: [{ sku: 's-1' }, { name: 'Tea' }] }, 'products.1.sku'],
  '/v1/event/account-sign-up': [{ birthday: { month: 2 } }, 'birthday.day'],
  '/v1/event/custom': [{ eventType: undefined }, 'eventType'],
  '/v1/customer': [{ couponCode: 'SAVE10' }, 'couponCode']
}

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

  it('names the property of a body that breaks the contract', async () => {
    const { post } = await newMerchant(await newSandbox())
    const [change, property] = violations[path]

    expect(await post(path, { ...bodies[path].least, ...change })).toEqual(refusal(422, `${property}: `))
  })

  it('is not there for other methods', async () => {
    const merchant = await newMerchant(await newSandbox())

    expect(await merchant.delete(path)).toEqual(refusal(405))
  })
})

describe('An event', () => {
  it.each(['', '{"email":', '[{}]', 'null'])('is not a body such as %j', async (body) => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post('/v1/event/custom', body)).toEqual(refusal(400))
  })

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

  it.each(['/v1/event/custom/', '/v2/event/custom', '/'])('is not taken at %s', async (path) => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post(path, customEvent)).toEqual(refusal(404))
  })
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

  it('that was refused is still new', async () => {
    const { post } = await newMerchant(await newSandbox())

    expect(await post('/v1/customer', { ...customer, age: -1 })).toEqual(refusal(422, 'age: '))
    expect(await post('/v1/customer', customer)).toEqual({ status: 201, body: created })
  })
})
