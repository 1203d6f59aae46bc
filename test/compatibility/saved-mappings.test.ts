import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, checkSubscriptions } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { casesOf } from '../cases/cases'
import { deliver, published, savedMapping } from './published'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(async () => {
  await sandbox.close()
})

describe('The default mapping of the published destination', () => {
  it.each([
    ['trackCustomer', 'every documented field'],
    ['trackPurchase', 'every documented field'],
    ['trackSignUp', 'every documented field'],
    ['trackCustomEvent', 'known properties at the root, the others as additional properties']
  ] as const)('of %s sends %s', async (action, name) => {
    const worked = casesOf(action).find((worked) => worked.name === name)
    expect(worked).toBeDefined()
    if (worked) expect(await deliver(sandbox, action, worked.event)).toEqual([worked.expect])
  })

  it('passes checkSubscriptions', () => {
    const keys = Object.keys(published.actions) as ActionKey[]
    const subscriptions = keys.map((partnerAction) => ({
      partnerAction,
      subscribe: 'type = "track"',
      mapping: savedMapping(partnerAction)
    }))
    expect(checkSubscriptions(subscriptions)).toEqual(subscriptions)
  })
})

describe('A saved mapping', () => {
  const order: SegmentEvent = {
    type: 'track',
    event: 'Order Completed',
    properties: {
      order_id: 'o-1',
      total: 54.82,
      currency: 'USD',
      shop: 'eu',
      line_items: [
        { variant: 7, title: 'Hat', unit_price: '12.50', count: '3' },
        { variant: 8, title: 'Scarf', unit_price: 20, count: 1 }
      ]
    }
  }
  const line = (name: string) => ({ '@path': `$.${name}` })

  it.each<[string, JSONObject, object]>([
    [
      'products from another list',
      {
        products: {
          '@arrayPath': [
            '$.properties.line_items',
            { sku: line('variant'), name: line('title'), quantity: line('count'), price: line('unit_price') }
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
      'one product from values of the event',
      { products: [{ sku: { '@path': '$.properties.shop' }, price: { '@path': '$.properties.total' } }] },
      { products: [{ sku: 'eu', name: 'unknown', quantity: 1, price: 54.82 }] }
    ],
    [
      'attributes from values of the event',
      { friendbuyAttributes: { shop: { '@path': '$.properties.shop' }, channel: 'web' } },
      { additionalProperties: { shop: 'eu', channel: 'web' } }
    ],
    ['an internal key of the host', { __segment_internal_matching_key: 'x' }, {}]
  ])('may have %s', async (_name, mapping, changed) => {
    expect(await deliver(sandbox, 'trackPurchase', order, { mapping })).toEqual([
      {
        path: '/v1/event/purchase',
        body: { orderId: 'o-1', amount: 54.82, currency: 'USD', ...changed }
      }
    ])
  })

  it('may have a constant type, and event properties one by one', async () => {
    const mapping = {
      eventType: 'download',
      eventProperties: { plan: { '@path': '$.properties.plan' }, coupon: { '@template': '{{event}}' } },
      pageUrl: '',
      userAgent: null
    }
    const properties = { email: 'ada@example.com', plan: 'pro', file: 'MyApp' }
    const event: SegmentEvent = { type: 'track', event: 'Downloaded', userId: 'c-1', properties }
    expect(await deliver(sandbox, 'trackCustomEvent', event, { mapping })).toEqual([
      {
        path: '/v1/event/custom',
        body: {
          eventType: 'download',
          customerId: 'c-1',
          email: 'ada@example.com',
          couponCode: 'Downloaded',
          additionalProperties: { plan: 'pro' }
        }
      }
    ])
  })
})
