import { createHash, randomUUID } from 'node:crypto'
import type {
  AnswerOf,
  Credentials,
  CustomerDetails,
  CustomEvent,
  InputOf,
  LedgerChange,
  MapiOperations,
  PersonQuery,
  PurchaseEvent,
  SignUpEvent
} from '../mapi/contract/operations'
import { BoundedMap } from './bounded-map'
import { Coupons } from './coupons'
import { type EmailEvent, toEmailMetrics } from './email-metrics'
import { type Ledger, Ledgers, nextExpiry, toBalance } from './ledgers'
import { Links, nameOf } from './links'
import { isIdentifiedBy, type NamedPerson, People, type Person } from './people'
import { type ReferredEvent, Referrals } from './referrals'
import { Refusal } from './refusal'
import { isSameAddress, parseTime, type Row, Timeline, toReportPage } from './reports'
import { RingBuffer } from './ring-buffer'
import type { CompleteSetup } from './setup'
import type { Simulation } from './simulation'
import { Simulator } from './simulator'
import type { WebhookSender } from './webhook-sender'

/**
 * Name under which the sandbox records a merchant: the same for the same key and secret, and neither of them. Of a
 * secret `ENV:SECRET` it is made of SECRET, which is all that MAPI gets.
 *
 * @example
 * sandbox.records.filter(({ merchant }) => merchant === merchantOf({ key, secret }))
 */
export const merchantOf = ({ key, secret }: Credentials): string =>
  createHash('sha256')
    .update(JSON.stringify([key, secret]))
    .digest('hex')
    .slice(0, 12)

/** MAPI's response to a call of a merchant. */
export interface MerchantReply<Answer = object> {
  /** HTTP status, 200 if it is missing. */
  status?: number
  body: Answer
  /** ID of the event that this one repeats. */
  duplicateOf?: string
}

/** An event that is kept for a person's data. */
interface StoredEvent {
  type: 'purchase' | 'sign-up' | 'custom event' | 'customer'
  body: PurchaseEvent | SignUpEvent | CustomEvent | CustomerDetails
}

/** A function for each operation. */
type Handlers = {
  readonly [Name in keyof MapiOperations]: (input: InputOf<Name>) => MerchantReply<AnswerOf<Name> | object>
}

/** Time, memory and configuration of a merchant. */
export interface MerchantOptions {
  /** Name of the merchant, as `merchantOf` gives it. */
  name: string
  setup: CompleteSetup
  now: () => number
  /** Maximum number of each kind of thing that is kept. */
  keep: number
  /** Sender of webhooks, if there is someone to receive them. */
  sender?: WebhookSender
}

/** Data of one merchant, and the operations on it. */
export class Merchant {
  readonly #options: MerchantOptions
  readonly #eventIds: BoundedMap<string, string>
  readonly #events: RingBuffer<StoredEvent>
  readonly #people: People
  readonly #ledgers: Ledgers
  readonly #links: Links
  readonly #coupons: Coupons
  readonly #referrals: Referrals
  readonly #emailEvents: Timeline<EmailEvent>
  readonly #simulator: Simulator

