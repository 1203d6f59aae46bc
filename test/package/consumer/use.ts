/* Uses the public types. It is compiled as a CommonJS module, as an ES module and for a bundler. */
import { Destination } from '@segment/actions-core'
import {
  type ActionKey,
  actions,
  type BodyOf,
  createFriendbuyDestination,
  destination,
  type DroppedValue,
  type DropReason,
  type Settings
} from 'actions-friendbuy-cloud'
import { type AnswerOf, createMapiClient, type InputOf } from 'actions-friendbuy-cloud/mapi'
import { type Sandbox, startSandbox } from 'actions-friendbuy-cloud/sandbox'
import {
  createProducer,
  createWorker,
  type Enqueued,
  type FriendbuyWorker,
  openQueue,
  type QueueLocation,
  readMerchants,
  serveHealth
} from 'actions-friendbuy-cloud/queue'
import friendbuyWeb, {
  type ConvertedEvent,
  type FriendbuyPush,
  rudderIntegration,
  toPush,
  type WebPlugin,
  webPluginFactory,
  type WebSettings
} from 'actions-friendbuy-cloud/web'

export const settings: Settings = { authKey: 'key', authSecret: 'secret' }

// @ts-expect-error -- the secret is missing
export const halfSettings: Settings = { authKey: 'key' }

export const hosts: Destination<Settings>[] = [
  new Destination(destination),
  new Destination(createFriendbuyDestination({ mapiUrl: 'http://127.0.0.1:8787' }))
]

// @ts-expect-error -- the option is mapiUrl
createFriendbuyDestination({ mapiURL: 'http://127.0.0.1:8787' })

export const droppedValues = (key: ActionKey, payload: unknown): DroppedValue[] =>
  actions[key].prepare(payload).dropped

export const reasonOf = ({ reason }: DroppedValue): DropReason => reason

export const body: BodyOf<'/v1/event/purchase'> = { orderId: 'order-1', amount: 42.5, currency: 'USD' }

export const callMapi = async (sandbox: Sandbox): Promise<string[]> => {
  const mapi = createMapiClient({ key: 'key', secret: 'secret', mapiUrl: sandbox.url, retries: 0 })
  const purchase: InputOf<'postPurchaseEvent'> = { ...body, products: [{ sku: 'sku-1', quantity: 2 }] }
  const filed: AnswerOf<'postPurchaseEvent'> = await mapi.postPurchaseEvent(purchase)
  const customer = await mapi.postCustomer({
    customerId: 'customer-1',
    email: 'ada.byron@example.com',
    loyaltyStatus: 'in',
    birthday: { month: 12, day: 10 }
  })

  // @ts-expect-error -- a misspelt property of the body
  await mapi.postPurchaseEvent({ ...body, cuponCode: 'SPRING' })
  // @ts-expect-error -- the order ID is missing
  await mapi.postPurchaseEvent({ amount: 42.5, currency: 'USD' })
  // @ts-expect-error -- no such standing
  await mapi.postCustomer({ customerId: 'customer-1', email: 'ada.byron@example.com', loyaltyStatus: 'gold' })

  return [filed.eventId, customer.createdOn, ...sandbox.records.map(({ path }) => path)]
}

export const runSandbox = (): Promise<Sandbox> => startSandbox({ port: 0, onCall: ({ path }) => path })

// The packages of the queue are not installed here, and so neither are their types.
const location: QueueLocation = { redis: 'redis://127.0.0.1:6379', queue: 'friendbuy' }

export const enqueue = async (): Promise<Enqueued[]> => {
  const producer = await createProducer({ ...location, ordered: true })
  return producer.add('shop-1', [{ type: 'track', event: 'Order Completed' }])
}

export const runWorker = async (): Promise<FriendbuyWorker> => {
  const worker = await createWorker({
    ...location,
    resolveMerchant: (id) => (id === 'shop-1' ? { settings, customEvents: ['Downloaded'] } : undefined)
  })
  // @ts-expect-error -- settings must have a secret
  await createWorker({ ...location, resolveMerchant: () => ({ settings: { authKey: 'key' } }) })
  // @ts-expect-error -- this is no connection of ioredis
  await createWorker({ redis: () => new Map(), resolveMerchant: await readMerchants('merchants.json') })
  await serveHealth(worker, { port: 9090, host: '127.0.0.1' })
  return worker
}

export const failedIds = async (): Promise<string[]> => {
  const ids: string[] = []
  for await (const { id } of (await openQueue(location)).failed({ status: 422 })) ids.push(id)
  return ids
}

export const webSettings: WebSettings = {
  merchantId: '0ebece2e-b04c-4504-97f2-16cd9f423612',
  subscriptions: [{ partnerAction: 'trackPage', subscribe: 'type = "page"' }]
}

export const plugins: WebPlugin[] = [...friendbuyWeb(webSettings), ...webPluginFactory({ any: 'JSON' })]

// @ts-expect-error -- the merchant ID is missing
friendbuyWeb({})

export const isReady: boolean = rudderIntegration(webSettings).isReady()

const converted: ConvertedEvent = toPush('trackPage', { type: 'page', name: 'Home' })

export const push: FriendbuyPush = converted.push

// @ts-expect-error -- no such action
toPush('trackPages', {})
