/** Compiled by `npm run typecheck`, never run: what the compiler must refuse, and what it must take. */
import type { DestinationDefinition } from '@segment/actions-core'
import type { PayloadOf, productFields, Settings } from '../../src'
import friendbuy from '../../src'
import { defineAction } from '../../src/actions/define-action'
import { createMapiClient } from '../../src/mapi'

export const definition: DestinationDefinition<Settings> = friendbuy

const common = { title: '', description: '', defaultSubscription: '', path: '/v1/event/purchase' } as const
const order = { orderId: 'o', amount: 1, currency: 'USD' }
const fields = {
  orderId: { label: '', description: '', type: 'string', required: true },
  amount: { label: '', description: '', type: 'number' },
  codes: { label: '', description: '', type: 'string', multiple: true }
} as const

export const accepted = defineAction({ ...common, fields, toBody: ({ orderId }) => ({ ...order, orderId }) })

// @ts-expect-error a property that MAPI does not know
export const misspelt = defineAction({ ...common, fields, toBody: () => ({ ...order, cupon: 'x' }) })

// @ts-expect-error a property that MAPI does not know, brought along by a spread
export const spread = defineAction({ ...common, fields, toBody: ({ codes }) => ({ ...order, ...{ codes } }) })

// @ts-expect-error a property that MAPI requires is missing
export const incomplete = defineAction({ ...common, fields, toBody: () => ({ orderId: 'o' }) })

// @ts-expect-error an optional field is no value for a property that MAPI requires
export const optional = defineAction({ ...common, fields, toBody: ({ amount }) => ({ ...order, amount }) })

// @ts-expect-error a path that no action posts to
export const elsewhere = defineAction({ ...common, path: '/v1/authorization', fields, toBody: () => order })

export const payload: PayloadOf<typeof fields> = { orderId: 'o', codes: ['c'] }
export const product: PayloadOf<typeof productFields> = { sku: 's', price: 1.5 }

// @ts-expect-error a required field is missing
export const withoutId: PayloadOf<typeof fields> = { amount: 1 }

const mapi = createMapiClient({ key: 'k', secret: 's' })

export const event: Promise<{ eventId: string; createdOn: string }> = mapi.postPurchaseEvent(order)
export const deletion: Promise<{ jobId?: string; task_id?: string }> = mapi.deleteUserData({
  customerId: 'c'
})

// @ts-expect-error a misspelt property
void mapi.postPurchaseEvent({ ...order, orderID: 'o' })

// @ts-expect-error a loyalty status that MAPI does not know
void mapi.postCustomer({ customerId: 'c', email: 'e', loyaltyStatus: 'gold' })
