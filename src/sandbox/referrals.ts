import { randomUUID } from 'node:crypto'
import type {
  Click,
  DistributedIncentive,
  DistributedReward,
  EmailCapture,
  ReferralReward,
  ReferredPurchase,
  ReferredSignUp,
  Share,
  WidgetView
} from '../mapi/contract/operations'
import type { Coupons, Recipient } from './coupons'
import type { Ledgers } from './ledgers'
import { type Link, type Links, nameOf } from './links'
import { type Identity, isIdentifiedBy, type NamedPerson } from './people'
import { isSameAddress, type Row, Timeline } from './reports'
import type { SandboxReward } from './setup'

/** An event that may be a referral. */
export interface ReferredEvent extends NamedPerson {
  /** `purchase`, `sign_up`, `email_capture`, or the type of a custom event. */
  trigger: string
  couponCode?: string
  referralCode?: string
  isNewCustomer?: boolean
  ipAddress?: string
  userAgent?: string
}

/** Order of a referred purchase. */
type Order = Pick<ReferredPurchase, 'orderId' | 'amount' | 'couponCode' | 'products'>

/** A share of a link that led to something, for the counts of a person's data. */
interface Conversion {
  advocate: Recipient
  channel: string
}

/** Referrals of one merchant: whom a code belongs to, and what it earns. */
export class Referrals {
  readonly #links: Links
  readonly #coupons: Coupons
  readonly #ledgers: Ledgers
  readonly widgetViews: Timeline<WidgetView>
  readonly shares: Timeline<Share>
  readonly clicks: Timeline<Click>
  readonly signUps: Timeline<ReferredSignUp>
  readonly purchases: Timeline<ReferredPurchase>
  readonly rewards: Timeline<ReferralReward>
  readonly emailCaptures: Timeline<EmailCapture>
  readonly #conversions: Timeline<Conversion>

  constructor(parts: { links: Links; coupons: Coupons; ledgers: Ledgers }, keep: number) {
    this.#links = parts.links
    this.#coupons = parts.coupons
    this.#ledgers = parts.ledgers
    this.widgetViews = new Timeline(keep)
    this.shares = new Timeline(keep)
    this.clicks = new Timeline(keep)
    this.signUps = new Timeline(keep)
    this.purchases = new Timeline(keep)
    this.rewards = new Timeline(keep)
    this.emailCaptures = new Timeline(keep)
    this.#conversions = new Timeline(keep)
  }

  /** Rewards that advocates were given. */
  distributedRewards(): Row<DistributedReward>[] {
    return this.#distributed('advocate').map((row) => ({ ...row, item: toDistributed(row.item) }))
  }

  /** Incentives that friends were given, under the names of the reference's table. */
  distributedIncentives(): Row<DistributedIncentive>[] {
    return this.#distributed('friend').map((row) => ({ ...row, item: toIncentive(row.item) }))
  }

