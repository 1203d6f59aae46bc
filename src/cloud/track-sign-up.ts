import { sharedActions } from '../fields/actions'
import { contextFields } from '../fields/context'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toAge, toBirthday, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Records the sign-up of a customer. */
export const trackSignUp = defineAction({
  ...sharedActions.trackSignUp,
  path: '/v1/event/account-sign-up',
  fields: { ...sharedActions.trackSignUp.fields, ...contextFields },
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
