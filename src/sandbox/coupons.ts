import type { Coupon, CouponStatus } from '../mapi/contract/operations'
import { BoundedMap } from './bounded-map'
import { newCode } from './links'

/** Owner of a coupon. */
export interface Recipient {
  customerId?: string
  email?: string
}

interface KnownCoupon {
  readonly coupon: Coupon
  readonly recipient: Recipient
  /** Referral code that the coupon was given for as an incentive. */
  readonly referralCode?: string
}

/** Coupons of one merchant. */
export class Coupons {
  readonly #coupons: BoundedMap<string, KnownCoupon>

  constructor(keep: number) {
    this.#coupons = new BoundedMap(keep)
  }

  /** Gives a coupon to a customer, and its code to the caller. */
  distribute(
    recipient: Recipient,
    now: number,
    { referralCode, optionName }: { referralCode?: string; optionName?: string }
  ): string {
    const code = newCode()
    const coupon: Coupon = {
      code,
      status: 'distributed',
      distributedOn: new Date(now).toISOString(),
      redemptionOptionName: optionName
    }
    this.#coupons.set(code, { coupon, recipient, referralCode })
    return code
  }

  /** Marks a coupon as used, if it is one of these. */
  redeem(code: string | undefined, now: number): void {
    const coupon = code === undefined ? undefined : this.#coupons.get(code)?.coupon
    if (coupon?.status !== 'distributed') return
    coupon.status = 'redeemed'
    coupon.redeemedOn = new Date(now).toISOString()
  }

  /** Finds the referral code that a coupon was given for. */
  referralCodeOf(code: string | undefined): string | undefined {
    return code === undefined ? undefined : this.#coupons.get(code)?.referralCode
  }

  /** Lists coupons, the newest first. */
  list(isOf: (recipient: Recipient) => boolean, status?: CouponStatus): Coupon[] {
    return [...this.#coupons.values()]
      .filter(
        ({ coupon, recipient }) => isOf(recipient) && (status === undefined || coupon.status === status)
      )
      .map(({ coupon }) => coupon)
      .reverse()
  }

  /** Forgets the coupons of these people. */
  forget(isOf: (recipient: Recipient) => boolean): void {
    for (const [code, { recipient }] of this.#coupons) if (isOf(recipient)) this.#coupons.delete(code)
  }
}
