import { attributionFields, customAttributesFields } from '../fields/attribution'
import { contextFields } from '../fields/context'
import { customerFields } from '../fields/customer'
import { at, either } from '../fields/directives'
import { productFields, toProducts } from '../fields/product'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Records a purchase from an order. */
export const trackPurchase = defineAction({
  title: 'Track Purchase',
  description: 'Record a purchase.',
  defaultSubscription: 'type = "track" and event = "Order Completed"',
  path: '/v1/event/purchase',
  fields: {
    orderId: {
      label: 'Order ID',
      description:
        'ID of the order. Friendbuy asks for a unique ID; whether a repeated one counts again is not documented.',
      type: 'string',
      required: true,
      default: either('$.properties.order_id', '$.properties.orderId')
    },
    amount: {
      label: 'Purchase Amount',
      description: 'Order total.',
      type: 'number',
      required: true,
      default: either('$.properties.total', '$.properties.revenue')
    },
    currency: {
      label: 'Currency',
      description: 'Currency of the amount, such as "USD".',
      type: 'string',
      required: true,
      default: at('$.properties.currency')
    },
    ...attributionFields,
    giftCardCodes: {
      label: 'Gift Card Codes',
      description: 'Codes of the gift cards used in the order.',
      type: 'string',
      multiple: true,
      default: at('$.properties.giftCardCodes')
    },
    products: {
      label: 'Products',
      description: 'Products in the order.',
      type: 'object',
      multiple: true,
      properties: productFields,
      // Without this, actions-core drops the lists that some hosts pass as {"0": [...]}.
      additionalProperties: true,
      default: at('$.properties.products')
    },
    ...customerFields,
    ...customAttributesFields,
    ...contextFields
  },
  toBody: (order, onDrop) => {
    const { age, birthday, pageUrl, pageTitle, anonymousId, name } = order
    dropAll({ age, birthday, pageUrl, pageTitle }, onDrop)
    return {
      orderId: order.orderId,
      amount: order.amount,
      currency: order.currency.trim().toUpperCase(),
      couponCode: order.coupon,
      attributionId: order.attributionId,
      referralCode: order.referralCode,
      giftCardCodes: order.giftCardCodes,
      products: order.products && toProducts(order.products, onDrop),
      customerId: order.customerId,
      email: order.email?.trim(),
      firstName: order.firstName,
      lastName: order.lastName,
      isNewCustomer: order.isNewCustomer,
      ipAddress: order.ipAddress,
      userAgent: order.userAgent,
      additionalProperties: toAdditionalProperties(
        toAttributes('friendbuyAttributes', order.friendbuyAttributes),
        { anonymousId, name, loyaltyStatus: toLoyaltyStatus(order.loyaltyStatus, onDrop) },
        onDrop
      )
    }
  }
})
