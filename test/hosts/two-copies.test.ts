import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RequestClient, SegmentEvent } from '@segment/actions-core'
import { actions, createFriendbuyDestination } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { isRecord } from '../../src/values'
import { newSettings } from '../support/credentials'
import { rejectionOf, taken } from '../support/sandboxed'

const PURCHASE_PATH = '/v1/event/purchase'

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

const aPayload = { orderId: 'o-1', amount: 10, currency: 'USD' }

const performBatch = (request: RequestClient, payload: object[]) => {
  const { performBatch } = createFriendbuyDestination({ mapiUrl: sandbox.url }).actions.trackPurchase ?? {}
  return Promise.resolve(performBatch?.(request, { payload, settings: newSettings() }))
}

const deliveredOrders = () => taken(sandbox).map(({ body }) => isRecord(body) && body.orderId)

describe('A host that runs another copy of actions-core than the destination loads', () => {
  const newDestination = async () => {
    const { Destination } = await importCopy()
    return new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
  }

  const performBatchElsewhere = async (payload: object[]) =>
    performBatch((await importCopy()).createRequestClient(), payload)

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

  it('delivers a batch, and reports each event as delivered', async () => {
    const friendbuy = await newDestination()
    const responses = await friendbuy.onBatch([anOrder('o-1'), anOrder('o-2')], subscribed())
    expect(responses[0]?.multistatus?.map(({ status }) => status)).toEqual([200, 200])
    expect(deliveredOrders()).toEqual(['o-1', 'o-2'])
  })

  it('gets an error for a batch of which an event failed, which says what to do', async () => {
    const friendbuy = await newDestination()
    const settings = subscribed()
    await friendbuy.testAuthentication(settings)
    sandbox.injectFault({ status: 422 }, { path: PURCHASE_PATH, times: 1 })
    const error = await rejectionOf(friendbuy.onBatch([anOrder('o-1'), anOrder('o-2')], settings))
    expect(error).toMatchObject({ name: 'OtherCopyError', status: 422 })
    expect(error.message).toMatch(/^1 of 2 events in this batch failed: Friendbuy MAPI .* 422 /)
    expect(error.message).toContain('If "npm ls @segment/actions-core" lists two copies, run "npm dedupe"')
    expect(error.message).toContain('If it lists one, the host loads it twice: do not clear require.cache')
    expect(deliveredOrders()).toEqual(['o-2'])
  })

  it('gets the status of a failure that a retry may resolve, if there is one', async () => {
    sandbox.injectFault({ status: 503 }, { path: PURCHASE_PATH, times: 1 })
    const error = await rejectionOf(performBatchElsewhere([{ orderId: 'o-1' }, aPayload, aPayload]))
    expect(error).toMatchObject({ name: 'OtherCopyError', status: 503 })
    expect(error.message).toMatch(/^2 of 3 events in this batch failed: Friendbuy MAPI .* 503 /)
  })

  it('gets an error also if every event failed before a request', async () => {
    const error = await rejectionOf(performBatchElsewhere([{ orderId: 'o-1' }]))
    expect(error).toMatchObject({ name: 'OtherCopyError', status: 400 })
    expect(sandbox.records).toEqual([])
  })
})

describe('A host that clears require.cache before it loads the destination', () => {
  const runHost = async (events: readonly SegmentEvent[]) => {
    const script = join(__dirname, '../support/hosts/cache-clearing-host.js')
    const args = [script, sandbox.url, JSON.stringify({ events, settings: newSettings() })]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return JSON.parse(stdout) as unknown
  }

  it('delivers a batch', async () => {
    expect(await runHost([anOrder('o-1'), anOrder('o-2')])).toEqual({ statuses: [200, 200] })
    expect(deliveredOrders()).toEqual(['o-1', 'o-2'])
  })

  it('gets an error for a batch of which an event failed', async () => {
    sandbox.injectFault({ status: 422 }, { path: PURCHASE_PATH, times: 1 })
    expect(await runHost([anOrder('o-1'), anOrder('o-2')])).toEqual({
      error: { name: 'OtherCopyError', status: 422 }
    })
    expect(deliveredOrders()).toEqual(['o-2'])
  })
})

describe('A host that runs the same copy', () => {
  it('has its batches sent, also with a request client of its own making', async () => {
    const { createRequestClient, MultiStatusResponse } = await importCore()
    const methods: string[] = []
    const request = createRequestClient({ beforeRequest: [({ method }) => void methods.push(method)] })
    expect(await performBatch(request, [aPayload])).toBeInstanceOf(MultiStatusResponse)
    expect(taken(sandbox).map(({ body }) => body)).toEqual([aPayload])
    expect(methods).toEqual(['POST', 'POST'])
  })

  it('gets the status of each event', async () => {
    const { Destination } = await importCore()
    const friendbuy = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
    sandbox.injectFault({ status: 422 }, { path: PURCHASE_PATH, times: 1 })
    const responses = await friendbuy.onBatch([anOrder('o-1'), anOrder('o-2')], subscribed())
    expect(responses[0]?.multistatus?.map(({ status }) => status)).toEqual([422, 201])
  })

  it('gets the status of an event that failed before a request, and nothing is sent', async () => {
    const { createRequestClient } = await importCore()
    const response = await performBatch(createRequestClient(), [{ orderId: 'o-1' }])
    expect(response).toMatchObject({ responses: [{ data: { status: 400 } }] })
    expect(sandbox.records).toEqual([])
  })
})
