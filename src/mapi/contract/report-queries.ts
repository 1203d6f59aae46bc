/** Inputs of the reports. */
import type { Channel, Moment } from './common'
import { boolean, day, integer, moment, object, optional, text } from './schema'

/** Range of dates that a report covers, both ends included. */
export interface ReportRange {
  /** Beginning of the range. */
  fromDate: Moment
  /** End of the range. */
  toDate: Moment
  /** Maximum number of items in a page. */
  pageSize?: number
  /** Token of the page to resume from, which holds the range and the page size. */
  pageToken?: string
}

/** A page to resume from. The token holds the range and the page size, but not the filters. */
export interface ReportPage {
  /** Token of the page, as `nextPageToken` gave it. */
  pageToken: string
  /** Beginning of the range; ignored. */
  fromDate?: Moment
  /** End of the range; ignored. */
  toDate?: Moment
  /** Maximum number of items in a page; ignored. */
  pageSize?: number
}

/** A range of dates, or the page to resume from. */
export type ReportPosition = ReportRange | ReportPage

/** Filter of every report. */
export interface CampaignFilter {
  /** ID of the campaign. */
  campaignId?: string
}

/** Filter by the advocate. */
export interface AdvocateFilter {
  /** Email address of the advocate. */
  advocateEmail?: string
  /** The shop's ID of the advocate. */
  advocateCustomerId?: string
}

/** Filter by the friend. */
export interface FriendFilter {
  /** Email address of the friend. */
  friendEmail?: string
  /** The shop's ID of the friend. */
  friendCustomerId?: string
}

/** Filter by the channel. */
export interface ChannelFilter {
  /** Channel of the link. */
  channel?: Channel
}

/** Filter by the customer. */
export interface CustomerFilter {
  /** The shop's ID of the customer. */
  customerId?: string
  /** Email address of the customer. */
  email?: string
}

/** Filter by the widget. */
export interface WidgetFilter {
  /** Name of the widget. */
  widgetName?: string
  /** Type of the widget. */
  widgetType?: 'advocateShare' | 'emailCapture' | (string & {})
}

/** Filter by who receives a reward. */
export interface RecipientFilter {
  /** Recipient of the reward. */
  recipientType?: 'advocate' | 'friend' | (string & {})
}

/** Filter by the widget that an address was submitted to. */
export interface EmailCaptureFilter {
  /** Type of the email capture. */
  emailCaptureType?: 'advocate' | 'friend' | (string & {})
  /** Email address that was submitted. */
  email?: string
}

/** Widget views to list. */
export type WidgetViewQuery = ReportPosition & CampaignFilter & WidgetFilter
/** Shares to list. */
export type ShareQuery = ReportPosition & CampaignFilter & AdvocateFilter & ChannelFilter
/** Clicks to list. */
export type ClickQuery = ReportPosition & CampaignFilter & ChannelFilter
/** Referred sign-ups or purchases to list. */
export type ReferralQuery = ReportPosition & CampaignFilter & CustomerFilter
/** Rewards of advocates to list. */
export type AdvocateRewardQuery = ReportPosition & CampaignFilter & AdvocateFilter
/** Incentives of friends to list. */
export type FriendIncentiveQuery = ReportPosition & CampaignFilter & FriendFilter
/** Rewards of referrals to list. */
export type ReferralRewardQuery = AdvocateRewardQuery & RecipientFilter
/** Email captures to list. */
export type EmailCaptureQuery = ReportPosition & CampaignFilter & EmailCaptureFilter

/** Email metrics to count. */
export interface EmailMetricsQuery extends CampaignFilter {
  /** First day, such as `2024-01-01`. */
  fromDate: string
  /** Last day, such as `2024-01-31`. */
  toDate: string
  /** Time zone of the days, such as `America/Los_Angeles`. */
  zone: string
  /** ID of the widget. */
  widgetId?: string
  /** Adds the metrics of each day. */
  includeSeries?: boolean
}

/** Balances to list. */
export interface LedgerHeadQuery {
  /** Currency of the ledgers, as it is spelled in Friendbuy. */
  currency: string
  /** Maximum number of items in a page; ignored with `pageToken`. */
  pageSize?: number
  /** Token of the page to resume from. */
  pageToken?: string
}

const position = {
  fromDate: optional(moment),
  toDate: optional(moment),
  pageSize: optional(integer(1)),
  pageToken: optional(text)
}
const campaign = { campaignId: optional(text) }
const advocate = { advocateEmail: optional(text), advocateCustomerId: optional(text) }
const channel = { channel: optional(text) }

export const reportQueries = {
  widgetViews: object<WidgetViewQuery>({
    ...position,
    ...campaign,
    widgetName: optional(text),
    widgetType: optional(text)
  }),
  shares: object<ShareQuery>({ ...position, ...campaign, ...advocate, ...channel }),
  clicks: object<ClickQuery>({ ...position, ...campaign, ...channel }),
  referrals: object<ReferralQuery>({
    ...position,
    ...campaign,
    customerId: optional(text),
    email: optional(text)
  }),
  advocateRewards: object<AdvocateRewardQuery>({ ...position, ...campaign, ...advocate }),
  friendIncentives: object<FriendIncentiveQuery>({
    ...position,
    ...campaign,
    friendCustomerId: optional(text),
    friendEmail: optional(text)
  }),
  referralRewards: object<ReferralRewardQuery>({
    ...position,
    ...campaign,
    ...advocate,
    recipientType: optional(text)
  }),
  emailCaptures: object<EmailCaptureQuery>({
    ...position,
    ...campaign,
    emailCaptureType: optional(text),
    email: optional(text)
  }),
  emailMetrics: object<EmailMetricsQuery>({
    fromDate: day,
    toDate: day,
    zone: text,
    ...campaign,
    widgetId: optional(text),
    includeSeries: optional(boolean)
  }),
  ledgerHeads: object<LedgerHeadQuery>({
    currency: text,
    pageSize: optional(integer(1)),
    pageToken: optional(text)
  })
}
