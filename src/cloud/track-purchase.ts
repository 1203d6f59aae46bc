import { attributionFields, customAttributesFields } from '../fields/attribution'
import { contextFields } from '../fields/context'
import { customerFields } from '../fields/customer'
import { at, either } from '../fields/directives'
import { productFields, toProducts } from '../fields/product'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Orders become purchases, which reward the advocate of the customer who placed them. */
export const trackPurchase = defineAction({
  title: 'Track Purchase',
  description: 'Record that a customer made a purchase.',
  defaultSubscription: 'type = "track" and event = "Order Completed"',
  path: '/v1/event/purchase',
  fields: {
    orderId: {
      label: 'Order ID',
      description:
        "The shop's own ID of the order. It keeps an order that is sent twice from counting twice.",
      type: 'string',
      required: true,
      default: either('$.properties.order_id', '$.properties.orderId')
    },
    amount: {
      label: 'Purchase Amount',
      description: "The amount that Friendbuy's reward rules go by.",
      type: 'number',
      required: true,
      default: either('$.properties.total', '$.properties.revenue')
    },
    currency: {
      label: 'Currency',
      description: 'The currency of the amount, such as "USD".',
      type: 'string',
      required: true,
      default: at('$.properties.currency')
    },
    ...attributionFields,
    giftCardCodes: {
      label: 'Gift Card Codes',
      description: 'Codes of the gift cards that the order was paid with.',
      type: 'string',
      multiple: true,
      default: at('$.properties.giftCardCodes')
    },
    products: {
      label: 'Products',
      description: 'What was bought. Rewards for certain products go by their SKU.',
      type: 'object',
      multiple: true,
      properties: productFields,
      // Else actions-core drops the lists that some hosts hand over as {"0": [...]}.
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
