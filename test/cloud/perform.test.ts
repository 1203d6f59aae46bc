import {
  createRequestClient,
  createTestEvent,
  createTestIntegration,
  Destination,
  type MultiStatusResponse,
  type RequestClient,
  type RequestOptions,
  type SegmentEvent
} from '@segment/actions-core'
import { type ActionKey, actions, createFriendbuyDestination, type Settings } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { newLogger } from '../support/logger'
import { authorizations, rejectionOf, taken } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

const newDestination = () => new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))

const subscribed = (settings: Settings, action: ActionKey) => ({
  ...settings,
  subscription: {
    partnerAction: action,
    subscribe: actions[action].defaultSubscription,
    mapping: toDefaultMapping(action)
  }
})

const anOrder = (orderId: string, properties: SegmentEvent['properties'] = {}): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: orderId, total: 10, currency: 'USD', ...properties }
})

describe('perform', () => {
  it("gives MAPI's answer", async () => {
    const results = await newDestination().onEvent(anOrder('o-1'), subscribed(newSettings(), 'trackPurchase'))
    expect(results.at(-1)).toEqual({
      output: 'Action Executed',
      data: { eventId: sandbox.records.at(-1)?.eventId, createdOn: expect.any(String) as string }
    })
  })

  it("tells the host's logger what is left out, in one line", async () => {
    const { logger, warnings } = newLogger()
    const event = anOrder('o-1', {
      loyaltyStatus: 'gold',
      friendbuyAttributes: { size: 3, 'a\r\nforged: line': 4 }
    })
    await newDestination().onEvent(event, subscribed(newSettings(), 'trackPurchase'), { logger })
    expect(warnings).toEqual([
      'Friendbuy Track Purchase dropped: loyaltyStatus (not in, out or blocked), ' +
        'friendbuyAttributes.size (not a string), friendbuyAttributes.a forged: line (not a string)'
    ])
  })

  it.each([
    [250, 100, / and 150 more$/],
    [100, 100, /\.k99 \(not a string\)$/]
  ])('names of %d values that are left out %d in that line', async (count, named, end) => {
    const { logger, warnings } = newLogger()
    const friendbuyAttributes = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`k${index}`, index])
    )
    await newDestination().onEvent(
      anOrder('o-1', { friendbuyAttributes }),
      subscribed(newSettings(), 'trackPurchase'),
      { logger }
    )
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.match(/not a string/g)).toHaveLength(named)
    expect(warnings[0]).toMatch(end)
  })

  it('finds products in each of the shapes in which hosts hand lists over', async () => {
    const friendbuy = newDestination()
    const settings = subscribed(newSettings(), 'trackPurchase')
    const list = [{ sku: 'a' }, { sku: 'b' }]
    for (const [index, products] of [list, { 0: list }, [{ 0: list }]].entries()) {
      await friendbuy.onEvent(anOrder(`o-${index}`, { products }), settings)
    }
    const products = list.map(({ sku }) => ({ sku, name: 'unknown', quantity: 1 }))
    expect(taken(sandbox).map(({ body }) => (body as { products: unknown }).products)).toEqual([
      products,
      products,
      products
    ])
  })

  it('tells it nothing where nothing is left out', async () => {
    const { logger, warnings } = newLogger()
    await newDestination().onEvent(anOrder('o-1'), subscribed(newSettings(), 'trackPurchase'), { logger })
    expect(warnings).toEqual([])
  })

  it('does without a logger, and with one that lacks warn', async () => {
    const friendbuy = createTestIntegration(createFriendbuyDestination({ mapiUrl: sandbox.url }))
    const event = createTestEvent(anOrder('o-1'))
    await friendbuy.testAction('trackPurchase', { event, settings: newSettings(), useDefaultMappings: true })
    expect(taken(sandbox)).toHaveLength(1)
  })

  it('makes no request for an event that lacks what is required, and repeats no setting in the error', async () => {
    const settings = newSettings()
    const event = anOrder('  ')
    const error = await rejectionOf(newDestination().onEvent(event, subscribed(settings, 'trackPurchase')))
    expect(error).toMatchObject({ status: 400, code: 'PAYLOAD_VALIDATION_FAILED' })
    expect(sandbox.records).toEqual([])
  })

  it('asks for the settings that are missing', async () => {
    const settings = { authKey: ' ', authSecret: 's' }
    const error = await rejectionOf(
      newDestination().onEvent(anOrder('o-1'), subscribed(settings, 'trackPurchase'))
    )
    expect(error.message).toMatch(/^The Friendbuy MAPI Key or the Friendbuy MAPI Secret is missing/)
  })

  it('renews a revoked token within the event', async () => {
    const friendbuy = newDestination()
    const settings = subscribed(newSettings(), 'trackPurchase')
    await friendbuy.onEvent(anOrder('o-1'), settings)
    sandbox.revokeTokens()
    await friendbuy.onEvent(anOrder('o-2'), settings)
    expect(taken(sandbox)).toHaveLength(2)
  })
})

