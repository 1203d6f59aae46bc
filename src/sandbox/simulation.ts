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

/** An event of a kind. */
interface Kind<Type extends string> {
  /** Kind of the event. */
  type: Type
}

/** An address that someone submitted. */
interface WithEmail {
  /** Email address of the person. */
  email: string
}

/** A code that someone used. */
interface WithCode {
  /** Referral code of the link. */
  referralCode: string
}

/** Something that happens outside MAPI, and that reports show. */
export type Simulation =
  /** A click on a link. */
  | (Kind<'click'> & WithCode & Click)
  /** A share of a link. */
  | (Kind<'share'> & WithCode & Share)
  /** A view of a widget. */
  | (Kind<'widgetView'> & WidgetView)
  /** An address that was submitted to a widget; with a `referralCode`, by a friend. */
  | (Kind<'emailCapture'> & WithEmail & Partial<WithCode> & EmailCapture & { customerId?: string })
  /** An address that no longer wants emails. */
  | (Kind<'emailOptOut'> & WithEmail & { campaignId?: string })
  /** Something that happened to an email. */
  | (Kind<'emailEvent'> & EmailEvent & Moment)
  /** A referral code that Friendbuy blocks. */
  | (Kind<'blockReferralCode'> & WithCode)
