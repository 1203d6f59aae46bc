import { contextFields } from '../fields/context'
import { customAttributesFields } from '../fields/attribution'
import { customerFields, timezoneField } from '../fields/customer'
import { at, either } from '../fields/directives'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { dropAll, toAge, toBirthday, toLoyaltyStatus } from '../fields/conversions'
import { defineAction } from './define-action'

/** Creates or updates a customer from an identify call. */
export const trackCustomer = defineAction({
  title: 'Track Customer',
  description: 'Create or update a customer.',
  defaultSubscription: 'type = "identify"',
  path: '/v1/customer',
  fields: {
    customerId: { ...customerFields.customerId, required: true, default: at('$.userId') },
    anonymousId: customerFields.anonymousId,
    email: { ...customerFields.email, required: true, default: at('$.traits.email') },
    firstName: { ...customerFields.firstName, default: either('$.traits.firstName', '$.traits.first_name') },
    lastName: { ...customerFields.lastName, default: either('$.traits.lastName', '$.traits.last_name') },
    name: {
      ...customerFields.name,
      description: 'Full name of the customer. Defaults to the first and last name.',
      default: at('$.traits.name')
    },
    age: { ...customerFields.age, default: at('$.traits.age') },
    birthday: { ...customerFields.birthday, default: at('$.traits.birthday') },
    language: {
      label: 'Language',
      description: 'Preferred language of the customer.',
      type: 'string',
      default: at('$.traits.language')
    },
    addressCountry: {
      label: 'Country',
      description: "Country of the customer's address.",
      type: 'string',
      default: either('$.traits.address.country', '$.traits.country')
    },
    addressState: {
      label: 'State',
      description: "State or province of the customer's address.",
      type: 'string',
      default: either('$.traits.address.state', '$.traits.state')
    },
    addressCity: {
      label: 'City',
      description: "City of the customer's address.",
      type: 'string',
      default: either('$.traits.address.city', '$.traits.city')
    },
    addressPostalCode: {
      label: 'Postal Code',
      description: "Postal code of the customer's address.",
      type: 'string',
      default: either('$.traits.address.postalCode', '$.traits.address.postal_code')
    },
    customerSince: {
      label: 'Customer Since',
      description: 'Date on which the customer joined.',
      type: 'string',
      default: either('$.traits.customerSince', '$.traits.customer_since')
    },
    loyaltyStatus: {
      ...customerFields.loyaltyStatus,
      label: 'Loyalty Status',
      default: either('$.traits.loyaltyStatus', '$.traits.loyalty_status')
    },
    isNewCustomer: {
      ...customerFields.isNewCustomer,
      default: either('$.traits.isNewCustomer', '$.traits.is_new_customer')
    },
    gender: {
      label: 'Gender',
      description: 'Gender of the customer. Not sent unless mapped.',
      type: 'string'
    },
    category: {
      label: 'Category',
      description: 'Category of the customer, such as "VIP". Not sent unless mapped.',
      type: 'string'
    },
    ...timezoneField,
    friendbuyAttributes: {
      ...customAttributesFields.friendbuyAttributes,
      default: at('$.traits.friendbuyAttributes')
    },
    ...contextFields
  },
  toBody: (customer, onDrop) => {
    const { firstName, lastName, anonymousId, customerSince, pageUrl, pageTitle } = customer
    dropAll({ pageUrl, pageTitle }, onDrop)
    const name = customer.name ?? (firstName && lastName && `${firstName} ${lastName}`)
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
