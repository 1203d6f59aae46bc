import { contextFields } from '../fields/context'
import { customerFields } from '../fields/customer'
import { at, either } from '../fields/directives'
import { type FieldShapes, fieldsReader } from '../fields/payload'
import { toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import type { FieldDropReason, OnDrop } from '../fields/dropped-value'
import { pickFirst, dropAll } from '../fields/conversions'
import { defineAction } from './define-action'

/** The event properties that have a place of their own in the body; any other is a custom attribute. */
const rootProperties = {
  firstName: { type: 'string' },
  first_name: { type: 'string' },
  lastName: { type: 'string' },
  last_name: { type: 'string' },
  isNewCustomer: { type: 'boolean' },
  couponCode: { type: 'string' },
  coupon: { type: 'string' },
  attributionId: { type: 'string' },
  referralCode: { type: 'string' },
  email: { type: 'string' },
  customerId: { type: 'string' },
  deduplicationId: { type: 'string' },
  friendbuyAttributes: { type: 'object' }
} as const satisfies FieldShapes

const readRootProperties = fieldsReader(rootProperties)

/** Any other event becomes a custom event of Friendbuy's. */
export const trackCustomEvent = defineAction({
  title: 'Track Custom Event',
  description: 'Record that a customer did something that you reward.',
  defaultSubscription: 'type = "track"',
  path: '/v1/event/custom',
  fields: {
    eventType: {
      label: 'Event Type',
      description: "The name of the event, as it stands in the campaign's settings at Friendbuy.",
      type: 'string',
      required: true,
      default: at('$.event')
    },
    eventProperties: {
      label: 'Event Properties',
      description:
        'Object of the properties of the event. Those that Friendbuy has a place for go there, the others are custom attributes.',
      type: 'object',
      required: true,
      default: at('$.properties')
    },
    deduplicationId: {
      label: 'Event ID',
      description: 'ID of the event: Friendbuy rewards one event of a type and ID, however often it comes.',
      type: 'string',
      default: either('$.properties.deduplicationId', '$.messageId')
    },
    customerId: { ...customerFields.customerId, required: true },
    anonymousId: customerFields.anonymousId,
    email: { ...customerFields.email, required: true },
    ...contextFields
  },
  toBody: (event, onDrop) => {
    const { eventProperties, anonymousId, pageUrl, pageTitle } = event
    dropAll({ pageUrl, pageTitle }, onDrop)
    const root = readRootProperties(eventProperties, 'eventProperties.', onDrop)
    const { firstName, first_name, lastName, last_name, couponCode, coupon } = root
    return {
      eventType: event.eventType,
      email: prefer('email', event.email.trim(), root.email?.trim(), onDrop),
      customerId: prefer('customerId', event.customerId, root.customerId, onDrop),
      deduplicationId: prefer('deduplicationId', event.deduplicationId, root.deduplicationId, onDrop),
      firstName: pickFirst('eventProperties.', { firstName, first_name }, onDrop),
      lastName: pickFirst('eventProperties.', { lastName, last_name }, onDrop),
      couponCode: pickFirst('eventProperties.', { couponCode, coupon }, onDrop),
      isNewCustomer: root.isNewCustomer,
      attributionId: root.attributionId,
      referralCode: root.referralCode,
      ipAddress: event.ipAddress,
      userAgent: event.userAgent,
      additionalProperties: toAdditionalProperties(
        [
          ...toAttributes('eventProperties.friendbuyAttributes', root.friendbuyAttributes),
          ...toAttributes('eventProperties', eventProperties).filter(
            ({ name }) => !Object.hasOwn(rootProperties, name)
          )
        ],
        { anonymousId },
        onDrop
      )
    }
  }
})

/** A field's value, even where the mapping takes it from elsewhere than the property of its name. */
const prefer = <Value extends string | undefined>(
  name: string,
  field: Value,
  property: string | undefined,
  onDrop: OnDrop<FieldDropReason>
): Value => {
  if (property !== undefined && property !== field) onDrop(`eventProperties.${name}`, `overridden by ${name}`)
  return field
}
