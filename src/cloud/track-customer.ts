import { sharedActions } from '../fields/actions'
import { contextFields } from '../fields/context'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toAge, toBirthday, toFullName, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Creates or updates a customer from an identify call. */
export const trackCustomer = defineAction({
  ...sharedActions.trackCustomer,
  path: '/v1/customer',
  fields: { ...sharedActions.trackCustomer.fields, ...contextFields },
  toBody: (customer, onDrop) => {
    const { firstName, lastName, anonymousId, customerSince, pageUrl, pageTitle } = customer
    dropAll({ pageUrl, pageTitle }, onDrop)
    const name = toFullName(customer)
    return {
      customerId: customer.customerId,
      email: customer.email.trim(),
      isNewCustomer: customer.isNewCustomer,
      loyaltyStatus: toLoyaltyStatus(customer.loyaltyStatus, onDrop),
      firstName,
      lastName,
      age: toAge(customer.age, onDrop),
      birthday: toBirthday(customer.birthday, onDrop),
      language: customer.language,
      gender: customer.gender,
      category: customer.category,
      timezone: customer.timezone,
      country: customer.addressCountry,
      state: customer.addressState,
      city: customer.addressCity,
      zipCode: customer.addressPostalCode,
      ipAddress: customer.ipAddress,
      userAgent: customer.userAgent,
      additionalProperties: toAdditionalProperties(
        toAttributes('friendbuyAttributes', customer.friendbuyAttributes),
        { anonymousId, name, customerSince },
        onDrop
      )
    }
  }
})
