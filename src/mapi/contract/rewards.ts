/** Redemptions of points or credit, and coupons. */
import { toNumber } from '../../values'
import { toRecord, withList, withNumbers } from './answers'
import type { NoInput, OperationsOf } from './operation'
import { object, oneOf, optional, text } from './schema'

/** A reward that customers can exchange points or credit for. */
export interface RedemptionOption {
  /** ID of the option. */
  id: string
  /** Name of the option. */
  name: string
  /** Points or credit that it costs. */
  ledgerAmount: number
  /** Currency of the ledger that pays for it. */
  ledgerCurrency: string
}

/** The active redemption options. */
export interface RedemptionOptions {
  /** The options. */
  results: RedemptionOption[]
}

/** An exchange of a customer's points or credit for a reward. */
export interface Redemption {
  /** ID of the redemption option. */
  redemptionOptionId: string
  /** The shop's ID of the customer. */
  customerId: string
}

/** Confirmation of a redemption. */
export interface RedemptionReceipt {
  /** Code of the coupon that the customer gets. */
  couponCode?: string
  /** Balance that is left; missing if MAPI's text for it is no number. */
  newLedgerTotal?: number
}

/** Status of a coupon: given to a customer, or used by one. */
export type CouponStatus = 'distributed' | 'redeemed'

/** Coupons to look up, by email address or customer ID. */
export type CouponQuery =
  | {
      /** Email address of the customer. */
      email: string
      /** The shop's ID of the customer. */
      customerId?: string
      /** Status that coupons must have. */
      status?: CouponStatus
    }
  | {
      /** Email address of the customer. */
      email?: string
      /** The shop's ID of the customer. */
      customerId: string
      /** Status that coupons must have. */
      status?: CouponStatus
    }

/** A coupon that a customer was given. */
export interface Coupon {
  /** Code of the coupon. */
  code: string
  /** Status of the coupon. */
  status: CouponStatus | (string & {})
  /** Time at which the customer was given it, as ISO text. */
  distributedOn: string
  /** Time at which it was used, as ISO text. */
  redeemedOn?: string
  /** Name of the redemption option that it comes from. */
  redemptionOptionName?: string
}

/** Coupons of a customer. */
export interface Coupons {
  /** The coupons. */
  results: Coupon[]
}

/** Operations on redemptions and coupons. */
export interface RewardOperations {
  /**
   * Lists the active redemption options.
   *
   * @see https://developers.friendbuy.com/#getredemptionoptions
   * @example
   * const { results } = await mapi.getRedemptionOptions()
   */
  readonly getRedemptionOptions: () => Promise<RedemptionOptions>
  /**
   * Exchanges points or credit for a reward. Never repeated once MAPI may have acted: the call then rejects with the
   * code `OUTCOME_UNKNOWN`, and `getLedgerEntries` shows whether the points are gone.
   *
   * @see https://developers.friendbuy.com/#postredeem
   * @example
   * const { couponCode } = await mapi.postRedeem({ redemptionOptionId, customerId: 'c-1' })
   */
  readonly postRedeem: (redemption: Redemption) => Promise<RedemptionReceipt>
  /**
   * Lists a customer's coupons.
   *
   * @see https://developers.friendbuy.com/#getcoupons
   * @example
   * const { results } = await mapi.getCoupons({ customerId: 'c-1', status: 'distributed' })
   */
  readonly getCoupons: (query: CouponQuery) => Promise<Coupons>
}

/** The table has the total as text, the example as a number. A redemption that succeeded must not fail by it. */
const toRedemptionReceipt = (body: unknown) => {
  const { newLedgerTotal, ...receipt } = toRecord(body)
  const total = toNumber(newLedgerTotal)
  return { ...receipt, ...(total !== undefined && { newLedgerTotal: total }) }
}

export const rewardOperations = {
  getRedemptionOptions: {
    method: 'GET',
    path: '/v1/reward/redemption-options',
    repeat: 'always',
    input: object<NoInput>({}),
    // The table says results, the example records.
    toAnswer: (body) => withList(body, 'results', 'records', (option) => withNumbers(option, 'ledgerAmount'))
  },
  postRedeem: {
    method: 'POST',
    path: '/v1/reward/redeem',
    repeat: 'never',
    input: object<Redemption>({ redemptionOptionId: text, customerId: text }),
    toAnswer: toRedemptionReceipt
  },
  getCoupons: {
    method: 'GET',
    path: '/v1/reward/coupons',
    repeat: 'always',
    atLeastOne: ['customerId', 'email'],
    input: object<CouponQuery>({
      customerId: optional(text),
      email: optional(text),
      status: optional(oneOf('distributed', 'redeemed'))
    }),
    toAnswer: (body) => withList(body, 'results', 'records')
  }
} as const satisfies OperationsOf<RewardOperations>
