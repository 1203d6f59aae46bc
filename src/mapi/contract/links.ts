/** Personal referral links, and the status of their codes. */
import { toRecord, withList, withNumbers } from './answers'
import type { Channel } from './common'
import type { OperationsOf } from './operation'
import { list, object, optional, record, scalar, text } from './schema'
import { isRecord } from '../../values'

/** A personal link to create, or to retrieve if it exists. */
export interface ReferralLinkRequest {
  /** Email address of the advocate. */
  email: string
  /** ID of the campaign. */
  campaignId: string
  /** ID of the widget that reports list the link under. */
  widgetId?: string
  /** The shop's ID of the advocate. */
  customerId?: string
  /** First name of the advocate. */
  firstName?: string
  /** Last name of the advocate. */
  lastName?: string
  /** Query parameters of the page that the link leads to, by name. */
  destinationUrlQueryParams?: Record<string, string | number | boolean>
  /** Text that the referral code is made from. */
  seed?: string
  /** Channel that reports list the link under; Friendbuy recommends `purl`. */
  channel?: Channel
  /** IP address of the advocate, for fraud checks. */
  ipAddress?: string
  /** User agent of the advocate's browser, for fraud checks. */
  userAgent?: string
}

/** A personal link. */
export interface ReferralLink {
  /** The link. */
  link: string
  /** Referral code of the link. */
  referralCode: string
  /** Time at which the link was created, as ISO text. */
  createdOn: string
}

/** Up to 10 personal links. */
export interface ReferralLinkBatchRequest {
  /** The links, 1 to 10. */
  requests: ReferralLinkRequest[]
}

/** A personal link in an answer to a batch. */
export interface ReferralLinkOfBatch extends ReferralLink {
  /** Email address of the advocate. */
  email: string
  /** ID of the campaign. */
  campaignId: string
  /** The shop's ID of the advocate. */
  customerId?: string
}

/** The links of a batch, in any order. */
export interface ReferralLinkBatch {
  /** The links. */
  purls: ReferralLinkOfBatch[]
}

/** A referral code to look up. */
export interface ReferralStatusQuery {
  /** The referral code. */
  code: string
}

/** Standing of a referral code. */
export interface ReferralCodeStatus {
  /** The referral code. */
  code: string
  /** Standing, such as `active`. */
  status: 'active' | (string & {})
}

/** Amount that an advocate earns. */
export interface RewardDetails {
  /** Amount of the reward. */
  amount?: number
  /** Currency of the amount. */
  value?: string
}

/** Amount that a friend gets. */
export interface FriendIncentiveDetails extends RewardDetails {
  /** Description of the incentive. */
  description?: string
}

/** The person who shares a referral code. */
export interface Advocate {
  /** Email address. */
  email?: string
  /** The shop's ID of the advocate. */
  customerId?: string
  /** Full name. */
  name?: string
  /** Amount that the advocate earns. */
  rewardDetails: RewardDetails
}

/** A referral code, its owner, and what it is worth. */
export interface ReferralStatus {
  /** The code and its standing. */
  referralCode: ReferralCodeStatus
  /** ID of the campaign. */
  campaignId: string
  /** Owner of the code. */
  advocate: Advocate
  /** Amount that a friend gets. */
  friendIncentive: FriendIncentiveDetails
}

/** Operations on referral links and codes. */
export interface LinkOperations {
  /**
   * Creates a personal referral link, or retrieves the one that exists.
   *
   * @see https://developers.friendbuy.com/#postpersonalreferrallink
   * @example
   * const { link } = await mapi.postPersonalReferralLink({ email: 'ada@example.com', campaignId })
   */
  readonly postPersonalReferralLink: (request: ReferralLinkRequest) => Promise<ReferralLink>
  /**
   * Creates or retrieves up to 10 links. For any number of them, use `createReferralLinks`.
   *
   * @see https://developers.friendbuy.com/#postpersonalreferrallinkbatch
   * @example
   * const { purls } = await mapi.postPersonalReferralLinkBatch({ requests: [{ email, campaignId }] })
   */
  readonly postPersonalReferralLinkBatch: (batch: ReferralLinkBatchRequest) => Promise<ReferralLinkBatch>
  /**
   * Looks up a referral code. MAPI answers 400 for a blocked or invalid code.
   *
   * @see https://developers.friendbuy.com/#getreferralstatus
   * @example
   * const { advocate } = await mapi.getReferralStatus({ code: 'ada' })
   */
  readonly getReferralStatus: (query: ReferralStatusQuery) => Promise<ReferralStatus>
}

const referralLinkRequest = object<ReferralLinkRequest>({
  email: text,
  campaignId: text,
  widgetId: optional(text),
  customerId: optional(text),
  firstName: optional(text),
  lastName: optional(text),
  destinationUrlQueryParams: optional(record(scalar)),
  seed: optional(text),
  channel: optional(text),
  ipAddress: optional(text),
  userAgent: optional(text)
})

/** The table has amounts as text, the example as numbers. */
const toReferralStatus = (body: unknown) => {
  const status = toRecord(body)
  const { advocate, friendIncentive } = status
  return {
    ...status,
    ...(isRecord(advocate) && {
      advocate: isRecord(advocate.rewardDetails)
        ? { ...advocate, rewardDetails: withNumbers(advocate.rewardDetails, 'amount') }
        : advocate
    }),
    ...(isRecord(friendIncentive) && { friendIncentive: withNumbers(friendIncentive, 'amount') })
  }
}

export const linkOperations = {
  postPersonalReferralLink: {
    method: 'POST',
    path: '/v1/personal-referral-link',
    repeat: 'always',
    input: referralLinkRequest
  },
  postPersonalReferralLinkBatch: {
    method: 'POST',
    path: '/v1/personal-referral-link-batch',
    repeat: 'always',
    input: object<ReferralLinkBatchRequest>({ requests: list(referralLinkRequest, 1, 10) }),
    toAnswer: (body) => withList(body, 'purls', 'response')
  },
  getReferralStatus: {
    method: 'GET',
    path: '/v1/referral-status',
    repeat: 'always',
    input: object<ReferralStatusQuery>({ code: text }),
    toAnswer: toReferralStatus
  }
} as const satisfies OperationsOf<LinkOperations>
