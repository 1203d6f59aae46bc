/* Delivers a batch of which MAPI refuses an event, and calls MAPI with the client, as the same merchant. */
const { createServer } = require('node:http')

const respond = (url, body) => {
  if (url === '/v1/authorization') return [200, { token: 'token', expires: new Date(Date.now() + 1_200_000) }]
  if (body.orderId === 'refused') return [422, { message: 'refused' }]
  return [201, { eventId: 'event-1', createdOn: '2026-03-02T09:14:05Z' }]
}

const anOrder = (orderId) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'customer-1',
  properties: { order_id: orderId, total: 42.5, currency: 'USD' }
})

module.exports = async ({ Destination, createFriendbuyDestination, createMapiClient }) => {
  const paths = []
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const [status, body] = respond(request.url, JSON.parse(Buffer.concat(chunks)))
    paths.push(request.url)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const mapiUrl = `http://127.0.0.1:${server.address().port}`
  try {
    const definition = createFriendbuyDestination({ mapiUrl })
    const subscription = definition.presets.find(({ partnerAction }) => partnerAction === 'trackPurchase')
    const [{ multistatus }] = await new Destination(definition).onBatch(
      [anOrder('order-1'), anOrder('refused')],
      { authKey: 'key', authSecret: 'secret', subscription }
    )
    const client = createMapiClient({ key: 'key', secret: 'secret', mapiUrl })
    await client.postCustomer({ customerId: 'customer-1', email: 'ada.byron@example.com' })
    return {
      statuses: multistatus.map(({ status }) => status),
      authorizations: paths.filter((path) => path === '/v1/authorization').length,
      calls: paths.length
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
