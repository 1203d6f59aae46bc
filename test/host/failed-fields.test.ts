import { findFailedFields } from '../../src/host/failed-fields'
import { previewEvent } from '../../src/host/preview'
import { toDefaultSubscription } from '../../src/host/subscriptions'

const order = (properties: Record<string, unknown>) => ({
  type: 'track' as const,
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: 'o-1', total: 26.5, currency: 'USD', ...properties }
})

const subscription = toDefaultSubscription('trackPurchase')

/** The fields that the error of an event's preview is about. */
const failedFieldsOf = async (event: ReturnType<typeof order>) => {
  const [preview] = await previewEvent(event, { subscriptions: [subscription] })
  return findFailedFields(preview?.error?.message ?? '', event, subscription)
}

describe('findFailedFields', () => {
  it('names the key, the path with the value, and the value', async () => {
    expect(await failedFieldsOf(order({ total: '$26.50' }))).toEqual([
      { key: 'amount', paths: ['$.properties.total'], value: '$26.50' }
    ])
    expect(await failedFieldsOf(order({ total: undefined, revenue: '1,026.50' }))).toEqual([
      { key: 'amount', paths: ['$.properties.revenue'], value: '1,026.50' }
    ])
  })

  it('names every path of a field without a value', async () => {
    expect(await failedFieldsOf(order({ order_id: undefined }))).toEqual([
      { key: 'orderId', paths: ['$.properties.order_id', '$.properties.orderId'], value: undefined }
    ])
  })

  it('names each field of an error with several', async () => {
    const fields = await failedFieldsOf(order({ total: 'much', order_id: undefined }))
    expect(fields.map(({ key }) => key)).toEqual(['orderId', 'amount'])
  })

  it('names no field for an error about something else', () => {
    expect(findFailedFields('The First Name must be known to MAPI.', order({}), subscription)).toEqual([])
  })

  it('gives no value for a directive that only actions-core knows', () => {
    const liquid = { ...subscription, mapping: { orderId: { '@liquid': '{{ properties.order_id }}' } } }
    expect(findFailedFields("missing the required field 'orderId'", order({}), liquid)).toEqual([
      { key: 'orderId', paths: [], value: undefined }
    ])
  })
})