  constructor(options: MerchantOptions) {
    const { setup, now, keep, sender } = options
    this.#options = options
    this.#eventIds = new BoundedMap(keep)
    this.#events = new RingBuffer(keep)
    this.#people = new People(keep)
    this.#ledgers = new Ledgers({ now, cap: setup.ledgerCap, keep })
    this.#links = new Links(setup, keep)
    this.#coupons = new Coupons(keep)
    this.#referrals = new Referrals(
      { links: this.#links, coupons: this.#coupons, ledgers: this.#ledgers, sender },
      keep
    )
    this.#emailEvents = new Timeline(keep)
    this.#simulator = new Simulator({
      ...options,
      links: this.#links,
      referrals: this.#referrals,
      emailEvents: this.#emailEvents
    })
  }

  /**
   * Performs an operation.
   *
   * @throws Refusal if MAPI would refuse it
   */
  perform<Name extends keyof MapiOperations>(name: Name, input: InputOf<Name>): MerchantReply {
    return this.#handlers[name](input)
  }

  readonly #handlers: Handlers = {
    postPurchaseEvent: (body) => {
      const { orderId, amount, currency, couponCode, products } = body
      return this.#record({ type: 'purchase', body }, ['purchase', orderId], (now) => {
        this.#coupons.redeem(couponCode, now)
        this.#referrals.record({ ...toReferred(body), trigger: 'purchase' }, now, {
          orderId,
          amount,
          currency,
          couponCode,
          products: products?.map(({ sku, name, quantity, price }) => ({ sku, name, quantity, price }))
        })
      })
    },
    postSignUpEvent: (body) =>
      this.#record({ type: 'sign-up', body }, undefined, (now) => {
        this.#referrals.record({ ...toReferred(body), trigger: 'sign_up' }, now)
      }),
    postCustomEvent: (body) => {
      const { eventType: trigger, deduplicationId } = body
      const identity = deduplicationId === undefined ? undefined : ['custom event', trigger, deduplicationId]
      return this.#record({ type: 'custom event', body }, identity, (now) => {
        this.#referrals.record({ ...toReferred(body), trigger }, now)
      })
    },
    postCustomer: (body) => {
      const isNew = this.#people.create(body, this.#options.now())
      return { ...this.#record({ type: 'customer', body }), status: isNew ? 201 : 200 }
    },
    getCustomer: ({ id }) => {
      const person = this.#memberOf(id)
      const { email = '', logs, optedInOn } = person
      return {
        body: {
          merchantId: this.#merchantId(),
          id,
          email,
          name: nameOf(person),
          loyaltyInfo: { status: 'in', logs, optedInOn, everOptedIn: true }
        }
      }
    },
    getMemberTierCustomer: ({ id }) => ({ body: this.#memberTierOf(this.#memberOf(id, 403)) }),
    getUserData: (query) => ({ body: this.#userDataOf(query) }),
    deleteUserData: (query) => {
      this.#forget(query)
      return { body: { jobId: randomUUID() } }
    },
    postPersonalReferralLink: (request) => {
      const [link] = this.#createLinks([request])
      return { body: { link: link?.link, referralCode: link?.referralCode, createdOn: link?.createdOn } }
    },
    postPersonalReferralLinkBatch: ({ requests }) => ({ body: { purls: this.#createLinks(requests) } }),
    getReferralStatus: ({ code }) => ({ body: this.#links.status(code) }),
    // The examples say records, the tables results.
    getRedemptionOptions: () => ({ body: { records: this.#options.setup.redemptionOptions } }),
    postRedeem: ({ redemptionOptionId, customerId }) => {
      const option = this.#options.setup.redemptionOptions.find(({ id }) => id === redemptionOptionId)
      if (!option) throw new Refusal(400, `Redemption option ${redemptionOptionId} does not exist`)
      const { name: optionName, ledgerAmount, ledgerCurrency } = option
      const { total } = this.#ledgers.remove(customerId, ledgerCurrency, {
        value: ledgerAmount,
        description: 'Debiting via redeem request',
        sourceName: optionName
      })
      const couponCode = this.#coupons.distribute({ customerId }, this.#options.now(), { optionName })
      return { status: 202, body: { couponCode, newLedgerTotal: total } }
    },
    getCoupons: ({ status, ...query }) => {
      const person = this.#people.identify(query)
      const records = this.#coupons.list((recipient) => isIdentifiedBy(person, recipient), status)
      return { body: { records } }
    },
    postLedgerAdjustment: ({ customerId, ...change }) => {
      if (!this.#people.find(customerId)) throw new Refusal(400, `Customer ${customerId} does not exist`)
      return { body: this.#adjust(customerId, change) }
    },
    postLedgerAdjustmentCustom: ({ customCustomerId, ...change }) => {
      const isNew = !this.#ledgers.find(customCustomerId, change.currency)
      return { body: this.#adjust(customCustomerId, change), status: isNew ? 201 : 200 }
    },
    getLedgerBalance: ({ customerId, currency }) => ({
      body: toBalance(this.#ledgerOf(customerId, currency))
    }),
    getLedgerBalanceCustom: ({ customCustomerId, currency }) => ({
      body: toBalance(this.#ledgerOf(customCustomerId, currency))
    }),
    getLedgerEntries: ({ customerId, currency, createdAfter }) => {
      const after = parseTime('createdAfter', createdAfter)
      const { entries } = this.#ledgerOf(customerId, currency)
      return { body: entries.items().filter(({ createdOn }) => Date.parse(createdOn) > after) }
    },
    getLedgerHeads: (query) => this.#report(this.#ledgers.ofCurrency(query.currency).map(toHead), query),
    getWidgetViews: (query) => this.#report(this.#referrals.widgetViews.rows, query),
    getShares: (query) => this.#report(this.#referrals.shares.rows, query),
    getClicks: (query) => this.#report(this.#referrals.clicks.rows, query),
    getSignups: (query) => this.#report(this.#referrals.signUps.rows, query),
    getPurchases: (query) => this.#report(this.#referrals.purchases.rows, query),
    getDistributedAdvocateRewards: (query) => this.#report(this.#referrals.distributedRewards(), query),
    getDistributedFriendIncentives: (query) => this.#report(this.#referrals.distributedIncentives(), query),
    getReferralRewards: (query) => this.#report(this.#referrals.rewards.rows, query),
    getEmailCaptures: (query) => this.#report(this.#referrals.emailCaptures.rows, query),
    getEmailMetrics: (query) => ({ body: toEmailMetrics(this.#emailEvents, query) })
  }

  /**
   * Makes something happen that is outside MAPI.
   *
   * @throws RangeError for a referral code that no link has
   */
  simulate(simulation: Simulation): void {
    this.#simulator.simulate(simulation)
  }

  /** Records an event, which MAPI accepts and counts once if it recognizes it. */
  #record(
    event: StoredEvent,
    identity?: readonly string[],
    count?: (now: number) => void
  ): MerchantReply<AnswerOf<'postPurchaseEvent'>> {
    const now = this.#options.now()
    const eventId = randomUUID()
    const key = identity && JSON.stringify(identity)
    const duplicateOf = key === undefined ? undefined : this.#eventIds.get(key)
    if (duplicateOf === undefined) {
      if (key !== undefined) this.#eventIds.set(key, eventId)
      this.#events.push(event)
      this.#people.note(event.body, now)
      count?.(now)
    }
    return { status: 201, body: { eventId, createdOn: new Date(now).toISOString() }, duplicateOf }
  }

  #createLinks(requests: InputOf<'postPersonalReferralLinkBatch'>['requests']) {
    const links = this.#links.create(requests, this.#options.now())
    for (const request of requests) this.#people.note(request, this.#options.now())
    return links
  }

  /** A customer who is in the loyalty program: MAPI gives no other. */
  #memberOf(id: string, unknownStatus = 404): Person {
    const person = this.#people.find(id)
    if (!person) throw new Refusal(unknownStatus, 'Customer could not be found')
    if (person.loyaltyStatus !== 'in') throw new Refusal(403, 'Customer is not opted in to loyalty')
    return person
  }

  #memberTierOf({ customerId }: Person): AnswerOf<'getMemberTierCustomer'> {
    const { memberTiers, pointsCurrency } = this.#options.setup
    const ledger = this.#ledgers.find(customerId, pointsCurrency)
    const points = ledger?.total ?? 0
    const [tier] = memberTiers
      .filter((candidate) => candidate.points <= points)
      .sort((one, other) => other.points - one.points)
    const expiresAt = ledger && nextExpiry(ledger)
    return {
      merchantId: this.#merchantId(),
      customerId,
      memberTierId: tier?.id,
      memberTierNameCached: tier?.name,
      memberTierPrecedenceCached: tier?.precedence,
      memberTierPoints: {
        points,
        updatedOn: ledger && new Date(ledger.updatedAt).toISOString(),
        expiresOn: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
        expirationDetails: ledger
          ? ledger.credits
              .flatMap(({ status, expiresAt: at, remaining }) =>
                status === 'active' && at !== undefined ? [{ at, points: remaining }] : []
              )
              .sort((one, other) => one.at - other.at)
              .map(({ at, points: expiring }) => ({
                expiresOn: new Date(at).toISOString(),
                points: expiring
              }))
          : []
      },
      pointsCurrency
    }
  }

  #ledgerOf(owner: string, currency: string): Ledger {
    const ledger = this.#ledgers.find(owner, currency)
    if (!ledger) throw new Refusal(404, `No ledger found for customer with id: ${owner}`)
    return ledger
  }

  #adjust(owner: string, change: LedgerChange): AnswerOf<'postLedgerAdjustment'> {
    const { currency, value, adjustmentType, description, expirationDate } = change
    const expiresAt = expirationDate === undefined ? undefined : parseTime('expirationDate', expirationDate)
    const ledger =
      adjustmentType === 'add'
        ? this.#ledgers.add(owner, currency, { value, description, expiresAt })
        : this.#ledgers.remove(owner, currency, { value, description })
    return {
      ...toBalance(ledger),
      createdOn: new Date(ledger.createdAt).toISOString(),
      value,
      description,
      ledgerCap: this.#options.setup.ledgerCap
    }
  }

  #report<Item extends object>(rows: readonly Row<Item>[], query: object): MerchantReply {
    return { body: toReportPage(rows, query, this.#options.setup.pageSize) }
  }

  /** Everything recorded about a person. */
  #userDataOf({ email, customerId }: PersonQuery): AnswerOf<'getUserData'> {
    const events = this.#events.items().filter(({ body }) => isAbout(body, { email, customerId }))
    const collect = (read: (event: StoredEvent) => string | undefined) => [
      ...new Set(events.map(read).filter((value) => value !== undefined))
    ]
    return {
      emails: collect(({ body }) => body.email),
      names: collect(({ body }) => nameOf(body)),
      customerIds: collect(({ body }) => body.customerId),
      ipAddresses: collect(({ body }) => body.ipAddress),
      languages: collect(({ body }) => ('language' in body ? body.language : undefined)),
      userAgents: collect(({ body }) => body.userAgent),
      colorDepths: [],
      platforms: [],
      screenSizes: [],
      trackedEvents: events.map(({ type }) => ({ type })),
      ...this.#referrals.countsOf(this.#people.identify({ email, customerId }))
    }
  }

  /** Forgets a person, with links, coupons, ledgers and reports. */
  #forget(query: PersonQuery): void {
    const person = this.#people.identify(query)
    const isOf = (other: NamedPerson) => isIdentifiedBy(person, other)
    this.#events.filter(({ body }) => !isOf(body))
    this.#links.forget(isOf)
    this.#coupons.forget(isOf)
    this.#ledgers.forget(person.customerIds)
    this.#referrals.forget(person)
    this.#people.forget(person)
  }

  /** A UUID that is the same for the same merchant. */
  #merchantId(): string {
    const digits = createHash('sha256').update(this.#options.name).digest('hex')
    return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}

const toReferred = (body: PurchaseEvent | SignUpEvent | CustomEvent): Omit<ReferredEvent, 'trigger'> => body

const toHead = ({ owner, currency, total, createdAt, updatedAt }: Ledger, id: number) => ({
  at: createdAt,
  id,
  item: {
    customerId: owner,
    currency,
    currentBalance: total,
    lastUpdatedOn: new Date(updatedAt).toISOString()
  }
})

const isAbout = (body: NamedPerson, { email, customerId }: NamedPerson) =>
  isSameAddress(body.email, email) || (customerId !== undefined && body.customerId === customerId)
