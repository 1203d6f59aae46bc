/**
 * Friendbuy's Merchant API (MAPI), declared once: the types of its calls are derived from here, the compiler
 * checks every body against them, and the sandbox checks what arrives.
 *
 * Source: "Merchant API Details" at https://developers.friendbuy.com. Where that page contradicts itself or the
 * published integrations, the comment at the property says what holds here.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox'

const text = Type.String({ minLength: 1 })
const closed = { additionalProperties: false } as const

/** The limits of additionalProperties are Segment's documentation of the destination; MAPI's page has none. */
const AdditionalProperties = Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 128 }), {
  maxProperties: 10
})

const LoyaltyStatus = Type.Union([Type.Literal('in'), Type.Literal('out'), Type.Literal('blocked')])

const Birthday = Type.Object(
  {
    year: Type.Optional(Type.Integer({ minimum: 1, maximum: 9999 })),
    month: Type.Integer({ minimum: 1, maximum: 12 }),
    day: Type.Integer({ minimum: 1, maximum: 31 })
  },
  closed
)

/** Documented with sku, name, quantity and price; the rest comes from Friendbuy's JavaScript. */
const Product = Type.Object(
  {
    sku: text,
    name: Type.Optional(text),
    quantity: Type.Optional(Type.Integer({ minimum: 1 })),
    // The table says integer, its example 10.0: a price has decimals.
    price: Type.Optional(Type.Number()),
    description: Type.Optional(text),
    category: Type.Optional(text),
    url: Type.Optional(text),
    imageUrl: Type.Optional(text)
  },
  closed
)

const attribution = {
  couponCode: Type.Optional(text),
  attributionId: Type.Optional(text),
  referralCode: Type.Optional(text)
}

const person = {
  firstName: Type.Optional(text),
  lastName: Type.Optional(text),
  // True for a new customer, as the name says; two descriptions on MAPI's page say the opposite.
  isNewCustomer: Type.Optional(Type.Boolean()),
  ipAddress: Type.Optional(text),
  userAgent: Type.Optional(text),
  additionalProperties: Type.Optional(AdditionalProperties)
}

const PurchaseBody = Type.Object(
  {
    ...person,
    ...attribution,
    orderId: text,
    amount: Type.Number(),
    // MAPI wants upper case.
    currency: Type.String({ pattern: '^[^a-z]+$' }),
    // Required by MAPI's table, optional in Friendbuy's JavaScript and Segment's fields: guests have none.
    customerId: Type.Optional(text),
    email: Type.Optional(text),
    // Friendbuy's JavaScript takes gift cards; MAPI's table does not list them.
    giftCardCodes: Type.Optional(Type.Array(text, { minItems: 1 })),
    products: Type.Optional(Type.Array(Product, { minItems: 1 }))
  },
  closed
)

const SignUpBody = Type.Object(
  {
    ...person,
    ...attribution,
    customerId: text,
    email: text,
    loyaltyStatus: Type.Optional(LoyaltyStatus),
    // Friendbuy's JavaScript takes an age with a sign-up; MAPI's table does not list it.
    age: Type.Optional(Type.Integer({ minimum: 0 })),
    birthday: Type.Optional(Birthday),
    timezone: Type.Optional(text)
  },
  closed
)

const CustomEventBody = Type.Object(
  {
    ...person,
    ...attribution,
    eventType: text,
    email: text,
    customerId: Type.Optional(text),
    deduplicationId: Type.Optional(text)
  },
  closed
)

const CustomerBody = Type.Object(
  {
    ...person,
    customerId: text,
    email: text,
    loyaltyStatus: Type.Optional(LoyaltyStatus),
    age: Type.Optional(Type.Integer({ minimum: 0 })),
    birthday: Type.Optional(Birthday),
    language: Type.Optional(text),
    gender: Type.Optional(text),
    category: Type.Optional(text),
    timezone: Type.Optional(text),
    country: Type.Optional(text),
    state: Type.Optional(text),
    city: Type.Optional(text),
    zipCode: Type.Optional(text)
  },
  closed
)

const AuthorizationBody = Type.Object({ key: text, secret: text }, closed)

const Authorization = Type.Object({
  tokenType: Type.Optional(Type.String()),
  token: Type.String(),
  expires: Type.String()
})

const EventCreated = Type.Object({ eventId: Type.String(), createdOn: Type.String() })

/** A customer's data is asked for by email or by customerId. */
const UserDataQuery = Type.Object({ email: Type.Optional(text), customerId: Type.Optional(text) }, closed)

