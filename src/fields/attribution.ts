import { at, either } from './directives'
import type { Fields } from './payload'

/**
 * Fields that attribute a purchase or a sign-up to the advocate who referred the customer, read from the properties of
 * a track event. Friendbuy tries the coupon first, then the attribution ID, then the referral code.
 */
export const attributionFields = {
  coupon: {
    label: 'Coupon',
    description:
      'Coupon code that the customer used. Friendbuy can attribute the event to an advocate by it.',
    type: 'string',
    default: either('$.properties.coupon', '$.properties.coupon_code')
  },
  attributionId: {
    label: 'Friendbuy Attribution ID',
    description:
      'Attribution ID that Friendbuy added to the referral link. Friendbuy now recommends the referral code instead.',
    type: 'string',
    default: either('$.properties.attributionId', '$.properties.attribution_id')
  },
  referralCode: {
    label: 'Friendbuy Referral ID',
    description: 'Referral code of the advocate who referred the customer.',
    type: 'string',
    default: either('$.properties.referralCode', '$.properties.referral_code')
  }
} as const satisfies Fields

/** Field for custom attributes, read from the properties of a track event. */
export const customAttributesFields = {
  friendbuyAttributes: {
    label: 'Custom Attributes',
    description:
      'Object of custom attributes. Friendbuy accepts up to 10 strings of up to 128 characters; the rest is dropped.',
    type: 'object',
    default: at('$.properties.friendbuyAttributes')
  }
} as const satisfies Fields
