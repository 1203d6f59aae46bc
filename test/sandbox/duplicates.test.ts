import {
  aUuid,
  created,
  customer,
  customEvent,
  newMerchant,
  newSandbox,
  purchase,
  refusal,
  signUp
} from './call'

const lead = { ...customEvent, deduplicationId: 'd-1' }

/** A sandbox with a merchant, and the events that it has recorded. */
const newShop = async () => {
  const sandbox = await newSandbox()
  return {
    sandbox,
    merchant: await newMerchant(sandbox),
    events: () =>
      sandbox.records
        .filter(({ path }) => path !== '/v1/authorization')
        .map(({ eventId, duplicateOf }) => ({ eventId, duplicateOf }))
  }
}

describe('A duplicate', () => {
  it.each([
    ['a purchase with the same orderId', '/v1/event/purchase', purchase, { ...purchase, amount: 1 }],
    [
      'a custom event with the same type and deduplicationId',
      '/v1/event/custom',
      lead,
      { ...lead, email: 'grace@example.com' }
    ]
  ])('is %s', async (_, path, first, again) => {
    const { merchant, events } = await newShop()

    expect(await merchant.post(path, first)).toEqual({ status: 201, body: created })
    expect(await merchant.post(path, again)).toEqual({ status: 201, body: created })
    expect(await merchant.post(path, again)).toEqual({ status: 201, body: created })

    const original = events()[0]?.eventId
    expect(events()).toEqual([
      { eventId: aUuid },
      { eventId: aUuid, duplicateOf: original },
      { eventId: aUuid, duplicateOf: original }
    ])
    expect(new Set(events().map(({ eventId }) => eventId)).size).toBe(3)
  })

  it.each([
    ['a purchase with another orderId', '/v1/event/purchase', purchase, { ...purchase, orderId: 'o-2' }],
    ['a custom event of another type', '/v1/event/custom', lead, { ...lead, eventType: 'survey' }],
    [
      'a custom event with another deduplicationId',
      '/v1/event/custom',
      lead,
      { ...lead, deduplicationId: 'd-2' }
    ],
    ['a custom event without deduplicationId', '/v1/event/custom', customEvent, customEvent],
    ['a sign-up', '/v1/event/account-sign-up', signUp, signUp],
    ['a customer', '/v1/customer', customer, customer]
  ])('is never %s', async (_, path, first, again) => {
    const { merchant, events } = await newShop()

    await merchant.post(path, first)
    await merchant.post(path, again)

    expect(events()).toEqual([{ eventId: aUuid }, { eventId: aUuid }])
  })

  it('is never an event of another kind', async () => {
    const { merchant, events } = await newShop()

    await merchant.post('/v1/event/purchase', { ...purchase, orderId: 'd-1' })
    await merchant.post('/v1/event/custom', { ...lead, eventType: 'purchase' })

    expect(events()).toEqual([{ eventId: aUuid }, { eventId: aUuid }])
  })

  it('is never an event of another merchant', async () => {
    const { sandbox, merchant, events } = await newShop()
    const other = await newMerchant(sandbox)

    for (const { post } of [merchant, other]) {
      await post('/v1/event/purchase', purchase)
      await post('/v1/event/custom', lead)
    }

    expect(events()).toEqual([{ eventId: aUuid }, { eventId: aUuid }, { eventId: aUuid }, { eventId: aUuid }])
  })

  it('is not seen where the first was refused', async () => {
    const { merchant, events } = await newShop()

    expect(await merchant.post('/v1/event/purchase', { ...purchase, currency: 'eur' })).toEqual(
      refusal(422, 'currency: ')
    )
    expect(await merchant.post('/v1/event/purchase', purchase)).toEqual({ status: 201, body: created })
    expect(events()).toEqual([{}, { eventId: aUuid }])
  })

  it('is seen with another token of the same merchant', async () => {
    const { sandbox, merchant, events } = await newShop()
    const again = await newMerchant(sandbox, merchant.credentials)

    await merchant.post('/v1/event/purchase', purchase)
    await again.post('/v1/event/purchase', purchase)

    expect(events()).toEqual([{ eventId: aUuid }, { eventId: aUuid, duplicateOf: events()[0]?.eventId }])
  })
})
