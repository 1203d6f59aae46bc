import type { JSONValue, SegmentEvent } from '@segment/actions-core'
import { createSender } from '../../src/host/deliver'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { taken } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

/** Sends an event once through every matching subscription. */
const newSender = (customEvents?: string[]) => {
  const sender = createSender({ settings: newSettings(), mapiUrl: sandbox.url, customEvents })
  return async (event: SegmentEvent) => {
    const outcomes = await Promise.all(
      sender.subscriptionsFor(event).map((subscription) => sender.send(event, subscription))
    )
    return outcomes.filter((outcome) => outcome !== undefined)
  }
}

const order: SegmentEvent = {
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: {
    order_id: 'o-1',
    total: 1,
    currency: 'USD',
    email: 'a@example.com',
    friendbuyAttributes: { size: 1 }
  }
}

describe('createSender', () => {
  it('sends an event through the preset that matches, and reports the outcome', async () => {
    expect(await newSender()(order)).toEqual([
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        status: 201,
        eventId: taken(sandbox)[0]?.eventId,
        dropped: [{ name: 'friendbuyAttributes.size', reason: 'not a string' }]
      }
    ])
    expect(taken(sandbox)).toHaveLength(1)
  })

  it('sends no event that no preset matches', async () => {
    expect(await newSender()({ ...order, event: 'Product Viewed' })).toEqual([])
    expect(await newSender()({ type: 'page' })).toEqual([])
    expect(sandbox.records).toEqual([])
  })

  it.each(['Downloaded', 'a "quoted" \\ name', 'Ünï ☃', "it's"])(
    'sends the custom event %p when asked to',
    async (event) => {
      const properties = { email: 'a@example.com' }
      const outcomes = await newSender(['Other', event])({
        type: 'track',
        event,
        userId: 'c-1',
        messageId: 'm-1',
        properties
      })
      expect(outcomes).toMatchObject([{ action: 'trackCustomEvent', status: 201 }])
      expect(taken(sandbox)[0]?.body).toEqual({
        eventType: event,
        email: 'a@example.com',
        customerId: 'c-1',
        deduplicationId: 'm-1'
      })
    }
  )

  it('sends an event that a preset and a custom event match through both', async () => {
    const outcomes = await newSender(['Order Completed'])(order)
    expect(outcomes.map(({ action, status }) => [action, status])).toEqual([
      ['trackPurchase', 201],
      ['trackCustomEvent', 201]
    ])
  })

  it.each<[string, Record<string, JSONValue>, string]>([
    ['that actions-core rejects', { order_id: null }, "missing the required field 'orderId'"],
    ['that the action rejects', { order_id: ' ' }, 'Order ID (orderId) is required']
  ])('reports an invalid event %s', async (_who, properties, words) => {
    const outcomes = await newSender()({
      ...order,
      properties: { ...order.properties, ...properties }
    })
    expect(outcomes).toEqual([
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        status: 400,
        dropped: [],
        error: expect.stringContaining(words) as string
      }
    ])
  })

  it("reports MAPI's refusal and the dropped values", async () => {
    sandbox.injectFault({ status: 422, body: { message: 'no' } }, { path: '/v1/event/purchase' })
    expect(await newSender()(order)).toEqual([
      {
        action: 'trackPurchase',
        path: '/v1/event/purchase',
        status: 422,
        dropped: [{ name: 'friendbuyAttributes.size', reason: 'not a string' }],
        error: 'Friendbuy MAPI answered 422 to POST /v1/event/purchase: no'
      }
    ])
  })

  it.each([401, 400, 403, 404, 422])(
    'is unauthorized if MAPI answers %d to the authorization',
    async (status) => {
      sandbox.injectFault({ status }, { path: '/v1/authorization' })
      const [outcome] = await newSender()(order)
      expect(outcome).toMatchObject({ status, isUnauthorized: true })
      expect(outcome).not.toHaveProperty('retry')
    }
  )

  it.each([
    [{ status: 503 }, '/v1/authorization'],
    [{ status: 403 }, '/v1/event/purchase']
  ])('is not unauthorized after %j at %s', async (fault, path) => {
    sandbox.injectFault(fault, { path })
    expect((await newSender()(order))[0]).not.toHaveProperty('isUnauthorized')
  })

  const signUp = {
    type: 'track' as const,
    event: 'Signed Up',
    userId: 'c-1',
    properties: { email: 'a@example.com' }
  }

  it.each([
    ['its own', '/v1/event/account-sign-up', undefined],
    ['the authorization', '/v1/authorization', {}]
  ])('lets a sign-up be retried after a lost response only if it was not %s', async (_what, path, retry) => {
    sandbox.injectFault({ drop: 'before' }, { path })
    const [outcome] = await newSender()(signUp)
    expect(outcome?.error).toMatch(/^Friendbuy MAPI did not answer POST \S+: \S/)
    expect(outcome?.retry).toEqual(retry)
  })

  it.each([408, 423, 429, 500, 502, 503, 504])('lets a sign-up be retried after a %d', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/event/account-sign-up' })
    expect(await newSender()(signUp)).toMatchObject([{ status, retry: {} }])
  })

  it('reports a broken connection', async () => {
    sandbox.injectFault({ drop: 'before' }, { path: '/v1/event/purchase' })
    const [outcome] = await newSender()(order)
    expect(outcome).not.toHaveProperty('status')
    expect(outcome?.error).toMatch(/^Friendbuy MAPI did not answer POST \S+: \S/)
  })
})
