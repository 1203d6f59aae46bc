/** Types and schemas that several chapters of the contract share. */
import { integer, object, oneOf, optional, record, text, textUpTo } from './schema'

/** A point in time: a `Date`, or ISO text such as `2024-01-31T23:59:59Z`, which is sent as it is. */
export type Moment = string | Date

/**
 * Custom attributes by name: at most 10, each of 1 to 128 characters. The limits are Segment's documentation of the
 * destination; MAPI's own reference has none.
 */
export type AdditionalProperties = Record<string, string>

/** Standing of a customer in the shop's loyalty program. */
export type LoyaltyStatus = 'in' | 'out' | 'blocked'

/** Day of birth, with or without the year. */
export interface Birthday {
  /** Year, four digits. */
  year?: number
  /** Month, 1 to 12. */
  month: number
  /** Day of the month, 1 to 31. */
  day: number
}

/** Channel that a link is shared through. Friendbuy may add more. */
export type Channel =
  | 'email'
  | 'facebook'
  | 'generic'
  | 'instagram'
  | 'messenger'
  | 'sms'
  | 'snap'
  | 'twitter'
  | 'purl'
  | (string & {})

/** Confirmation that MAPI accepted an event. */
export interface EventReceipt {
  /** Friendbuy's ID of the event. */
  eventId: string
  /** Time at which Friendbuy recorded the event, as ISO text. */
  createdOn: string
}

/** Details that every event about a person can carry. */
export interface PersonDetails {
  /** First name. */
  firstName?: string
  /** Last name. */
  lastName?: string
  /** True for a new customer. (Two descriptions in the reference say the opposite of the name.) */
  isNewCustomer?: boolean
  /** IP address of the person. */
  ipAddress?: string
  /** User agent of the person's browser. */
  userAgent?: string
  /** Custom attributes, at most 10. */
  additionalProperties?: AdditionalProperties
}

/** Traces of a referral, of which Friendbuy uses the first that it knows: coupon, attribution ID, referral code. */
export interface Attribution {
  /** Coupon code that was used. */
  couponCode?: string
  /** Attribution ID of the referral. Friendbuy recommends `referralCode` instead. */
  attributionId?: string
  /** Referral code of the advocate. */
  referralCode?: string
}

export const additionalProperties = record(textUpTo(128), 10)

export const loyaltyStatus = oneOf('in', 'out', 'blocked')

export const birthday = object<Birthday>({
  year: optional(integer(1000, 9999)),
  month: integer(1, 12),
  day: integer(1, 31)
})

export const attribution = {
  couponCode: optional(text),
  attributionId: optional(text),
  referralCode: optional(text)
}

/** A page of a report. */
export interface Page<Item> {
  /** Items of this page. */
  results: Item[]
  /** Token of the next page; missing at the end. */
  nextPageToken?: string
  /** Number of items that MAPI states. Its own examples say 0 beside a result, so do not rely on it. */
  totalResults?: number
}

/** Limit of items that are gathered in memory. */
export interface ToArrayOptions {
  /** Maximum number of items. */
  limit: number
}

/**
 * A report in pages. Nothing is sent before it is awaited or iterated; each iteration starts over.
 *
 * @example
 * for await (const click of mapi.getClicks({ fromDate, toDate })) console.log(click.referralCode)
 */
export interface Paged<Item> extends Promise<Page<Item>>, AsyncIterable<Item> {
  /** Iterates over pages, for programs that save `nextPageToken` to resume from. */
  pages: () => AsyncIterableIterator<Page<Item>>
  /**
   * Gathers items up to a limit, with as few requests as possible.
   *
   * @example
   * const latest = await mapi.getClicks({ fromDate, toDate }).toArray({ limit: 1000 })
   */
  toArray: (options: ToArrayOptions) => Promise<Item[]>
}
