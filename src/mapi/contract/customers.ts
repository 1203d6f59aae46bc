/** Customers, and what Friendbuy keeps about a person. */
import { isRecord, toNumber } from '../../values'
import { renameIfMissing, toRecord } from './answers'
import {
  type Birthday,
  birthday,
  type EventReceipt,
  type LoyaltyStatus,
  loyaltyStatus,
  type PersonDetails
} from './common'
import { person } from './events'
import type { OperationsOf } from './operation'
import { integer, object, optional, text } from './schema'

/** A customer's details, to create or update the customer with. */
export interface CustomerDetails extends PersonDetails {
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
  /** Preferred language. */
  language?: string
  /** Gender. */
  gender?: string
  /** Category that the shop puts the customer in. */
  category?: string
  /** Time zone, such as `America/Los_Angeles`. */
  timezone?: string
  /** Country of the address. */
  country?: string
  /** State of the address. */
  state?: string
  /** City of the address. */
  city?: string
  /** Postal code of the address. */
  zipCode?: string
}

/** A customer to look up. */
export interface CustomerQuery {
  /** The shop's ID of the customer. */
  id: string
}

/** A member's history in the loyalty program. */
export interface LoyaltyInfo {
  /** Current standing, `in` or `out`. */
  status: 'in' | 'out' | (string & {})
  /** Descriptions of past opt-ins and opt-outs. */
  logs: string[]
  /** Time of the opt-in, as ISO text. */
  optedInOn?: string
  /** True if the customer was ever a member. */
  everOptedIn: boolean
}

/** A member of the loyalty program. */
export interface Customer {
  /** Friendbuy's ID of the shop. */
  merchantId?: string
  /** The shop's ID of the customer. */
  id: string
  /** Email address. */
  email: string
  /** Full name. */
  name?: string
  /** Standing in the loyalty program. */
  loyaltyInfo: LoyaltyInfo
}

/** Points that expire on the same day. */
export interface PointsExpiration {
  /** Time at which they expire, as ISO text. */
  expiresOn?: string
  /** Number of points. */
  points?: number
}

/** Points that decide a member's tier. */
export interface MemberTierPoints {
  /** Current balance. */
  points?: number
  /** Time of the last change, as ISO text. */
  updatedOn?: string
  /** Time at which the first of them expire, as ISO text. */
  expiresOn?: string
  /** Points by the time at which they expire, the earliest first. */
  expirationDetails?: PointsExpiration[]
}

/** Tier of a member of the loyalty program. */
export interface MemberTier {
  /** Friendbuy's ID of the shop. */
  merchantId?: string
  /** The shop's ID of the customer. */
  customerId?: string
  /** ID of the tier. */
  memberTierId?: string
  /** Name of the tier. */
  memberTierNameCached?: string
  /** Rank of the tier among the others. */
  memberTierPrecedenceCached?: number
  /** Points that count for the tier. */
  memberTierPoints?: MemberTierPoints
  /** Name of the points' currency. */
  pointsCurrency?: string
}

/** Operations on customers. */
export interface CustomerOperations {
  /**
   * Creates a customer, or updates the one with this ID.
   *
   * @see https://developers.friendbuy.com/#postcustomer
   * @example
   * await mapi.postCustomer({ customerId: 'c-1', email: 'ada@example.com', loyaltyStatus: 'in' })
   */
  readonly postCustomer: (customer: CustomerDetails) => Promise<EventReceipt>
  /**
   * Looks up a member of the loyalty program. MAPI refuses (403) a customer who has not opted in.
   *
   * @see https://developers.friendbuy.com/#getcustomer
   * @example
   * const { loyaltyInfo } = await mapi.getCustomer({ id: 'c-1' })
   */
  readonly getCustomer: (query: CustomerQuery) => Promise<Customer>
  /**
   * Looks up a member's tier. MAPI refuses (403) a customer who has not opted in.
   *
   * @see https://developers.friendbuy.com/#getmembertiercustomer
   * @example
   * const { memberTierNameCached } = await mapi.getMemberTierCustomer({ id: 'c-1' })
   */
  readonly getMemberTierCustomer: (query: CustomerQuery) => Promise<MemberTier>
}

const customerQuery = object<CustomerQuery>({ id: text })

// The tables say merchantid, the examples merchantId.
const toCustomer = (body: unknown) => renameIfMissing(toRecord(body), 'merchantid', 'merchantId')

/** The table lists the points twice: as a number and as an object. */
const toMemberTier = (body: unknown) => {
  const tier = toCustomer(body)
  const points = isRecord(tier.memberTierPoints) ? undefined : toNumber(tier.memberTierPoints)
  return points === undefined ? tier : { ...tier, memberTierPoints: { points } }
}

export const customerOperations = {
  postCustomer: {
    method: 'POST',
    path: '/v1/customer',
    repeat: 'always',
    input: object<CustomerDetails>({
      ...person,
      customerId: text,
      email: text,
      loyaltyStatus: optional(loyaltyStatus),
      age: optional(integer(0)),
      birthday: optional(birthday),
      language: optional(text),
      gender: optional(text),
      category: optional(text),
      timezone: optional(text),
      country: optional(text),
      state: optional(text),
      city: optional(text),
      zipCode: optional(text)
    })
  },
  getCustomer: {
    method: 'GET',
    path: '/v1/customers',
    repeat: 'always',
    input: customerQuery,
    toAnswer: toCustomer
  },
  getMemberTierCustomer: {
    method: 'GET',
    path: '/v1/customers/member-tier',
    repeat: 'always',
    input: customerQuery,
    toAnswer: toMemberTier
  }
} as const satisfies OperationsOf<CustomerOperations>
