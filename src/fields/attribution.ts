import { at } from './directives'
import type { Fields } from './payload'

/**
 * What ties a purchase or a sign-up to the advocate who referred the customer, from a track event's properties.
 * Friendbuy goes by the coupon first, then the attribution ID, then the referral code.
 */
export const attributionFields = {
  coupon: {
    label: 'Coupon',
    description:
      'Coupon code that the customer used. One from a Friendbuy friend incentive credits the advocate.',
    type: 'string',
    default: at('$.properties.coupon')
  },
  attributionId: {
    label: 'Friendbuy Attribution ID',
    description: 'ID of the referral that Friendbuy put into the link the customer followed.',
    type: 'string',
    default: at('$.properties.attributionId')
  },
  referralCode: {
    label: 'Friendbuy Referral ID',
    description: 'Referral code of the advocate who referred the customer.',
    type: 'string',
    default: at('$.properties.referralCode')
  }
} as const satisfies Fields

/** The shop's own attributes, from a track event's properties. */
export const customAttributesFields = {
  friendbuyAttributes: {
    label: 'Custom Attributes',
    description:
      'Object of attributes of your own. At most 10 go to Friendbuy, each a string of at most 128 characters; others are left out.',
    type: 'object',
    default: at('$.properties.friendbuyAttributes')
  }
} as const satisfies Fields
