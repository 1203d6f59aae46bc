/** Events: purchases, sign-ups and custom events. */
import {
  additionalProperties,
  type Attribution,
  attribution,
  type Birthday,
  birthday,
  type EventReceipt,
  type LoyaltyStatus,
  loyaltyStatus,
  type PersonDetails
} from './common'
import type { OperationsOf } from './operation'
import { boolean, integer, list, number, object, optional, text, textLike } from './schema'

/** One line of an order. */
export interface Product {
  /** SKU of the product. */
  sku: string
  /** Name of the product. */
  name?: string
  /** Number of items, at least 1. */
  quantity?: number
  /** Price of one item, in the order's currency. */
  price?: number
  /** Description of the product. */
  description?: string
  /** Category of the product. */
  category?: string
  /** Address of the product's page. */
  url?: string
  /** Address of the product's image. */
  imageUrl?: string
}

/** A completed order. */
export interface PurchaseEvent extends PersonDetails, Attribution {
  /** ID of the order. Friendbuy asks for a unique one; whether a repeated one counts again is not documented. */
  orderId: string
  /** Total of the order, in major units of the currency. */
  amount: number
  /** Currency of the amount: three capital letters, such as `USD`. */
  currency: string
  /** The shop's ID of the customer. */
  customerId?: string
  /** Email address of the customer. Many rewards need it. */
  email?: string
  /** Codes of gift cards that were used. */
  giftCardCodes?: string[]
  /** Lines of the order. */
  products?: Product[]
}

/** A new account in the shop. */
export interface SignUpEvent extends PersonDetails, Attribution {
  /** The shop's ID of the customer. */
  customerId: string
  /** Email address of the customer. */
  email: string
  /** Standing in the loyalty program. */
  loyaltyStatus?: LoyaltyStatus
  /** Age in years. */
  age?: number
  /** Day of birth. */
  birthday?: Birthday
  /** Time zone, such as `America/Los_Angeles`. */
  timezone?: string
}

/** An event of a type that the shop chooses. */
export interface CustomEvent extends PersonDetails, Attribution {
  /** Type of the event, such as `newsletter signup`. */
  eventType: string
  /** Email address of the person. */
  email: string
  /** The shop's ID of the customer. */
  customerId?: string
  /** Identifier that keeps Friendbuy from counting the same event twice. Required for safe retries. */
  deduplicationId?: string
}

/** Operations that record what customers do. */
export interface EventOperations {
  /**
   * Records a completed order.
   *
   * @see https://developers.friendbuy.com/#postpurchaseevent
   * @example
   * await mapi.postPurchaseEvent({ orderId: '1001', amount: 49.9, currency: 'USD', email: 'ada@example.com' })
   */
  readonly postPurchaseEvent: (event: PurchaseEvent) => Promise<EventReceipt>
  /**
   * Records a new account. Not repeated once MAPI may have seen it, since it has no ID to recognize it by.
   *
   * @see https://developers.friendbuy.com/#postsignupevent
   * @example
   * await mapi.postSignUpEvent({ customerId: 'c-1', email: 'ada@example.com', referralCode: 'grace' })
   */
  readonly postSignUpEvent: (event: SignUpEvent) => Promise<EventReceipt>
  /**
   * Records an event of any type. Without a `deduplicationId`, not repeated once MAPI may have seen it.
   *
   * @see https://developers.friendbuy.com/#postcustomevent
   * @example
   * await mapi.postCustomEvent({ eventType: 'quiz', email: 'ada@example.com', deduplicationId: 'quiz-7' })
   */
  readonly postCustomEvent: (event: CustomEvent) => Promise<EventReceipt>
}

export const person = {
  firstName: optional(text),
  lastName: optional(text),
  isNewCustomer: optional(boolean),
  ipAddress: optional(text),
  userAgent: optional(text),
  additionalProperties: optional(additionalProperties)
}

/** Documented with sku, name, quantity and price; the other properties come from Friendbuy's JavaScript. */
const product = object<Product>({
  sku: text,
  name: optional(text),
  quantity: optional(integer(1)),
  // The table says integer, its example 10.0: a price has decimals.
  price: optional(number),
  description: optional(text),
  category: optional(text),
  url: optional(text),
  imageUrl: optional(text)
})

export const eventOperations = {
  postPurchaseEvent: {
    method: 'POST',
    path: '/v1/event/purchase',
    repeat: 'always',
    input: object<PurchaseEvent>({
      ...person,
      ...attribution,
      orderId: text,
      amount: number,
      currency: textLike(/^[A-Z]{3}$/, 'three capital letters such as USD'),
      // Required by MAPI's table, optional in Friendbuy's JavaScript and Segment's fields: guests have none.
      customerId: optional(text),
      email: optional(text),
      // Friendbuy's JavaScript takes gift cards; MAPI's table does not list them.
      giftCardCodes: optional(list(text, 1)),
      products: optional(list(product, 1))
    })
  },
  postSignUpEvent: {
    method: 'POST',
    path: '/v1/event/account-sign-up',
    repeat: 'unlessSeen',
    input: object<SignUpEvent>({
      // Friendbuy's JavaScript takes isNewCustomer and an age with a sign-up; MAPI's table lists neither.
      ...person,
      ...attribution,
      customerId: text,
      email: text,
      loyaltyStatus: optional(loyaltyStatus),
      age: optional(integer(0)),
      birthday: optional(birthday),
      timezone: optional(text)
    })
  },
  postCustomEvent: {
    method: 'POST',
    path: '/v1/event/custom',
    repeat: ({ deduplicationId }) => (deduplicationId ? 'always' : 'unlessSeen'),
    input: object<CustomEvent>({
      ...person,
      ...attribution,
      eventType: text,
      email: text,
      customerId: optional(text),
      deduplicationId: optional(text)
    })
  }
} as const satisfies OperationsOf<EventOperations>
