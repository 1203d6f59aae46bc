/** The data that Friendbuy keeps about a person, for the rights that privacy laws give. */
import { toRecord } from './answers'
import type { OperationsOf } from './operation'
import { object, optional, text } from './schema'

/** A person, by email address or customer ID. */
export type PersonQuery =
  | {
      /** Email address of the person. */
      email: string
      /** The shop's ID of the customer. */
      customerId?: string
    }
  | {
      /** Email address of the person. */
      email?: string
      /** The shop's ID of the customer. */
      customerId: string
    }

/** Number of shares or conversions by channel. */
export interface ChannelCounts {
  /** By email. */
  email?: number
  /** By Facebook. */
  facebook?: number
  /** By Facebook Messenger. */
  messenger?: number
  /** By text message. */
  sms?: number
  /** By Twitter. */
  twitter?: number
  /** By a personal link. */
  purl?: number
}

/** An event that Friendbuy has recorded about a person. */
export interface TrackedEvent {
  /** Type of the event. */
  type?: string
  /** Address of the page on which it happened. */
  url?: string
}

/** Data that Friendbuy keeps about a person. */
export interface UserData {
  /** Email addresses. */
  emails?: string[]
  /** Names. */
  names?: string[]
  /** The shop's IDs of the customer. */
  customerIds?: string[]
  /** IP addresses. */
  ipAddresses?: string[]
  /** Languages of browsers. */
  languages?: string[]
  /** User agents of browsers. */
  userAgents?: string[]
  /** Color depths of screens, in bits. */
  colorDepths?: number[]
  /** Platforms of browsers. */
  platforms?: string[]
  /** Sizes of screens. */
  screenSizes?: string[]
  /** Recorded events. */
  trackedEvents?: TrackedEvent[]
  /** Shares by channel. */
  shares?: ChannelCounts
  /** Conversions by channel. */
  conversions?: ChannelCounts
}

/** Confirmation that a deletion was requested. It runs later, and cannot be undone. */
export interface UserDataDeletion {
  /** ID of the deletion, for questions to Friendbuy. */
  jobId?: string
}

/** Operations on personal data. */
export interface UserDataOperations {
  /**
   * Gives all data about a person.
   *
   * @see https://developers.friendbuy.com/#getuserdata
   * @example
   * const { trackedEvents } = await mapi.getUserData({ email: 'ada@example.com' })
   */
  readonly getUserData: (query: PersonQuery) => Promise<UserData>
  /**
   * Requests the deletion of all data about a person. It cannot be undone.
   *
   * @see https://developers.friendbuy.com/#deleteuserdata
   * @example
   * const { jobId } = await mapi.deleteUserData({ customerId: 'c-1' })
   */
  readonly deleteUserData: (query: PersonQuery) => Promise<UserDataDeletion>
}

const personQuery = {
  input: object<PersonQuery>({ email: optional(text), customerId: optional(text) }),
  atLeastOne: ['email', 'customerId'],
  repeat: 'always'
} as const

export const userDataOperations = {
  getUserData: { method: 'GET', path: '/v1/user-data', ...personQuery },
  deleteUserData: {
    method: 'DELETE',
    path: '/v1/user-data',
    ...personQuery,
    // The reference answers with jobId, the guide with task_id or no body at all.
    toAnswer: (body) => {
      const deletion = toRecord(body)
      const { jobId = deletion.task_id } = deletion
      return { ...deletion, ...(typeof jobId === 'string' && { jobId }) }
    }
  }
} as const satisfies OperationsOf<UserDataOperations>
