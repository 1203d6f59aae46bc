import { attributionFields, customAttributesFields } from './attribution'
import { customerFields, timezoneField } from './customer'
import { at, either } from './directives'
import type { Fields } from './payload'
import { productFields } from './product'

/** An action as hosts and merchants see it. */
export interface ActionDescription {
  /** Name that hosts display. */
  title: string
  /** Description that hosts display. */
  description: string
  /** Default condition for events, in Segment's subscription language (FQL). */
  defaultSubscription: string
  /** Fields by key. */
  fields: Fields
}

/** Actions that both destinations have, by key: one saved mapping serves both. */
export const sharedActions = {
  trackCustomer: {
    title: 'Track Customer',
    description: 'Create or update a customer.',
    defaultSubscription: 'type = "identify"',
    fields: {
      customerId: { ...customerFields.customerId, required: true, default: at('$.userId') },
      anonymousId: customerFields.anonymousId,
      email: { ...customerFields.email, required: true, default: at('$.traits.email') },
      firstName: {
        ...customerFields.firstName,
        default: either('$.traits.firstName', '$.traits.first_name')
      },
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
      }
    }
  },
  trackPurchase: {
    title: 'Track Purchase',
    description: 'Record a purchase.',
    defaultSubscription: 'type = "track" and event = "Order Completed"',
    fields: {
      orderId: {
        label: 'Order ID',
        description:
          'ID of the order. Friendbuy asks for a unique ID; whether a repeated one counts again is not documented.',
        type: 'string',
        required: true,
        default: either('$.properties.order_id', '$.properties.orderId')
      },
      amount: {
        label: 'Purchase Amount',
        description: 'Order total.',
        type: 'number',
        required: true,
        default: either('$.properties.total', '$.properties.revenue')
      },
      currency: {
        label: 'Currency',
        description: 'Currency of the amount, such as "USD".',
        type: 'string',
        required: true,
        default: at('$.properties.currency')
      },
      ...attributionFields,
      giftCardCodes: {
        label: 'Gift Card Codes',
        description: 'Codes of the gift cards used in the order.',
        type: 'string',
        multiple: true,
        default: at('$.properties.giftCardCodes')
      },
      products: {
        label: 'Products',
        description: 'Products in the order.',
        type: 'object',
        multiple: true,
        properties: productFields,
        // Without this, actions-core drops the lists that some hosts pass as {"0": [...]}.
        additionalProperties: true,
        default: at('$.properties.products')
      },
      ...customerFields,
      ...customAttributesFields
    }
  },
  trackSignUp: {
    title: 'Track Sign Up',
    description: 'Record a sign-up.',
    defaultSubscription: 'type = "track" and event = "Signed Up"',
    fields: {
      ...customerFields,
      customerId: { ...customerFields.customerId, required: true },
      email: { ...customerFields.email, required: true },
      ...attributionFields,
      coupon: { ...attributionFields.coupon, label: 'Coupon Code' },
      ...timezoneField,
      ...customAttributesFields
    }
  },
  trackCustomEvent: {
    title: 'Track Custom Event',
    description: 'Record a custom event, such as a download, that Friendbuy can reward.',
    defaultSubscription: 'type = "track"',
    fields: {
      eventType: {
        label: 'Event Type',
        description: "Type of the event, exactly as configured in the campaign's settings at Friendbuy.",
        type: 'string',
        required: true,
        default: at('$.event')
      },
      eventProperties: {
        label: 'Event Properties',
        description:
          'Object of event properties. Those that Friendbuy has a property for are sent as such, the others as custom attributes.',
        type: 'object',
        required: true,
        default: at('$.properties')
      },
      deduplicationId: {
        label: 'Event ID',
        description:
          'Unique ID of the event. Friendbuy does not reward another event of the same type with the same ID.',
        type: 'string',
        default: either('$.properties.deduplicationId', '$.messageId')
      },
      customerId: { ...customerFields.customerId, required: true },
      anonymousId: customerFields.anonymousId,
      email: { ...customerFields.email, required: true }
    }
  }
} as const satisfies Record<string, ActionDescription>
