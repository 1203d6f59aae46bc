const { createTestIntegration } = require('@segment/actions-core')
const { destination } = require('actions-friendbuy-cloud')
const nock = require('nock')

const friendbuy = createTestIntegration(destination)

afterEach(() => {
  nock.cleanAll()
})

it('posts an order to Friendbuy with the default mappings', async () => {
  nock('https://mapi.fbot.me')
    .post('/v1/authorization', { key: 'key', secret: 'secret' })
    .reply(200, {
      tokenType: 'Bearer',
      token: 'token',
      expires: new Date(Date.now() + 1_200_000).toISOString()
    })
  nock('https://mapi.fbot.me', { reqheaders: { authorization: 'Bearer token' } })
    .post('/v1/event/purchase', {
      orderId: 'order-1',
      amount: 42.5,
      currency: 'USD',
      customerId: 'customer-1'
    })
    .reply(201, { eventId: 'event-1', createdOn: '2026-03-02T09:14:05Z' })

  const responses = await friendbuy.testAction('trackPurchase', {
    event: {
      type: 'track',
      event: 'Order Completed',
      userId: 'customer-1',
      anonymousId: undefined,
      context: {},
      properties: { order_id: 'order-1', total: 42.5, currency: 'USD' }
    },
    settings: { authKey: 'key', authSecret: 'secret' },
    useDefaultMappings: true
  })

  expect(responses.map(({ status }) => status)).toEqual([200, 201])
  expect(nock.isDone()).toBe(true)
})
