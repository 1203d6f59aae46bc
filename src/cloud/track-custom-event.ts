import { sharedActions } from '../fields/actions'
import { contextFields } from '../fields/context'
import { dropAll, pickFirst } from '../fields/conversions'
import type { FieldDropReason, OnDrop } from '../fields/dropped-value'
import { type FieldShapes, fieldsReader } from '../fields/payload'
import { type Attribute, toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { toObject } from '../values'
import { defineAction } from './define-action'

/** Event properties that MAPI expects at the root of the body. Any other property is a custom attribute. */
const rootProperties = {
  firstName: { type: 'string' },
  first_name: { type: 'string' },
  lastName: { type: 'string' },
  last_name: { type: 'string' },
  isNewCustomer: { type: 'boolean' },
  is_new_customer: { type: 'boolean' },
  couponCode: { type: 'string' },
  coupon: { type: 'string' },
  coupon_code: { type: 'string' },
  attributionId: { type: 'string' },
  attribution_id: { type: 'string' },
  referralCode: { type: 'string' },
  referral_code: { type: 'string' },
  email: { type: 'string' },
  customerId: { type: 'string' },
  deduplicationId: { type: 'string' },
  ipAddress: { type: 'string' },
  userAgent: { type: 'string' },
  friendbuyAttributes: { type: 'object' }
} as const satisfies FieldShapes

const readRootProperties = fieldsReader(rootProperties)

/** Sends any track event as a custom event. */
export const trackCustomEvent = defineAction({
  ...sharedActions.trackCustomEvent,
  path: '/v1/event/custom',
  fields: { ...sharedActions.trackCustomEvent.fields, ...contextFields },
  toBody: (event, onDrop) => {
    const { eventProperties, anonymousId, pageUrl, pageTitle } = event
    dropAll({ pageUrl, pageTitle }, onDrop)
    const root = readRootProperties(eventProperties, PREFIX, onDrop)
    const { firstName, first_name, lastName, last_name, isNewCustomer, is_new_customer } = root
    const { couponCode, coupon, coupon_code, attributionId, attribution_id, referralCode, referral_code } =
      root
    return {
      eventType: event.eventType,
      email: prefer('email', event.email.trim(), root.email?.trim(), onDrop),
      customerId: prefer('customerId', event.customerId, root.customerId, onDrop),
      deduplicationId: prefer('deduplicationId', event.deduplicationId, root.deduplicationId, onDrop),
      firstName: pickFirst(PREFIX, { firstName, first_name }, onDrop),
      lastName: pickFirst(PREFIX, { lastName, last_name }, onDrop),
      isNewCustomer: pickFirst(PREFIX, { isNewCustomer, is_new_customer }, onDrop),
      couponCode: pickFirst(PREFIX, { couponCode, coupon, coupon_code }, onDrop),
      attributionId: pickFirst(PREFIX, { attributionId, attribution_id }, onDrop),
      referralCode: pickFirst(PREFIX, { referralCode, referral_code }, onDrop),
      ipAddress: prefer('ipAddress', event.ipAddress ?? root.ipAddress, root.ipAddress, onDrop),
      userAgent: prefer('userAgent', event.userAgent ?? root.userAgent, root.userAgent, onDrop),
      additionalProperties: toAdditionalProperties(
        listAttributes(eventProperties, root.friendbuyAttributes),
        { anonymousId },
        onDrop
      )
    }
  }
})

/** Path of an event property in the payload. */
const PREFIX = 'eventProperties.'

/** Lists the custom attributes: those of the two objects of attributes, then the properties that are not at the root. */
const listAttributes = (
  eventProperties: Readonly<Record<string, unknown>>,
  friendbuyAttributes: Readonly<Record<string, unknown>> | undefined
): Attribute[] => {
  const additionalProperties = toObject(eventProperties.additionalProperties)
  return [
    ...toAttributes(`${PREFIX}friendbuyAttributes`, friendbuyAttributes),
    ...toAttributes(`${PREFIX}additionalProperties`, additionalProperties),
    ...toAttributes('eventProperties', eventProperties).filter(
      ({ name }) =>
        !Object.hasOwn(rootProperties, name) && !(additionalProperties && name === 'additionalProperties')
    )
  ]
}

/** Prefers the value of a field, which a mapping may read from elsewhere, to the event property of the same name. */
const prefer = <Value extends string | undefined>(
  name: string,
  field: Value,
  property: string | undefined,
  onDrop: OnDrop<FieldDropReason>
): Value => {
  if (property !== undefined && property !== field) onDrop(PREFIX + name, `overridden by ${name}`)
  return field
}