  #distributed(recipientType: 'advocate' | 'friend') {
    return this.rewards.rows.filter(
      ({ item }) => item.recipientType === recipientType && item.status === 'Distributed'
    )
  }

  /** Records an event as a referral, and what it earns, if it carries the coupon or code of an advocate. */
  record(event: ReferredEvent, at: number, order?: Order): void {
    const link = this.#attribute(event)
    if (!link) return
    const { email, customerId, ipAddress, userAgent, isNewCustomer: newCustomer } = event
    const referral = {
      ...this.toItem(link, at),
      customerId,
      email,
      name: nameOf(event),
      ipAddress,
      newCustomer
    }
    if (event.trigger === 'purchase') this.purchases.add({ ...referral, ...order }, at)
    if (event.trigger === 'sign_up') {
      this.signUps.add({ ...referral, userAgent, channel: channelOf(link) }, at)
    }
    this.#conversions.add({ advocate: link.request, channel: channelOf(link) }, at)
    const { advocateReward, friendIncentive } = this.#links.campaignOf(link) ?? {}
    this.#reward('friend', friendIncentive, { event, link, at })
    this.#reward('advocate', advocateReward, { event, link, at })
  }

  /** Properties that every item of a report has that is about a link. */
  toItem(link: Link, at: number) {
    const { request, referralCode } = link
    return {
      advocateCustomerId: request.customerId,
      advocateEmail: request.email,
      advocateName: nameOf(request),
      referralCode,
      campaignId: request.campaignId,
      campaignName: this.#links.campaignOf(link)?.name,
      createdOn: new Date(at).toISOString()
    }
  }

  /** Number of shares and conversions of a person, by channel. */
  countsOf(person: Identity) {
    const shares = this.shares.rows
      .map(({ item }) => item)
      .filter(({ advocateEmail: email, advocateCustomerId: customerId }) =>
        isIdentifiedBy(person, { email, customerId })
      )
    const conversions = this.#conversions.rows
      .map(({ item }) => item)
      .filter(({ advocate }) => isIdentifiedBy(person, advocate))
    return {
      shares: countBy(shares.map(({ channel = 'purl' }) => channel)),
      conversions: countBy(conversions.map(({ channel }) => channel))
    }
  }

  /** Forgets what reports say about a person. */
  forget(person: Identity): void {
    const isForeign = (item: object) =>
      !Object.entries(item).some(
        ([name, value]) =>
          typeof value === 'string' &&
          ((/email$/i.test(name) && person.emails.has(value.toLowerCase())) ||
            (/customerId$/i.test(name) && person.customerIds.has(value)))
      )
    for (const report of [this.widgetViews, this.shares, this.clicks, this.signUps]) report.filter(isForeign)
    for (const report of [this.purchases, this.rewards, this.emailCaptures]) report.filter(isForeign)
    this.#conversions.filter(({ advocate }) => !isIdentifiedBy(person, advocate))
  }

  /** Friendbuy's order: the coupon of an incentive, then the referral code. */
  #attribute({ couponCode, referralCode }: ReferredEvent): Link | undefined {
    const link =
      this.#links.byCode(this.#coupons.referralCodeOf(couponCode)) ?? this.#links.byCode(referralCode)
    return link?.isBlocked ? undefined : link
  }

  #reward(
    recipientType: 'advocate' | 'friend',
    reward: SandboxReward | undefined,
    { event, link, at }: { event: ReferredEvent; link: Link; at: number }
  ): void {
    if (!reward || (reward.trigger ?? 'purchase') !== event.trigger) return
    const { amount: rewardAmount, type: rewardType = 'Coupon Code' } = reward
    const recipient = recipientType === 'friend' ? event : link.request
    const referralCode = recipientType === 'friend' ? link.referralCode : undefined
    this.rewards.add(
      {
        ...this.toItem(link, at),
        id: randomUUID(),
        rewardType,
        rewardAmount,
        ...(isSelfReferral(event, link)
          ? { status: 'Rejected' }
          : rewardType === 'Ledger'
            ? { status: this.#credit(recipient, reward) }
            : {
                status: 'Distributed',
                couponCode: this.#coupons.distribute(recipient, at, { referralCode })
              }),
        trigger: event.trigger,
        recipientType,
        channel: channelOf(link),
        friendCustomerId: event.customerId,
        friendEmail: event.email,
        friendName: nameOf(event)
      },
      at
    )
  }

  /** Adds a reward to a ledger, and gives the reward's status. */
  #credit({ customerId }: Recipient, { amount, unit }: SandboxReward): 'Distributed' | 'Error' {
    if (customerId === undefined) return 'Error'
    try {
      this.#ledgers.add(customerId, unit, { value: amount, description: 'Referral reward' })
      return 'Distributed'
    } catch {
      // The balance would exceed the cap.
      return 'Error'
    }
  }
}

const channelOf = ({ request: { channel = 'purl' } }: Link) => channel

const isSelfReferral = ({ email, customerId }: ReferredEvent, { request }: Link) =>
  isSameAddress(email, request.email) || (customerId !== undefined && customerId === request.customerId)

const toIncentive = ({
  rewardType: incentiveType,
  rewardAmount: incentiveAmount,
  id: _id,
  recipientType: _recipientType,
  status: _status,
  ...circumstances
}: ReferralReward): DistributedIncentive => ({ ...circumstances, incentiveType, incentiveAmount })

/** The same reward as the report of distributed rewards has it. */
const toDistributed = ({
  id: _id,
  recipientType: _recipientType,
  status: _status,
  ...reward
}: ReferralReward): DistributedReward => reward

const countBy = (channels: readonly string[]) => {
  const counts: Record<string, number> = {}
  for (const channel of channels) counts[channel] = (counts[channel] ?? 0) + 1
  return counts
}
