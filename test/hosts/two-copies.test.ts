import type { SegmentEvent } from '@segment/actions-core'
import { actions, createFriendbuyDestination } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { rejectionOf, taken } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

const importCore = () => import('@segment/actions-core')

/** actions-core once more: none of its classes and functions is that of the copy that the destination loads. */
const importCopy = async () => {
  const copies: Awaited<ReturnType<typeof importCore>>[] = []
  await jest.isolateModulesAsync(async () => {
    copies.push(await importCore())
  })
  const [copy] = copies
  if (!copy) throw new Error('it was not loaded')
  return copy
}

const subscribed = () => ({
  ...newSettings(),
  subscription: {
    partnerAction: 'trackPurchase',
    subscribe: actions.trackPurchase.defaultSubscription,
    mapping: toDefaultMapping('trackPurchase')
  }
})

const anOrder = (orderId: string): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  properties: { order_id: orderId, total: 10, currency: 'USD' }
})

describe('A host that runs another copy of actions-core than the destination loads', () => {
  const newDestination = async () => {
    const { Destination } = await importCopy()
    return new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
  }

  it('does run another copy', async () => {
    const { MultiStatusResponse } = await importCore()
    expect((await importCopy()).MultiStatusResponse).not.toBe(MultiStatusResponse)
  })

  it('has single events delivered, and gets the status of those that fail', async () => {
    const friendbuy = await newDestination()
    const settings = subscribed()
    await friendbuy.onEvent(anOrder('o-1'), settings)
    expect(taken(sandbox).map(({ body }) => body)).toEqual([{ orderId: 'o-1', amount: 10, currency: 'USD' }])
    sandbox.injectFault({ status: 503, headers: { 'retry-after': '7' } })
    expect(await rejectionOf(friendbuy.onEvent(anOrder('o-2'), settings))).toMatchObject({
      name: 'RetryableError',
      status: 503,
      retryAfterMs: 7000
    })
  })

  it('is told so by a batch, of which nothing is sent, in place of taking each event for delivered', async () => {
    const friendbuy = await newDestination()
    const settings = subscribed()
    await friendbuy.testAuthentication(settings)
    await friendbuy.onEvent(anOrder('o-1'), settings)
    const before = sandbox.records.length
    const error = await rejectionOf(friendbuy.onBatch([anOrder('o-2'), anOrder('o-3')], settings))
    expect(error).toMatchObject({
      name: 'OtherCopyError',
      status: 500,
      message: expect.stringMatching(
        /^There are two copies of @segment\/actions-core: .*Nothing was sent\. See "npm ls @segment\/actions-core"/
      ) as string
    })
    expect(sandbox.records).toHaveLength(before)
  })

  it('is told so also where no event has been sent before, and by each batch', async () => {
    const friendbuy = await newDestination()
    const settings = subscribed()
    for (const orderId of ['o-1', 'o-2']) {
      const error = await rejectionOf(friendbuy.onBatch([anOrder(orderId)], settings))
      expect(error.name).toBe('OtherCopyError')
    }
    expect(sandbox.records).toEqual([])
  })
})

describe('A host that runs the same copy', () => {
  it('has its batches sent, also with a request client of its own making', async () => {
    const { createRequestClient, MultiStatusResponse } = await importCore()
    const methods: string[] = []
    const request = createRequestClient({ beforeRequest: [({ method }) => void methods.push(method)] })
    const { performBatch } = createFriendbuyDestination({ mapiUrl: sandbox.url }).actions.trackPurchase ?? {}
    const payload = [{ orderId: 'o-1', amount: 10, currency: 'USD' }]
    expect(await performBatch?.(request, { payload, settings: newSettings() })).toBeInstanceOf(
      MultiStatusResponse
    )
    expect(taken(sandbox).map(({ body }) => body)).toEqual(payload)
    expect(methods).toEqual(['POST', 'POST'])
  })
})
