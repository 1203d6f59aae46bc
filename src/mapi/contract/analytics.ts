/** Reports, in pages, and metrics. */
import { renameIfMissing, toPage } from './answers'
import type { Paged } from './common'
import type { OperationsOf } from './operation'
import type {
  Click,
  DistributedIncentive,
  DistributedReward,
  EmailCapture,
  EmailMetrics,
  LedgerHead,
  ReferralReward,
  ReferredPurchase,
  ReferredSignUp,
  Share,
  WidgetView
} from './report-items'
import {
  type AdvocateRewardQuery,
  type ClickQuery,
  type EmailCaptureQuery,
  type EmailMetricsQuery,
  type FriendIncentiveQuery,
  type LedgerHeadQuery,
  type ReferralQuery,
  type ReferralRewardQuery,
  reportQueries,
  type ShareQuery,
  type WidgetViewQuery
} from './report-queries'

/** Operations that report what happened. */
export interface AnalyticsOperations {
  /**
   * Lists views of widgets.
   *
   * @see https://developers.friendbuy.com/#getwidgetviews
   * @example
   * for await (const view of mapi.getWidgetViews({ fromDate, toDate })) console.log(view.widgetName)
   */
  readonly getWidgetViews: (query: WidgetViewQuery) => Paged<WidgetView>
  /**
   * Lists shares of links.
   *
   * @see https://developers.friendbuy.com/#getshares
   * @example
   * for await (const share of mapi.getShares({ fromDate, toDate })) console.log(share.advocateEmail)
   */
  readonly getShares: (query: ShareQuery) => Paged<Share>
  /**
   * Lists valid clicks on links.
   *
   * @see https://developers.friendbuy.com/#getclicks
   * @example
   * for await (const click of mapi.getClicks({ fromDate, toDate, channel: 'email' })) console.log(click.referralCode)
   */
  readonly getClicks: (query: ClickQuery) => Paged<Click>
  /**
   * Lists sign-ups that were referred.
   *
   * @see https://developers.friendbuy.com/#getsignups
   * @example
   * for await (const signUp of mapi.getSignups({ fromDate, toDate })) console.log(signUp.advocateEmail)
   */
  readonly getSignups: (query: ReferralQuery) => Paged<ReferredSignUp>
  /**
   * Lists purchases that were referred.
   *
   * @see https://developers.friendbuy.com/#getpurchases
   * @example
   * for await (const purchase of mapi.getPurchases({ fromDate, toDate })) console.log(purchase.orderId)
   */
  readonly getPurchases: (query: ReferralQuery) => Paged<ReferredPurchase>
  /**
   * Lists rewards that advocates were given.
   *
   * @see https://developers.friendbuy.com/#getdistributedadvocaterewards
   * @example
   * for await (const reward of mapi.getDistributedAdvocateRewards({ fromDate, toDate })) console.log(reward.couponCode)
   */
  readonly getDistributedAdvocateRewards: (query: AdvocateRewardQuery) => Paged<DistributedReward>
  /**
   * Lists incentives that friends were given.
   *
   * @see https://developers.friendbuy.com/#getdistributedfriendincentives
   * @example
   * for await (const incentive of mapi.getDistributedFriendIncentives({ fromDate, toDate })) console.log(incentive.friendEmail)
   */
  readonly getDistributedFriendIncentives: (query: FriendIncentiveQuery) => Paged<DistributedIncentive>
  /**
   * Lists rewards of referrals with their status, those that were rejected included.
   *
   * @see https://developers.friendbuy.com/#getreferralrewards
   * @example
   * for await (const reward of mapi.getReferralRewards({ fromDate, toDate })) console.log(reward.id, reward.status)
   */
  readonly getReferralRewards: (query: ReferralRewardQuery) => Paged<ReferralReward>
  /**
   * Lists email addresses that were submitted to widgets.
   *
   * @see https://developers.friendbuy.com/#getemailcaptures
   * @example
   * for await (const capture of mapi.getEmailCaptures({ fromDate, toDate })) console.log(capture.email)
   */
  readonly getEmailCaptures: (query: EmailCaptureQuery) => Paged<EmailCapture>
  /**
   * Counts emails in a range of days, both included.
   *
   * @see https://developers.friendbuy.com/#getemailmetrics
   * @example
   * const { shareEmails } = await mapi.getEmailMetrics({ fromDate: '2024-01-01', toDate: '2024-01-31', zone: 'UTC' })
   */
  readonly getEmailMetrics: (query: EmailMetricsQuery) => Promise<EmailMetrics>
  /**
   * Lists the balances of all customers in a currency.
   *
   * @see https://developers.friendbuy.com/#getledgerheads
   * @example
   * for await (const { customerId, currentBalance } of mapi.getLedgerHeads({ currency: 'Points' })) console.log(customerId, currentBalance)
   */
  readonly getLedgerHeads: (query: LedgerHeadQuery) => Paged<LedgerHead>
}

const report = {
  method: 'GET',
  repeat: 'always',
  paged: 'byDate',
  toAnswer: (body: unknown) => toPage(body)
} as const

export const analyticsOperations = {
  getWidgetViews: { ...report, path: '/v1/analytics/widget-views', input: reportQueries.widgetViews },
  getShares: { ...report, path: '/v1/analytics/shares', input: reportQueries.shares },
  getClicks: { ...report, path: '/v1/analytics/clicks', input: reportQueries.clicks },
  getSignups: { ...report, path: '/v1/analytics/account-sign-ups', input: reportQueries.referrals },
  getPurchases: { ...report, path: '/v1/analytics/purchases', input: reportQueries.referrals },
  getDistributedAdvocateRewards: {
    ...report,
    path: '/v1/analytics/distributed-advocate-rewards',
    input: reportQueries.advocateRewards
  },
  getDistributedFriendIncentives: {
    ...report,
    path: '/v1/analytics/distributed-friend-incentives',
    input: reportQueries.friendIncentives,
    // The reference's example has the reward's names, its table the incentive's.
    toAnswer: (body) =>
      toPage(body, (item) =>
        renameIfMissing(
          renameIfMissing(item, 'rewardType', 'incentiveType'),
          'rewardAmount',
          'incentiveAmount'
        )
      )
  },
  getReferralRewards: {
    ...report,
    path: '/v1/analytics/rewards/referral',
    input: reportQueries.referralRewards
  },
  getEmailCaptures: { ...report, path: '/v1/analytics/email-captures', input: reportQueries.emailCaptures },
  getEmailMetrics: {
    method: 'GET',
    path: '/v1/analytics/email-metrics',
    repeat: 'always',
    input: reportQueries.emailMetrics
  },
  getLedgerHeads: {
    ...report,
    path: '/v1/analytics/loyalty/ledger-heads',
    paged: 'whole',
    input: reportQueries.ledgerHeads
  }
} as const satisfies OperationsOf<AnalyticsOperations>
