import type { customerFields } from '../fields/customer'
import { toAge, toBirthday, toFullName, toLoyaltyStatus } from '../fields/conversions'
import { customAttributesFields } from '../fields/attribution'
import type { OnDrop } from '../fields/dropped-value'
import { type Fields, fieldsReader, type PayloadOf, payloadReader } from '../fields/payload'
import { type productFields, toProducts } from '../fields/product'
import { type Attribute, toAdditionalProperties, toAttributes } from '../mapi/additional-properties'
import { hasOwn, isBlank, setOwn, toText, withoutEmpty } from '../values'
import { webActions } from './action-fields'
import type { WebActionKey } from './action-keys'
import type { FriendbuyPush, WebDropReason } from './converted-event'
import { PayloadError } from '../fields/payload-error'

type OnWebDrop = OnDrop<WebDropReason>

type PayloadOfAction<Key extends WebActionKey> = PayloadOf<(typeof webActions)[Key]['fields']>

/** Key of the field for custom attributes. */
const ATTRIBUTES = 'friendbuyAttributes'

type ToPush<Payload> = (payload: Payload, onDrop: OnWebDrop) => FriendbuyPush

/** Makes the push of one of Friendbuy's own events, of which it keeps all values. */
const toTrack = (
  event: string,
  values: Readonly<Record<string, unknown>>,
  attributes: Readonly<Record<string, unknown>> | undefined,
  onDrop: OnWebDrop
): FriendbuyPush => [
  'track',
  event,
  withAttributes(values, toAttributes(ATTRIBUTES, attributes), onDrop),
  true
]

const toCustomerPush: ToPush<PayloadOfAction<'trackCustomer'>> = (customer, onDrop) => {
  const values = withoutEmpty<unknown>({
    id: customer.customerId,
    ...toPerson(customer, onDrop),
    customerSince: customer.customerSince,
    language: customer.language,
    country: customer.addressCountry,
    state: customer.addressState,
    city: customer.addressCity,
    zipCode: customer.addressPostalCode,
    gender: customer.gender,
    category: customer.category,
    timezone: customer.timezone
  })
  return toTrack('customer', values, customer.friendbuyAttributes, onDrop)
}

const toPurchasePush: ToPush<PayloadOfAction<'trackPurchase'>> = (order, onDrop) => {
  const values = withoutEmpty<unknown>({
    id: order.orderId,
    amount: order.amount,
    currency: order.currency.trim().toUpperCase(),
    isNewCustomer: order.isNewCustomer,
    couponCode: order.coupon,
    attributionId: order.attributionId,
    referralCode: order.referralCode,
    giftCardCodes: order.giftCardCodes,
    products: order.products && toPricedProducts(order.products, onDrop),
    customer: toCustomerOfPurchase(order, onDrop)
  })
  return toTrack('purchase', values, order.friendbuyAttributes, onDrop)
}

const toSignUpPush: ToPush<PayloadOfAction<'trackSignUp'>> = (signUp, onDrop) => {
  const values = withoutEmpty<unknown>({
    id: signUp.customerId,
    ...toPerson(signUp, onDrop),
    couponCode: signUp.coupon,
    attributionId: signUp.attributionId,
    referralCode: signUp.referralCode,
    timezone: signUp.timezone
  })
  return toTrack('sign_up', values, signUp.friendbuyAttributes, onDrop)
}

const toPagePush: ToPush<PayloadOfAction<'trackPage'>> = ({ name = 'undefined', category, title }) =>
  // Shops target widgets by this word: the published destination sends it.
  ['track', 'page', withoutEmpty<unknown>({ name, category, title }), true]

/** Names of Friendbuy's own events: it would take a custom event for one of them, a reward included. */
const OWN_EVENTS = ['customer', 'purchase', 'page', 'sign_up', 'email', 'email_capture']

const toCustomEventPush: ToPush<PayloadOfAction<'trackCustomEvent'>> = (event, onDrop) => {
  const eventType = event.eventType.trim()
  if (OWN_EVENTS.includes(eventType)) {
    throw new PayloadError(
      `Event Type (eventType) is a name of Friendbuy's own events (${OWN_EVENTS.join(', ')}): map it to another name.`
    )
  }
  const { eventProperties, customerId, anonymousId, deduplicationId } = event
  const email = event.email.trim()
  const { firstName, first_name, lastName, last_name, isNewCustomer } = readNames(eventProperties, '', ignore)
  const customer = withoutEmpty<unknown>({
    id: customerId,
    email,
    anonymousId,
    firstName: firstName ?? first_name,
    lastName: lastName ?? last_name,
    isNewCustomer
  })
  const fields = withoutEmpty<unknown>({ deduplicationId, email, customer })
  const values = { ...toOwnProperties(eventProperties, { ...fields, customerId }, onDrop), ...fields }
  const { friendbuyAttributes } = readAttributes(eventProperties, PREFIX, onDrop)
  const attributes = toAttributes(PREFIX + ATTRIBUTES, friendbuyAttributes)
  return ['track', eventType, withAttributes(values, attributes, onDrop)]
}

