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

/** Sends an event once through everything that may take it, and gives the outcomes. */
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
  it('sends an event through the preset that takes it, and tells what became of it', async () => {
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

  it('sends no event that no preset takes', async () => {
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

  it('sends an event that a preset and a custom event take through both', async () => {
    const outcomes = await newSender(['Order Completed'])(order)
    expect(outcomes.map(({ action, status }) => [action, status])).toEqual([
      ['trackPurchase', 201],
      ['trackCustomEvent', 201]
    ])
  })

  it.each<[string, Record<string, JSONValue>, string]>([
    ['that actions-core finds', { order_id: null }, "missing the required field 'orderId'"],
    ['that the action finds', { order_id: ' ' }, 'Order ID (orderId) is required']
  ])('tells of a mistake %s', async (_who, properties, words) => {
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

  it("tells of MAPI's refusal, and what had been left out", async () => {
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

  it.each([401, 400, 403, 404, 422])('says so where MAPI answers %d to the authorization', async (status) => {
    sandbox.injectFault({ status }, { path: '/v1/authorization' })
    const [outcome] = await newSender()(order)
    expect(outcome).toMatchObject({ status, isUnauthorized: true })
    expect(outcome).not.toHaveProperty('retry')
  })

  it.each([
    [{ status: 503 }, '/v1/authorization'],
    [{ status: 403 }, '/v1/event/purchase']
  ])('takes %j at %s for no refusal of the credentials', async (fault, path) => {
    sandbox.injectFault(fault, { path })
    expect((await newSender()(order))[0]).not.toHaveProperty('isUnauthorized')
  })

  it.each([
    ['its own', '/v1/event/account-sign-up', undefined],
    ['the authorization', '/v1/authorization', {}]
  ])('tells whether a sign-up may be sent again after %s broke', async (_what, path, retry) => {
    sandbox.injectFault({ drop: 'before' }, { path })
    const signUp = {
      type: 'track' as const,
      event: 'Signed Up',
      userId: 'c-1',
      properties: { email: 'a@example.com' }
    }
    const [outcome] = await newSender()(signUp)
    expect(outcome?.error).toMatch(/^Friendbuy MAPI did not answer POST \S+: \S/)
    expect(outcome?.retry).toEqual(retry)
  })

  it('tells of a connection that broke', async () => {
    sandbox.injectFault({ drop: 'before' }, { path: '/v1/event/purchase' })
    const [outcome] = await newSender()(order)
    expect(outcome).not.toHaveProperty('status')
    expect(outcome?.error).toMatch(/^Friendbuy MAPI did not answer POST \S+: \S/)
  })
})
