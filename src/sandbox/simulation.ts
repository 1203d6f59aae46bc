import type { Click, EmailCapture, Share, WidgetView } from '../mapi/contract/operations'
import type { EmailEvent } from './email-metrics'

/** Time of a simulated event. */
interface Moment {
  /**
   * Time at which it happened, as ISO text.
   *
   * @default now
   */
  createdOn?: string
}

/** A code that someone used. */
interface WithCode {
  /** Referral code of the link. */
  referralCode: string
}

/** Something that happens outside MAPI, and that reports show. */
export type Simulation =
  /** A click on a link. */
  | ({ type: 'click' } & WithCode & Click)
  /** A share of a link. */
  | ({ type: 'share' } & WithCode & Share)
  /** A view of a widget. */
  | ({ type: 'widgetView' } & WidgetView)
  /** An address that was submitted to a widget; with a `referralCode`, by a friend. */
  | ({ type: 'emailCapture'; email: string; referralCode?: string; customerId?: string } & EmailCapture)
  /** An address that no longer wants emails. */
  | { type: 'emailOptOut'; email: string; campaignId?: string }
  /** Something that happened to an email. */
  | ({ type: 'emailEvent' } & EmailEvent & Moment)
  /** A referral code that Friendbuy blocks. */
  | ({ type: 'blockReferralCode' } & WithCode)
