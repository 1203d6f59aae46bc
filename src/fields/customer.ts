import { at, either } from './directives'
import type { Fields } from './payload'

/** Who a track event is about, from its properties. */
export const customerFields = {
  customerId: {
    label: 'Customer ID',
    description: "The shop's own ID of the customer.",
    type: 'string',
    default: either('$.properties.customerId', '$.userId')
  },
  anonymousId: {
    label: 'Anonymous ID',
    description: "ID of the customer's device or visit from before the customer was known.",
    type: 'string',
    default: at('$.anonymousId')
  },
  email: {
    label: 'Email',
    description: "The customer's e-mail address. Friendbuy needs it for most rewards.",
    type: 'string',
    default: either('$.properties.email', '$.context.traits.email')
  },
  isNewCustomer: {
    label: 'New Customer Flag',
    description: 'True if the customer is new to the shop.',
    type: 'boolean',
    default: at('$.properties.isNewCustomer')
  },
  loyaltyStatus: {
    label: 'Loyalty Program Status',
    description: 'Whether the customer is "in" or "out" of the loyalty program, or "blocked" from it.',
    type: 'string',
    default: at('$.properties.loyaltyStatus')
  },
  firstName: {
    label: 'First Name',
    description: "The customer's first name.",
    type: 'string',
    default: either('$.properties.firstName', '$.properties.first_name')
  },
  lastName: {
    label: 'Last Name',
    description: "The customer's last name.",
    type: 'string',
    default: either('$.properties.lastName', '$.properties.last_name')
  },
  name: {
    label: 'Name',
    description: "The customer's full name.",
    type: 'string',
    default: at('$.properties.name')
  },
  age: {
    label: 'Age',
    description: "The customer's age in years.",
    type: 'number',
    default: at('$.properties.age')
  },
  birthday: {
    label: 'Birthday',
    description: 'The customer\'s birthday as "YYYY-MM-DD", or "0000-MM-DD" without the year.',
    type: 'string',
    default: at('$.properties.birthday')
  }
} as const satisfies Fields

/** The customer's time zone, which has no default: it is personal, and nothing that the documentation sends. */
export const timezoneField = {
  timezone: {
    label: 'Time Zone',
    description: 'The customer\'s time zone, such as "America/New_York". Not sent unless mapped.',
    type: 'string'
  }
} as const satisfies Fields
