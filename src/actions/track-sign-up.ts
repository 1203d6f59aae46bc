import { attributionFields } from '../fields/attribution'
import { contextFields } from '../fields/context'
import { customAttributesFields } from '../fields/custom-attributes'
import { customerFields, timezoneField } from '../fields/customer'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { leaveOutAll, toAge, toBirthday, toLoyaltyStatus } from './conversions'
import { defineAction } from './define-action'

/** Sign-ups become Friendbuy's, which may reward the advocate of the customer. */
export const trackSignUp = defineAction({
  title: 'Track Sign Up',
  description: 'Record that a customer signed up.',
  defaultSubscription: 'type = "track" and event = "Signed Up"',
  path: '/v1/event/account-sign-up',
  fields: {
    ...customerFields,
    customerId: { ...customerFields.customerId, required: true },
    email: { ...customerFields.email, required: true },
    ...attributionFields,
    coupon: { ...attributionFields.coupon, label: 'Coupon Code' },
    ...timezoneField,
    ...customAttributesFields,
    ...contextFields
  },
  toBody: (
    {
      email,
      age,
      birthday,
      loyaltyStatus,
      coupon,
      anonymousId,
      name,
      friendbuyAttributes,
      pageUrl,
      pageTitle,
      ...signUp
    },
    leaveOut
  ) => {
    leaveOutAll({ pageUrl, pageTitle }, leaveOut)
    return {
      ...signUp,
      email: email.trim(),
      age: toAge(age, leaveOut),
      birthday: toBirthday(birthday, leaveOut),
      loyaltyStatus: toLoyaltyStatus(loyaltyStatus, leaveOut),
      couponCode: coupon,
      additionalProperties: toAdditionalProperties(
        toAttributes('friendbuyAttributes', friendbuyAttributes),
        { anonymousId, name },
        leaveOut
      )
    }
  }
})
