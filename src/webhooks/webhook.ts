import { isRecord, isText } from './checks'
import { createVerifier, type SecretKey, type SignedRequest } from './signature'
import { WebhookError } from './webhook-error'

/** A reward, as all three reward webhooks have it. */
export interface Reward {
  /** ID of the reward, the same in each repetition. */
  rewardId: string
  /** Type of the reward. */
  rewardType:
    | 'discount'
    | 'credit'
    | 'giftCard'
    | 'cash'
    | 'product'
    | 'ledger'
    | 'integration'
    | 'other'
    | (string & {})
  /** Unit of the amount, such as "USD", "%" or "Points". */
  rewardUnit: string
  /** Value of the reward in its unit, such as the credit to deposit. */
  rewardAmount: number
  /** Email address of the recipient. */
  emailAddress: string
  /** The shop's own ID of the recipient. */
  customerId?: string
  /** IP address of the recipient. */
  ipAddress?: string
  /** Code of the coupon that was distributed, if any. Empty for a ledger reward. */
  couponCode?: string | null
  /** Details of a custom reward, such as "Free Gift". */
  rewardInfo?: string
  /** Type of the event that earned the reward, such as "purchase". */
  rewardTrigger: string
  /** ISO timestamp of the reward. */
  createdOn: string
}

/** A reward for an advocate whose friend converted. */
export interface AdvocateReward extends Reward {
  /** The friends whose conversions earned the reward. */
  friends?: {
    /** Email address of the friend. */
    friendEmailAddress: string
    /** The shop's own ID of the friend. */
    friendCustomerId: string
    /** Count of conversions, as it relates to the reward tier. */
    conversionNumber: number
  }[]
}

/** A reward for a friend whom an advocate referred. */
export interface FriendIncentive extends Reward {
  /** Email address of the advocate who referred the friend. */
  advocateEmailAddress?: string
  /** The shop's own ID of the advocate. */
  advocateCustomerId?: string
}

/** A reward for a loyalty customer. */
export type LoyaltyReward = Reward

/** An email address that somebody entered into a widget, with the opt-in box checked. */
export interface EmailCapture {
  /** ID of the capture, the same in each repetition. */
  eventId: string
  /** Email address as entered. */
  emailAddress: string
  /** Name as entered. */
  name?: string
  /** Null if the person did not subscribe to text messages. */
  mobileNumber?: string | null
  /** Campaign of the widget. */
  campaign: {
    /** ID of the campaign. */
    id: string
    /** Name of the campaign. */
    name: string
  }
  /** Referral that brought a friend here. */
  referral?: {
    /** Referral code. */
    code: string
    /** Channel of the referral, such as "purl". */
    channel: string
  }
  /** Advocate who referred a friend. */
  advocate?: {
    /** Email address that the advocate entered. */
    email: string
    /** Name that the advocate entered. */
    name: string
    /** The shop's own ID of the advocate. */
    customerId?: string
  }
  /** ID of the attribution that connects the advocate and the friend. */
  attributionId?: string
  /** Incentive for entering the address. */
  incentive?: {
    /** Code of the coupon that was given. */
    couponCode?: string
    /** Value of the incentive. */
    amount: number
    /** Currency of the amount, such as "USD". */
    currency: string
  }
  /** Other properties that the widget captured, by name. */
  customProperties?: Record<string, unknown>
}

/** Unsubscription of a friend from share emails. */
export interface EmailOptOut {
  /** Email address that must not get share emails any more. */
  emailAddress: string
  /** ID of the campaign that the share email was for. */
  campaignId: string
  /** Name of that campaign. */
  campaignName: string
}

