import type { SegmentEvent } from '@segment/actions-core'
import nock from 'nock'
import { actions, type FriendbuySubscription, previewEvent } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { presetSubscriptions } from '../../src/host/subscriptions'
import { cases } from '../cases/cases'

const order: SegmentEvent = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'm-1',
  userId: 'c-1',
  properties: {
    order_id: 'o-1',
    total: 1,
    currency: 'usd',
    email: 'a@example.com',
    friendbuyAttributes: { size: 1, color: 'red' }
  }
}

const purchase = {
  action: 'trackPurchase',
  path: '/v1/event/purchase',
  body: {
    orderId: 'o-1',
    amount: 1,
    currency: 'USD',
    customerId: 'c-1',
    email: 'a@example.com',
    additionalProperties: { color: 'red' }
  },
  dropped: [{ name: 'friendbuyAttributes.size', reason: 'not a string' }],
  notMapped: []
}

beforeAll(() => {
  // A request would fail the event.
  nock.disableNetConnect()
})

afterAll(() => {
  nock.enableNetConnect()
  nock.restore()
})

describe('previewEvent gives what the contract says', () => {
  it.each(cases)('$action: $name', async ({ action, event, mapping, expect: expected }) => {
    const previews = await previewEvent(event, {
      subscriptions: [
        {
          partnerAction: action,
          subscribe: actions[action].defaultSubscription,
          mapping: { ...toDefaultMapping(action), ...mapping }
        }
      ]
    })
    if (!('error' in expected)) {
      const lists = { dropped: expect.any(Array) as unknown[], notMapped: expect.any(Array) as unknown[] }
      expect(previews).toEqual([{ action, path: expected.path, body: expected.body, ...lists }])
      return
    }
    const { status, mentions } = expected.error
    const message = mentions.map((words) => expect.stringContaining(words) as string)
    for (const words of message) {
      expect(previews).toEqual([
        {
          action,
          path: actions[action].path,
          dropped: [],
          notMapped: expect.any(Array) as unknown[],
          error: { status, message: words }
        }
      ])
    }
    expect(previews).toHaveLength(1)
  })
})

describe('previewEvent', () => {
  it('passes over a subscription that is switched off, as sending does', async () => {
    const saved = {
      partnerAction: 'trackPurchase',
      subscribe: 'type = "track"',
      mapping: { orderId: 'o-1', amount: 1, currency: 'USD' }
    } as const
    const event = { type: 'track', event: 'Any' } as const
    const off = { ...saved, enabled: false }
    expect(await previewEvent(event, { subscriptions: [off] })).toEqual([])
    expect(await previewEvent(event, { subscriptions: [off, saved] })).toHaveLength(1)
  })

  it('goes by the presets', async () => {
    expect(await previewEvent(order)).toEqual([purchase])
  })

  it.each<SegmentEvent>([{ type: 'page' }, { ...order, event: 'Downloaded' }])(
    'gives nothing for an event that no preset takes',
    async (event) => {
      expect(await previewEvent(event)).toEqual([])
    }
  )

  it('gives the error of an event that lacks something', async () => {
    const properties = { total: 1, currency: 'USD' }
    expect(await previewEvent({ ...order, properties })).toEqual([
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        dropped: [],
        notMapped: [],
        error: { message: "The root value is missing the required field 'orderId'.", status: 400 }
      }
    ])
  })

  it('gives what one action would make of an event of any type', async () => {
    expect(await previewEvent({ ...order, type: 'page' }, { action: 'trackPurchase' })).toEqual([purchase])
    expect(await previewEvent(order, { action: 'trackCustomEvent' })).toEqual([
      {
        action: 'trackCustomEvent',
        path: '/v1/event/custom',
        body: {
          eventType: 'Order Completed',
          customerId: 'c-1',
          email: 'a@example.com',
          deduplicationId: 'm-1',
          additionalProperties: { color: 'red', order_id: 'o-1', currency: 'usd' }
        },
        dropped: [
          { name: 'eventProperties.friendbuyAttributes.size', reason: 'not a string' },
          { name: 'eventProperties.total', reason: 'not a string' }
        ],
        notMapped: []
      }
    ])
  })

  it('goes by one action before it goes by subscriptions', async () => {
    const subscriptions: FriendbuySubscription[] = [
      { partnerAction: 'trackSignUp', subscribe: 'orders', mapping: {} }
    ]
    expect(await previewEvent(order, { action: 'trackPurchase', subscriptions })).toEqual([purchase])
  })

  it('gives one preview for each subscription that takes the event, in their order', async () => {
    const mapping = { orderId: 'fixed', amount: { '@path': '$.properties.total' }, currency: 'EUR' }
    const subscriptions: FriendbuySubscription[] = [
      { partnerAction: 'trackPurchase', subscribe: 'type = "page"', mapping },
      { partnerAction: 'trackSignUp', subscribe: 'type = "track"', mapping: {} },
      { partnerAction: 'trackPurchase', subscribe: 'type = "track" and properties.total >= 1', mapping }
    ]
    const path = '/v1/event/account-sign-up'
    const message =
      "The root value is missing the required field 'customerId'. The root value is missing the required field 'email'."
    const notMapped = ['order_id', 'currency', 'email', 'friendbuyAttributes'].map((name) => ({ name }))
    expect(await previewEvent(order, { subscriptions })).toEqual([
      { action: 'trackSignUp', path, dropped: [], notMapped, error: { status: 400, message } },
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        body: { orderId: 'fixed', amount: 1, currency: 'EUR' },
        dropped: [],
        notMapped
      }
    ])
    expect(await previewEvent(order, { subscriptions: [] })).toEqual([])
  })

  it('names the values that no matching subscription reads, with suggestions', async () => {
    const event = { ...order, properties: { ...order.properties, referral_kode: 'r', tax: 1 } }
    const notMapped = [{ name: 'referral_kode', suggestion: 'referralCode' }, { name: 'tax' }]
    expect(await previewEvent(event)).toEqual([{ ...purchase, notMapped }])
    const tax: FriendbuySubscription = {
      partnerAction: 'trackCustomEvent',
      subscribe: 'type = "track"',
      mapping: { eventProperties: { tax: { '@path': '$.properties.tax' } } }
    }
    const both = await previewEvent(event, { subscriptions: [...presetSubscriptions, tax] })
    expect(both.map((preview) => preview.notMapped)).toEqual([notMapped.slice(0, 1), notMapped.slice(0, 1)])
  })

  it('rejects subscriptions that hosts would pass over in silence', async () => {
    const subscriptions: FriendbuySubscription[] = [
      { partnerAction: 'trackPurchase', subscribe: 'orders', mapping: {} }
    ]
    await expect(previewEvent(order, { subscriptions })).rejects.toThrow(
      /^\[0\]\.subscribe: cannot be parsed/
    )
  })

  it('mixes up no events, and leaves each as it is', async () => {
    const before = structuredClone(order)
    const events = Array.from({ length: 50 }, (_, index) => ({
      ...order,
      properties: { ...order.properties, order_id: `o-${index}` }
    }))
    const previews = await Promise.all(events.map((event) => previewEvent(event)))
    expect(previews).toEqual(
      events.map((_, index) => [{ ...purchase, body: { ...purchase.body, orderId: `o-${index}` } }])
    )
    await previewEvent(order)
    expect(order).toEqual(before)
  })
})
