import { sharedActions } from '../fields/actions'
import { contextFields } from '../fields/context'
import { toProducts } from '../fields/product'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Records a purchase from an order. */
export const trackPurchase = defineAction({
  ...sharedActions.trackPurchase,
  path: '/v1/event/purchase',
  fields: { ...sharedActions.trackPurchase.fields, ...contextFields },
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
