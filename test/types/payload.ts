/** Compiled by `npm run typecheck`, never run: types whose text in an editor a test compares. */
import type { PayloadOf } from '../../src'

export type Shown = PayloadOf<{
  orderId: { type: 'string'; required: true }
  gift: { type: 'boolean' }
  products: { type: 'object'; multiple: true; properties: { price: { type: 'number' } } }
}>