/** A receipt that a customer submitted. */
export interface Receipt {
  /** ID of the receipt. */
  receiptId: string
  /** ID of the event. */
  eventId?: string
  /** Status of the receipt. A change of it is a new item for `keyOfItem`. */
  status?: string
  /** Email address of the customer. */
  email?: string
  /** The shop's own ID of the customer. */
  customerId?: string
  /** ID of the merchant. */
  merchantId?: string
  /** Date of the purchase. */
  purchaseDate?: string
  /** Date of the submission. */
  submissionDate?: string
  /** Subtotal of the receipt. */
  subtotal?: number
  /** Total of the receipt. */
  total?: number
  /** Currency of the amounts. */
  currency?: string
  /** Products on the receipt. */
  products?: unknown[]
  /** The store's name and address come under names that begin with `store`. */
  [store: `store${string}`]: unknown
}

/** A change of a loyalty ledger. */
export interface LedgerTransaction {
  /** ID of the change, the same in each repetition. */
  transactionId: string
  /** The shop's own ID of the customer. */
  customerId?: string
  /** Currency of the ledger, such as "Points". */
  ledgerCurrency?: string
  /** ISO timestamp of the change. */
  createdOn?: string
  /** Amount of the change. */
  value?: number
  /** Balance of the ledger. */
  ledgerBalance?: number
  /** Name of the change's source. */
  sourceName?: string
  /** Note on the change. */
  note?: string
}

/** A change of a customer's loyalty details. */
export interface CustomerUpdate {
  /** The shop's own ID of the customer. */
  customerId: string
  /** Email address of the customer. */
  customerEmail?: string
  /** Name of the customer. */
  customerName?: string
  /** State of the customer's opt-in. */
  loyaltyDetails?: {
    /** Status of the opt-in. */
    loyaltyOptInStatus?: string
    /** Time of the opt-in. */
    optedInOn?: string
    /** True if the customer has opted in at some time. */
    everOptedIn?: boolean
  }
  /** Member tier of the customer. */
  memberTierDetails?: {
    /** ID of the tier. */
    memberTierId?: string
    /** Name of the tier. */
    memberTierNameCached?: string
    /** Precedence of the tier. */
    memberTierPrecedenceCached?: number
    /** Time of the tier's last change. */
    memberTierUpdatedOn?: string
  }
  /** Time of the change, a part of the item's key. */
  updatedOn: string
}

/** The item of each type of webhook. */
export interface WebhookItems {
  /** An advocate's reward. */
  advocateReward: AdvocateReward
  /** A friend's reward. */
  friendIncentive: FriendIncentive
  /** A loyalty customer's reward. */
  loyaltyReward: LoyaltyReward
  /** An email address that a widget captured. */
  emailCapture: EmailCapture
  /** An unsubscription from share emails. */
  emailOptOut: EmailOptOut
  /** A submitted receipt. */
  receipt: Receipt
  /** A change of a ledger. */
  ledgerTransaction: LedgerTransaction
  /** A change of a customer's loyalty details. */
  customerUpdate: CustomerUpdate
}

/** A type of webhook that this version knows. */
export type WebhookType = keyof WebhookItems

interface Envelope<Item> {
  /** ID of the call, for troubleshooting. Repetitions are recognized by `keyOfItem`, not by this. */
  id: string
  /** One or more items: Friendbuy combines those that happen in quick succession. */
  data: Item[]
  /** ISO timestamp of the call. */
  createdOn: string
}

/** A webhook of a certain type. */
export interface WebhookOf<Type extends WebhookType> extends Envelope<WebhookItems[Type]> {
  /** Type of every item in `data`. */
  type: Type
}

/** A webhook of a type that this version does not know. */
export interface UnknownWebhook extends Envelope<unknown> {
  /** Stands for any type that this version does not know. */
  type: 'unknown'
  /** The type as it came. */
  typeName: string
}

/** A verified webhook, told apart by its `type`. Nothing in `data` is checked. */
export type Webhook = KnownWebhook | UnknownWebhook

type KnownWebhook = { [Type in WebhookType]: WebhookOf<Type> }[WebhookType]

/** Options of `verifyWebhook`. */
export interface VerifyWebhookOptions {
  /**
   * Maximum age in milliseconds, by the signed `createdOn`. Friendbuy repeats a webhook for 24 hours, so less than 48
   * hours may refuse genuine ones.
   *
   * @default none
   */
  maxAgeMs?: number
}

