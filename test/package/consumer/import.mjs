/* Sends a purchase through a real host and a customer with the client, and prints what the sandbox got. */
import { createRequire } from 'node:module'
import { createFriendbuyDestination, destination } from 'actions-friendbuy-cloud'
import { createMapiClient } from 'actions-friendbuy-cloud/mapi'
import { startSandbox } from 'actions-friendbuy-cloud/sandbox'

// actions-core cannot be imported.
const { Destination } = createRequire(import.meta.url)('@segment/actions-core')

const settings = { authKey: 'key', authSecret: 'secret' }
const sandbox = await startSandbox()
try {
  const host = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
  const { partnerAction, subscribe, mapping } = destination.presets.find(
    (preset) => preset.partnerAction === 'trackPurchase'
  )
  await host.onEvent(
    {
      type: 'track',
      event: 'Order Completed',
      userId: 'customer-1',
      properties: { order_id: 'order-1', total: 42.5, currency: 'USD' }
    },
    { ...settings, subscription: { partnerAction, subscribe, mapping } }
  )

  const client = createMapiClient({ key: 'key', secret: 'secret', mapiUrl: sandbox.url })
  await client.postCustomer({ customerId: 'customer-1', email: 'ada.byron@example.com' })

  for (const { path, status } of sandbox.records) {
    if (path !== '/v1/authorization') console.log(`${path} ${status}`)
  }
} finally {
  await sandbox.close()
}
