import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentEvent } from '@segment/actions-core'
import { checkSubscriptions, previewEvent, subscriptionsBesideWeb } from '../../src'

const EXAMPLE = join(__dirname, '../../examples/subscriptions-beside-web.json')

const order: SegmentEvent = {
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: 'o-1', total: 20, currency: 'USD' }
}
const signUp: SegmentEvent = {
  type: 'track',
  event: 'Signed Up',
  userId: 'c-1',
  properties: { email: 'ada@example.com' }
}
const customer: SegmentEvent = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' } }

const actionsOf = async (event: SegmentEvent, library?: string) => {
  const context = library === undefined ? {} : { library: { name: library, version: '1.0.0' } }
  const previews = await previewEvent({ ...event, context }, { subscriptions: subscriptionsBesideWeb })
  return previews.map(({ action }) => action)
}

describe('The subscriptions of cloud mode beside the browser destination', () => {
  it.each(['analytics.js', 'RudderLabs JavaScript SDK'])(
    'leave purchases and sign-ups of the browser to it: %s',
    async (library) => {
      expect(await actionsOf(order, library)).toEqual([])
      expect(await actionsOf(signUp, library)).toEqual([])
      expect(await actionsOf(customer, library)).toEqual(['trackCustomer'])
    }
  )

  it.each(['@segment/analytics-node', 'rudder-sdk-node', undefined])(
    'match those of a server: %s',
    async (library) => {
      expect(await actionsOf(order, library)).toEqual(['trackPurchase'])
      expect(await actionsOf(signUp, library)).toEqual(['trackSignUp'])
    }
  )

  it('are valid, and the same as in the examples', async () => {
    if (process.env.UPDATE_DOCS) {
      await writeFile(EXAMPLE, `${JSON.stringify(subscriptionsBesideWeb, undefined, 2)}\n`)
    }
    const saved: unknown = JSON.parse(await readFile(EXAMPLE, 'utf8'))
    expect(saved).toEqual(subscriptionsBesideWeb)
    expect(checkSubscriptions(saved)).toEqual(subscriptionsBesideWeb)
  })
})