describe('performBatch', () => {
  const send = (events: SegmentEvent[], settings = newSettings()) =>
    newDestination().onBatch(events, subscribed(settings, 'trackPurchase'))

  it('gives each event its own status, in order, whatever becomes of the others', async () => {
    sandbox.injectFault(
      { status: 422, body: { message: 'no such currency' } },
      { path: '/v1/event/purchase', times: 1 }
    )
    const [result] = await send([anOrder('o-1')])
    expect(result).toEqual({
      multistatus: [
        {
          status: 422,
          errortype: 'PAYLOAD_VALIDATION_FAILED',
          errormessage: 'Friendbuy MAPI answered 422 to POST /v1/event/purchase: no such currency',
          sent: { orderId: 'o-1', amount: 10, currency: 'USD', customerId: 'c-1' },
          errorreporter: 'DESTINATION'
        }
      ]
    })
  })

  it('keeps the good events of a batch apart from the bad ones', async () => {
    const settings = newSettings()
    const events = [
      anOrder('o-1'),
      anOrder('  '),
      { ...anOrder('o-3'), event: 'Order Refunded' },
      anOrder('o-4', { total: 'ten' }),
      anOrder('o-5')
    ]
    const [result] = await send(events, settings)
    const delivered = (orderId: string) => ({
      status: 201,
      sent: { orderId, amount: 10, currency: 'USD', customerId: 'c-1' },
      body: {
        eventId: sandbox.records.find(({ body }) => JSON.stringify(body).includes(`"${orderId}"`))?.eventId,
        createdOn: expect.any(String) as string
      }
    })
    expect(result?.multistatus).toEqual([
      delivered('o-1'),
      {
        status: 400,
        errortype: 'PAYLOAD_VALIDATION_FAILED',
        errormessage:
          'Order ID (orderId) is required, and is missing or blank: map it to a value that the event has.',
        errorreporter: 'INTEGRATIONS'
      },
      expect.objectContaining({
        status: 400,
        errormessage: expect.stringContaining('subscription') as string
      }),
      expect.objectContaining({ status: 400, errormessage: expect.stringContaining('Amount') as string }),
      delivered('o-5')
    ])
    expect(authorizations(sandbox)).toHaveLength(1)
  })

  it('delivers 250 events with one authorization, and never more than 20 at once', async () => {
    let inFlight = 0
    let most = 0
    const client = createRequestClient()
    const counting: RequestClient = <Data>(url: string, options?: RequestOptions) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      return client<Data>(url, options).finally(() => (inFlight -= 1))
    }
    const { performBatch } = createFriendbuyDestination({ mapiUrl: sandbox.url }).actions.trackPurchase ?? {}
    const payload = Array.from({ length: 250 }, (_, index) => ({
      orderId: `o-${index}`,
      amount: 1,
      currency: 'USD'
    }))
    const statuses = (await performBatch?.(counting, {
      payload,
      settings: newSettings()
    })) as MultiStatusResponse
    expect(statuses.getAllResponses().map((response) => response.value())).toEqual(
      payload.map((sent) => ({ status: 201, sent, body: expect.any(Object) as object }))
    )
    expect(authorizations(sandbox)).toHaveLength(1)
    expect(most).toBe(20)
  })

  it.each([
    ['refuses the credentials', { status: 403 }, 403],
    ['breaks the connection', { drop: 'before' as const }, 500]
  ])('asks for no token again and again where MAPI %s', async (_what, fault, status) => {
    sandbox.injectFault(fault, { path: '/v1/authorization' })
    const [result] = await send([
      ...Array.from({ length: 249 }, (_, index) => anOrder(`o-${index}`)),
      { type: 'track', event: 'Order Completed' }
    ])
    const statuses = (result?.multistatus ?? []).map(({ status }) => status)
    expect(statuses).toEqual([...Array.from({ length: 249 }, () => status), 400])
    expect(authorizations(sandbox).length).toBeLessThanOrEqual(5)
  })

  it('goes on with a batch whose first events MAPI refuses', async () => {
    sandbox.injectFault({ status: 422 }, { path: '/v1/event/purchase', times: 30 })
    const [result] = await send(Array.from({ length: 60 }, (_, index) => anOrder(`o-${index}`)))
    expect((result?.multistatus ?? []).filter(({ status }) => status === 201)).toHaveLength(30)
  })

  it('goes on with a batch whose first authorization alone failed', async () => {
    sandbox.injectFault({ drop: 'before' }, { path: '/v1/authorization', times: 1 })
    const [result] = await send(Array.from({ length: 100 }, (_, index) => anOrder(`o-${index}`)))
    const failed = (result?.multistatus ?? []).filter(({ status }) => status !== 201)
    expect(failed).toHaveLength(1)
  })

  it.each([
    [401, 'INVALID_AUTHENTICATION'],
    [404, 'NOT_FOUND'],
    [429, 'RETRYABLE_ERROR'],
    [503, 'RETRYABLE_ERROR']
  ])('gives %d as %s', async (status, errortype) => {
    sandbox.injectFault({ status }, { path: '/v1/event/purchase' })
    const [result] = await send([anOrder('o-1')])
    expect(result?.multistatus).toMatchObject([{ status, errortype }])
  })

  it('gives an event whose connection broke a status that says to try again', async () => {
    sandbox.injectFault({ drop: 'before' }, { path: '/v1/event/purchase' })
    const [result] = await send([anOrder('o-1')])
    expect(result?.multistatus).toMatchObject([{ status: 500, errortype: 'INTERNAL_SERVER_ERROR' }])
  })
})
