import { at, either } from './directives'
import type { Fields } from './payload'

/** Fields for the customer of a track event, read from its properties. */
export const customerFields = {
  customerId: {
    label: 'Customer ID',
    description: "ID of the customer in the shop's own system.",
    type: 'string',
    default: either('$.properties.customerId', '$.userId')
  },
  anonymousId: {
    label: 'Anonymous ID',
    description: 'ID of the visitor before they were identified.',
    type: 'string',
    default: at('$.anonymousId')
  },
  email: {
    label: 'Email',
    description: 'Email address of the customer.',
    type: 'string',
    default: either('$.properties.email', '$.context.traits.email')
  },
  isNewCustomer: {
    label: 'New Customer Flag',
    description: 'True if the customer is new to the shop.',
    type: 'boolean',
    default: either('$.properties.isNewCustomer', '$.properties.is_new_customer')
  },
  loyaltyStatus: {
    label: 'Loyalty Program Status',
    description: 'Status in the loyalty program: "in", "out" or "blocked".',
    type: 'string',
    default: either('$.properties.loyaltyStatus', '$.properties.loyalty_status')
  },
  firstName: {
    label: 'First Name',
    description: 'First name of the customer.',
    type: 'string',
    default: either('$.properties.firstName', '$.properties.first_name')
  },
  lastName: {
    label: 'Last Name',
    description: 'Last name of the customer.',
    type: 'string',
    default: either('$.properties.lastName', '$.properties.last_name')
  },
  name: {
    label: 'Name',
    description: 'Full name of the customer.',
    type: 'string',
    default: at('$.properties.name')
  },
  age: {
    label: 'Age',
    description: 'Age of the customer in years.',
    type: 'number',
    default: at('$.properties.age')
  },
  birthday: {
    label: 'Birthday',
    description: 'Birthday of the customer as "YYYY-MM-DD", or "0000-MM-DD" without the year.',
    type: 'string',
    default: at('$.properties.birthday')
  }
} as const satisfies Fields

/** Field for the time zone of the customer. It has no default because it is personal data. */
export const timezoneField = {
  timezone: {
    label: 'Time Zone',
    description: 'Time zone of the customer, such as "America/New_York". Not sent unless mapped.',
    type: 'string'
  }
} as const satisfies Fields
