/* Uses the public types. It is compiled as a CommonJS module, as an ES module and for a bundler. */
import { Destination } from '@segment/actions-core'
import {
  type ActionKey,
  actions,
  type BodyOf,
  createFriendbuyDestination,
  destination,
  type LeftOut,
  type LeftOutReason,
  type Settings
} from 'actions-friendbuy-cloud'
import { type AnswerOf, createMapiClient, type InputOf } from 'actions-friendbuy-cloud/mapi'
import { type Sandbox, startSandbox } from 'actions-friendbuy-cloud/sandbox'

export const settings: Settings = { authKey: 'key', authSecret: 'secret' }

// @ts-expect-error -- the secret is missing
export const halfSettings: Settings = { authKey: 'key' }

export const hosts: Destination<Settings>[] = [
  new Destination(destination),
  new Destination(createFriendbuyDestination({ mapiUrl: 'http://127.0.0.1:8787' }))
]

// @ts-expect-error -- the option is mapiUrl
createFriendbuyDestination({ mapiURL: 'http://127.0.0.1:8787' })

export const leftOutOf = (key: ActionKey, payload: unknown): LeftOut[] =>
  actions[key].prepare(payload).leftOut

export const reasonOf = ({ reason }: LeftOut): LeftOutReason => reason

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
