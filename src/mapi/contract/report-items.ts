/** Items of the reports. MAPI's tables require none of their properties. */
import type { Channel } from './common'

/** Properties of every item of a report. */
export interface ReportItem {
  /** ID of the campaign. */
  campaignId?: string
  /** Name of the campaign. */
  campaignName?: string
  /** Time at which it happened, as ISO text. */
  createdOn?: string
}

/** The browser with which something was done. */
export interface BrowserDetails {
  /** User agent of the browser. */
  userAgent?: string
  /** IP address of the browser. */
  ipAddress?: string
}

/** The advocate whose referral code was involved. */
export interface AdvocateDetails {
  /** The shop's ID of the advocate. */
  advocateCustomerId?: string
  /** Email address of the advocate. */
  advocateEmail?: string
  /** Name of the advocate. */
  advocateName?: string
  /** Referral code of the advocate. */
  referralCode?: string
}

/** The friend who was referred. */
export interface FriendDetails {
  /** The shop's ID of the friend. */
  friendCustomerId?: string
  /** Email address of the friend. */
  friendEmail?: string
  /** Name of the friend. */
  friendName?: string
}

/** The channel that a link was shared through. */
export interface ChannelDetails {
  /** Channel of the link. */
  channel?: Channel
}

/** A view of a widget. */
export interface WidgetView extends ReportItem, BrowserDetails {
  /** The shop's ID of the viewer, if known. */
  customerId?: string
  /** Email address of the viewer, if known. */
  email?: string
  /** Name of the widget. */
  widgetName?: string
  /** Type of the widget. */
  widgetType?: 'advocateShare' | 'emailCapture' | (string & {})
}

/** A share of a link. */
export interface Share extends ReportItem, BrowserDetails, AdvocateDetails, ChannelDetails {}

/** A click on a link. */
export interface Click extends Share {
  /** Address that the link led to. */
  destinationUrl?: string
}

/** A sign-up or purchase that was referred. */
export interface Referral extends ReportItem, AdvocateDetails {
  /** The shop's ID of the customer. */
  customerId?: string
  /** Email address of the customer. */
  email?: string
  /** Name of the customer. */
  name?: string
  /** IP address of the customer. */
  ipAddress?: string
  /** True for a new customer. */
  newCustomer?: boolean
}

/** A sign-up that was referred. */
export interface ReferredSignUp extends Referral, ChannelDetails {
  /** User agent of the customer's browser. */
  userAgent?: string
}

/** One line of a referred order. */
export interface ReferredProduct {
  /** SKU of the product. */
  sku: string
  /** Name of the product. */
  name?: string
  /** Number of items. */
  quantity?: number
  /** Price of one item. */
  price?: number
}

/** A purchase that was referred. */
export interface ReferredPurchase extends Referral {
  /** ID of the order. */
  orderId?: string
  /** Total of the order. */
  amount?: number
  /** Coupon code that was used. */
  couponCode?: string
  /** Lines of the order. */
  products?: ReferredProduct[]
}

/** Circumstances of a reward or an incentive. */
export interface Earning extends ReportItem, AdvocateDetails, FriendDetails, ChannelDetails {
  /** Coupon code that was issued. */
  couponCode?: string
  /** Event that it was earned by, such as `purchase`. */
  trigger?: string
}

/** Type of a reward. Webhooks name the same types differently. */
export type RewardType =
  'Account Credit' | 'Coupon Code' | 'Gift Card' | 'Custom' | 'Ledger' | 'Other' | (string & {})

/** A reward that an advocate was given. */
export interface DistributedReward extends Earning {
  /** Type of the reward. */
  rewardType?: RewardType
  /** Value of the reward. */
  rewardAmount?: number
}

/** An incentive that a friend was given. */
export interface DistributedIncentive extends Earning {
  /** Type of the incentive. */
  incentiveType?: RewardType
  /** Value of the incentive. */
  incentiveAmount?: number
}

/** A reward of a referral, whatever became of it. */
export interface ReferralReward extends DistributedReward {
  /** ID of the reward. */
  id?: string
  /** Recipient of the reward. */
  recipientType?: 'advocate' | 'friend' | (string & {})
  /** Status of the reward. */
  status?: 'Rewarded' | 'Distributed' | 'Pending' | 'Rejected' | 'Not Eligible' | 'Error' | (string & {})
}

/** An email address that was submitted to a widget. */
export interface EmailCapture extends ReportItem {
  /** Name that was submitted. */
  name?: string
  /** Email address that was submitted. */
  email?: string
  /** Name of the widget. */
  widgetName?: string
  /** IP address of the browser. */
  ipAddress?: string
  /** Type of the widget; `other` stands for a friend's widget without a referral. */
  emailCaptureType?: 'advocate' | 'friend' | 'other' | (string & {})
  /** True if the person subscribed to a newsletter. */
  newsletterOptIn?: boolean
}

/** Counts of one kind of email. */
export interface EmailCounts {
  /** Number of opens. */
  totalOpens?: number
  /** Number of emails that were opened. */
  uniqueOpens?: number
  /** Number of clicks. */
  totalClicks?: number
  /** Number of emails with a click. */
  uniqueClicks?: number
  /** Number of shares. */
  shares?: number
  /** Number of recipients, which may exceed the shares. */
  recipients?: number
  /** Number of delivered emails. */
  delivered?: number
  /** Number of bounced emails. */
  bounced?: number
  /** Number of spam complaints. */
  spam?: number
}

/** Counts of emails. */
export interface EmailMetricsCounts {
  /** Emails that share a link. */
  shareEmails?: EmailCounts
  /** Emails that remind of a share. */
  reminderEmails?: EmailCounts
}

/** Counts of one day. */
export interface EmailMetricsOfDay extends EmailMetricsCounts {
  /** The day, such as `2024-01-31`. */
  date?: string
}

/** Counts of emails in a range of days. */
export interface EmailMetrics extends EmailMetricsCounts {
  /** First day. */
  fromDate?: string
  /** Last day. */
  toDate?: string
  /** Time zone of the days. */
  zone?: string
  /** Counts by day; only with `includeSeries`. */
  series?: EmailMetricsOfDay[]
}

/** Balance of one customer. */
export interface LedgerHead {
  /** The shop's ID of the customer. */
  customerId?: string
  /** Currency of the ledger. */
  currency?: string
  /** Balance. */
  currentBalance?: number
  /** Time of the last change, as ISO text. */
  lastUpdatedOn?: string
}