const Channels = Type.Partial(
  Type.Object({
    email: Type.Integer(),
    facebook: Type.Integer(),
    messenger: Type.Integer(),
    sms: Type.Integer(),
    twitter: Type.Integer(),
    purl: Type.Integer()
  })
)

const UserData = Type.Partial(
  Type.Object({
    emails: Type.Array(Type.String()),
    names: Type.Array(Type.String()),
    customerIds: Type.Array(Type.String()),
    ipAddresses: Type.Array(Type.String()),
    languages: Type.Array(Type.String()),
    userAgents: Type.Array(Type.String()),
    colorDepths: Type.Array(Type.Number()),
    platforms: Type.Array(Type.String()),
    screenSizes: Type.Array(Type.String()),
    trackedEvents: Type.Array(Type.Partial(Type.Object({ type: Type.String(), url: Type.String() }))),
    shares: Channels,
    conversions: Channels
  })
)

/** The reference answers 200 with jobId, the guide 204 or task_id: each may come. */
const UserDataDeletion = Type.Partial(Type.Object({ jobId: Type.String(), task_id: Type.String() }))

const CustomerQuery = Type.Object({ id: text }, closed)

const Customer = Type.Object({
  merchantId: Type.Optional(Type.String()),
  id: Type.String(),
  email: Type.String(),
  name: Type.Optional(Type.String()),
  loyaltyInfo: Type.Object({
    status: Type.String(),
    logs: Type.Array(Type.String()),
    optedInOn: Type.Optional(Type.String()),
    everOptedIn: Type.Boolean()
  })
})

interface OperationDeclaration {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** What a POST takes as its JSON body. */
  body?: TSchema
  /** What a GET or DELETE takes in its query. */
  query?: TSchema
  /** What a 2xx carries. */
  answer: TSchema
}

/** MAPI's operations under the names of its reference. */
export const operations = {
  postAuthorization: {
    method: 'POST',
    path: '/v1/authorization',
    body: AuthorizationBody,
    answer: Authorization
  },
  postPurchaseEvent: { method: 'POST', path: '/v1/event/purchase', body: PurchaseBody, answer: EventCreated },
  postSignUpEvent: {
    method: 'POST',
    path: '/v1/event/account-sign-up',
    body: SignUpBody,
    answer: EventCreated
  },
  postCustomEvent: { method: 'POST', path: '/v1/event/custom', body: CustomEventBody, answer: EventCreated },
  postCustomer: { method: 'POST', path: '/v1/customer', body: CustomerBody, answer: EventCreated },
  getCustomer: { method: 'GET', path: '/v1/customers', query: CustomerQuery, answer: Customer },
  getUserData: { method: 'GET', path: '/v1/user-data', query: UserDataQuery, answer: UserData },
  deleteUserData: { method: 'DELETE', path: '/v1/user-data', query: UserDataQuery, answer: UserDataDeletion }
} as const satisfies Record<string, OperationDeclaration>

/** The declaration of every operation, by name. */
export type Operations = typeof operations

/** The name of a MAPI operation, such as `postPurchaseEvent`. */
export type OperationName = keyof Operations

/** The bodies that file something about a customer, by the paths that take them. */
type EventBodies = {
  [
    Name in
      'postPurchaseEvent' | 'postSignUpEvent' | 'postCustomEvent' | 'postCustomer' as Operations[Name]['path']
  ]: Static<Operations[Name]['body']>
}

/** A path that an action posts to. */
export type EventPath = keyof EventBodies

/** The body that MAPI takes on a path. */
export type BodyOf<Path extends EventPath> = EventBodies[Path]

/** What an operation takes: a POST's body, a GET's or DELETE's query. */
export type InputOf<Name extends OperationName> = Operations[Name] extends {
  body: infer Body extends TSchema
}
  ? Static<Body>
  : Operations[Name] extends { query: infer Query extends TSchema }
    ? Static<Query>
    : never

/** What an operation answers with a 2xx. */
export type AnswerOf<Name extends OperationName> = Static<Operations[Name]['answer']>

/** Custom attributes and the fields that MAPI has no property for: at most 10 strings of 1 to 128 characters. */
export type AdditionalProperties = Static<typeof AdditionalProperties>

/** A day of the calendar, with or without a year. */
export type Birthday = Static<typeof Birthday>

/** A customer's standing in the shop's loyalty program. */
export type LoyaltyStatus = Static<typeof LoyaltyStatus>

/** One line of an order. */
export type Product = Static<typeof Product>
