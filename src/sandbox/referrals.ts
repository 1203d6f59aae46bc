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
import type { RewardValidation } from '../webhooks/reward-validation'
import type { Reward } from '../webhooks/webhook'
import type { Coupons, Recipient } from './coupons'
import type { Ledgers } from './ledgers'
import { type Link, type Links, nameOf } from './links'
import { type Identity, isIdentifiedBy, type NamedPerson } from './people'
import { isSameAddress, type Row, Timeline } from './reports'
import type { SandboxReward } from './setup'
import type { WebhookSender } from './webhook-sender'

/** An event that may be a referral. */
export interface ReferredEvent extends NamedPerson {
  /** `purchase`, `sign_up`, `email_capture`, or the type of a custom event. */
  trigger: string
  couponCode?: string
  referralCode?: string
  isNewCustomer?: boolean
  ipAddress?: string
  userAgent?: string
  additionalProperties?: Readonly<Record<string, string>>
}

/** Order of a referred purchase, with the currency that reports lack. */
export type Order = Pick<ReferredPurchase, 'orderId' | 'amount' | 'couponCode' | 'products'> & {
  currency?: string
}

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
  readonly #sender: WebhookSender | undefined
  readonly widgetViews: Timeline<WidgetView>
  readonly shares: Timeline<Share>
  readonly clicks: Timeline<Click>
  readonly signUps: Timeline<ReferredSignUp>
  readonly purchases: Timeline<ReferredPurchase>
  readonly rewards: Timeline<ReferralReward>
  readonly emailCaptures: Timeline<EmailCapture>
  readonly #conversions: Timeline<Conversion>

  constructor(
    parts: { links: Links; coupons: Coupons; ledgers: Ledgers; sender?: WebhookSender },
    keep: number
  ) {
    this.#links = parts.links
    this.#coupons = parts.coupons
    this.#ledgers = parts.ledgers
    this.#sender = parts.sender
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
    if (event.trigger === 'purchase') {
      const { currency: _currency, ...reported } = order ?? {}
      this.purchases.add({ ...referral, ...reported }, at)
    }
    if (event.trigger === 'sign_up') {
      this.signUps.add({ ...referral, userAgent, channel: channelOf(link) }, at)
    }
    this.#conversions.add({ advocate: link.request, channel: channelOf(link) }, at)
    const { advocateReward, friendIncentive } = this.#links.campaignOf(link) ?? {}
    this.#reward('friend', friendIncentive, { event, link, at, order })
    this.#reward('advocate', advocateReward, { event, link, at, order })
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
    recipientType: RecipientType,
    reward: SandboxReward | undefined,
    earned: { event: ReferredEvent; link: Link; at: number; order?: Order }
  ): void {
    const { event, link, at, order } = earned
    if (!reward || (reward.trigger ?? 'purchase') !== event.trigger) return
    const item: ReferralReward = {
      ...this.toItem(link, at),
      id: randomUUID(),
      rewardType: reward.type ?? 'Coupon Code',
      rewardAmount: reward.amount,
      status: 'Pending',
      trigger: event.trigger,
      recipientType,
      channel: channelOf(link),
      friendCustomerId: event.customerId,
      friendEmail: event.email,
      friendName: nameOf(event)
    }
    this.rewards.add(item, at)
    const decide = (isValid: boolean) => {
      if (isValid) this.#distribute(item, reward, recipientType === 'friend' ? event : link.request, at)
      else item.status = 'Rejected'
    }
    if (isSelfReferral(event, link)) decide(false)
    else if (this.#sender) void this.#sender.validate(toValidation(item, event, link, order)).then(decide)
    else decide(true)
  }

  /** Gives a reward, and sends the webhook about it. */
  #distribute(
    item: ReferralReward,
    reward: SandboxReward,
    recipient: Recipient & { ipAddress?: string },
    at: number
  ): void {
    if (item.rewardType === 'Ledger') item.status = this.#credit(recipient, reward)
    else {
      const referralCode = item.recipientType === 'friend' ? item.referralCode : undefined
      item.status = 'Distributed'
      item.couponCode = this.#coupons.distribute(recipient, at, { referralCode })
    }
    if (item.status !== 'Distributed' || !this.#sender) return
    const common = toRewardItem(item, reward, recipient)
    const { advocateEmail, advocateCustomerId, friendEmail = '', friendCustomerId = '' } = item
    if (item.recipientType === 'friend') {
      const advocate = { advocateEmailAddress: advocateEmail, advocateCustomerId }
      this.#sender.send('friendIncentive', { ...common, ...advocate }, at)
    } else {
      const conversionNumber = this.#distributed('advocate').filter(
        (other) => other.item.referralCode === item.referralCode
      ).length
      const friend = { friendEmailAddress: friendEmail, friendCustomerId, conversionNumber }
      this.#sender.send('advocateReward', { ...common, friends: [friend] }, at)
    }
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

type RecipientType = 'advocate' | 'friend'

/** Webhooks name the types of rewards differently. */
const WEBHOOK_TYPES: Readonly<Record<string, Reward['rewardType']>> = {
  'Account Credit': 'credit',
  'Coupon Code': 'discount',
  'Gift Card': 'giftCard',
  Ledger: 'ledger'
}

const toRewardItem = (
  { id = '', rewardType = '', couponCode = '', trigger = '', createdOn = '' }: ReferralReward,
  { amount, unit }: SandboxReward,
  { email = '', customerId, ipAddress }: Recipient & { ipAddress?: string }
): Reward => ({
  rewardId: id,
  rewardType: WEBHOOK_TYPES[rewardType] ?? 'other',
  rewardUnit: unit,
  rewardAmount: amount,
  emailAddress: email,
  customerId,
  ipAddress,
  couponCode,
  rewardTrigger: trigger,
  createdOn
})

const toValidation = (
  { trigger = '', recipientType = '', createdOn = '' }: ReferralReward,
  { email, customerId, ipAddress, isNewCustomer, additionalProperties }: ReferredEvent,
  { request }: Link,
  order?: Order
): RewardValidation => ({
  eventType: trigger,
  recipientType,
  campaignId: request.campaignId,
  event: {
    // Of a custom event, all that was sent with it.
    ...(trigger !== 'purchase' && trigger !== 'sign_up' && additionalProperties),
    createdOn,
    ...(order && {
      id: order.orderId,
      amount: order.amount,
      currency: order.currency,
      date: createdOn,
      isNewCustomer,
      ipAddress,
      products: order.products
    })
  },
  advocate: { customerId: request.customerId, email: request.email, ipAddress: request.ipAddress },
  actor: { customerId, email, ipAddress }
})

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