/** Properties that identify an item. */
const KEYS: { readonly [Type in WebhookType]: readonly (keyof WebhookItems[Type])[] } = {
  advocateReward: ['rewardId'],
  friendIncentive: ['rewardId'],
  loyaltyReward: ['rewardId'],
  emailCapture: ['eventId'],
  emailOptOut: ['emailAddress', 'campaignId'],
  receipt: ['receiptId', 'status'],
  ledgerTransaction: ['transactionId'],
  customerUpdate: ['customerId', 'updatedOn']
}

/** The types of webhook that this version knows. */
export const WEBHOOK_TYPES = Object.keys(KEYS) as readonly WebhookType[]

/**
 * Checks the signature of a webhook and reads it.
 *
 * @throws WebhookError if it is not from Friendbuy, too old or unreadable
 * @throws TypeError if the body was parsed already, or a key is blank
 * @example
 * const webhook = await verifyWebhook({ body: await request.text(), headers: request.headers }, secretKey)
 * if (webhook.type === 'advocateReward') for (const reward of webhook.data) await credit(reward)
 */
export const verifyWebhook = async (
  request: SignedRequest,
  secretKey: SecretKey,
  options: VerifyWebhookOptions = {}
): Promise<Webhook> => createWebhookVerifier(secretKey, options)(request)

/** Makes a `verifyWebhook` that keeps its keys. */
export const createWebhookVerifier = (
  secretKey: SecretKey,
  { maxAgeMs = Infinity }: VerifyWebhookOptions
): ((request: SignedRequest) => Promise<Webhook>) => {
  if (!(maxAgeMs > 0)) throw new TypeError('maxAgeMs: expected a number of milliseconds above 0.')
  const verify = createVerifier(secretKey)
  return async (request) => {
    const webhook = toWebhook(parseJson(await verify(request)))
    if (maxAgeMs !== Infinity && !(Date.now() - Date.parse(webhook.createdOn) <= maxAgeMs)) {
      throw new WebhookError('too_old', 'The webhook is older than maxAgeMs, or does not say its age.')
    }
    return webhook
  }
}

/** Reads signed bytes as JSON. */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The words of JSON.parse repeat the body.
    throw new WebhookError('unreadable', 'The body is signed, but is not JSON in UTF-8.')
  }
}

const toWebhook = (body: unknown): Webhook => {
  if (!isEnvelope(body)) {
    throw new WebhookError(
      'unreadable',
      'The body is signed, but is not a webhook: it has no type or no list of data.'
    )
  }
  return isKnown(body) ? body : { ...body, type: 'unknown', typeName: body.type }
}

/** Checks nothing else: a genuine webhook that is refused is lost after a day. */
const isEnvelope = (body: unknown): body is Envelope<unknown> & { type: string } =>
  isRecord(body) && typeof body.type === 'string' && Array.isArray(body.data)

const isKnown = (webhook: { type: string }): webhook is KnownWebhook => isWebhookType(webhook.type)

const isWebhookType = (type: string): type is WebhookType => Object.hasOwn(KEYS, type)

/**
 * The key of an item of a webhook: the same in each repetition, another for any other item. A unique index on it keeps a
 * reward from being given twice.
 *
 * @example
 * keyOfItem(webhook, 0) // '["advocateReward","73cb50ea-7ac8-4f90-9fe4-f5450866f3c0"]'
 */
export const keyOfItem = (webhook: Webhook, index: number): string => {
  const item: unknown = webhook.data[index]
  const type = webhook.type === 'unknown' ? webhook.typeName : webhook.type
  const names: readonly string[] = isWebhookType(type) ? KEYS[type] : []
  const parts = names.map((name) => (isRecord(item) ? item[name] : undefined))
  if (parts.length > 0 && parts.every((part) => isText(part) || typeof part === 'number')) {
    return JSON.stringify([type, ...parts])
  }
  // Without an ID as well, only the content tells one item from another.
  return JSON.stringify([type, isText(webhook.id) ? webhook.id : item, index])
}
