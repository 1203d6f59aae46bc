import { attributionFields, customAttributesFields } from '../fields/attribution'
import { contextFields } from '../fields/context'
import { customerFields, timezoneField } from '../fields/customer'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toAge, toBirthday, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Records the sign-up of a customer. */
export const trackSignUp = defineAction({
  title: 'Track Sign Up',
  description: 'Record a sign-up.',
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
  toBody: (signUp, onDrop) => {
    const { anonymousId, name, pageUrl, pageTitle } = signUp
    dropAll({ pageUrl, pageTitle }, onDrop)
    return {
      customerId: signUp.customerId,
      email: signUp.email.trim(),
      isNewCustomer: signUp.isNewCustomer,
      loyaltyStatus: toLoyaltyStatus(signUp.loyaltyStatus, onDrop),
      firstName: signUp.firstName,
      lastName: signUp.lastName,
      age: toAge(signUp.age, onDrop),
      birthday: toBirthday(signUp.birthday, onDrop),
      couponCode: signUp.coupon,
      attributionId: signUp.attributionId,
      referralCode: signUp.referralCode,
      timezone: signUp.timezone,
      ipAddress: signUp.ipAddress,
      userAgent: signUp.userAgent,
      additionalProperties: toAdditionalProperties(
        toAttributes('friendbuyAttributes', signUp.friendbuyAttributes),
        { anonymousId, name },
        onDrop
      )
    }
  }
})