/** Converts what a mapping gave for an action. */
type ToPushOfAction = (mapped: unknown, onDrop: OnWebDrop) => FriendbuyPush

const read = <const F extends Fields>(fields: F, toPush: ToPush<PayloadOf<F>>): ToPushOfAction => {
  const readPayload = payloadReader(fields, (message) => new PayloadError(message))
  return (mapped, onDrop) => toPush(readPayload(mapped, onDrop), onDrop)
}

/**
 * Converters of the actions, by key.
 *
 * @throws PayloadError if a required field is blank or unreadable
 */
export const pushes: Readonly<Record<WebActionKey, ToPushOfAction>> = {
  trackCustomer: read(webActions.trackCustomer.fields, toCustomerPush),
  trackPurchase: read(webActions.trackPurchase.fields, toPurchasePush),
  trackSignUp: read(webActions.trackSignUp.fields, toSignUpPush),
  trackPage: read(webActions.trackPage.fields, toPagePush),
  trackCustomEvent: read(webActions.trackCustomEvent.fields, toCustomEventPush)
}

type Person = Omit<PayloadOf<typeof customerFields>, 'customerId'>

const toPerson = (person: Person, onDrop: OnWebDrop) => ({
  email: person.email?.trim(),
  anonymousId: person.anonymousId,
  firstName: person.firstName,
  lastName: person.lastName,
  name: toFullName(person),
  isNewCustomer: person.isNewCustomer,
  loyaltyStatus: toLoyaltyStatus(person.loyaltyStatus, onDrop),
  age: toAge(person.age, onDrop),
  birthday: toBirthday(person.birthday, onDrop)
})

/** The values of a customer that are lost with the customer. `isNewCustomer` stands beside it too. */
const PERSONAL = [
  'email',
  'anonymousId',
  'firstName',
  'lastName',
  'name',
  'loyaltyStatus',
  'age',
  'birthday'
] as const satisfies readonly (keyof Person)[]

const toCustomerOfPurchase = (order: PayloadOfAction<'trackPurchase'>, onDrop: OnWebDrop) => {
  const { customerId: id } = order
  if (id !== undefined) return withoutEmpty<unknown>({ id, ...toPerson(order, onDrop) })
  for (const name of PERSONAL) if (order[name] !== undefined) onDrop(name, 'no customer ID')
  return undefined
}

/** Converts products and drops those without a price, for which Friendbuy would refuse the purchase. */
const toPricedProducts = (products: readonly PayloadOf<typeof productFields>[], onDrop: OnWebDrop) => {
  const priced = products.map((product, index) => {
    if (product.price !== undefined || Object.keys(product).length === 0) return product
    onDrop(`products[${index}]`, 'no price')
    // The others keep the index that reports name.
    return {}
  })
  return toProducts(priced, onDrop)
}

/** Path of an event property in the payload. */
const PREFIX = 'eventProperties.'

/** Properties of a custom event that its customer has too. */
const readNames = fieldsReader({
  firstName: { type: 'string' },
  first_name: { type: 'string' },
  lastName: { type: 'string' },
  last_name: { type: 'string' },
  isNewCustomer: { type: 'boolean' }
})

const readAttributes = fieldsReader(customAttributesFields)

/** For values that are pushed as they are, whether or not the customer can have them. */
const ignore = () => undefined

/** Copies the properties of a custom event under their own names, without those that a field overrides. */
const toOwnProperties = (
  properties: Readonly<Record<string, unknown>>,
  overriding: Readonly<Record<string, unknown>>,
  onDrop: OnWebDrop
) => {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (name === ATTRIBUTES) continue
    const path = PREFIX + name
    if (hasOwn(overriding, name)) {
      const isSame = isBlank(value) || toText(value)?.trim() === overriding[name]
      if (!isSame) onDrop(path, `overridden by ${name}`)
    } else if (name.startsWith('$')) onDrop(path, 'name begins with $')
    else if (isBlank(value)) onDrop(path, 'blank')
    else setOwn(kept, name, value)
  }
  return kept
}

/** Names at the root under which Friendbuy expects more than a string. */
const STRUCTURED = ['customer', 'products', 'giftCardCodes', 'birthday']

/** Adds custom attributes to the values of an event, as cloud mode limits them, where their names are free. */
const withAttributes = (
  values: Readonly<Record<string, unknown>>,
  attributes: readonly Attribute[],
  onDrop: OnWebDrop
) => {
  const free = attributes.filter(({ path, name }) => {
    const isTaken = hasOwn(values, name) || STRUCTURED.includes(name)
    if (isTaken) onDrop(path, `overridden by ${name}`)
    return !isTaken
  })
  return { ...values, ...toAdditionalProperties(free, {}, onDrop) }
}
