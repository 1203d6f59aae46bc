import { isRecord } from '../values'
import type { RedemptionOption } from '../mapi/contract/operations'

/** What a campaign gives for a referral. */
export interface SandboxReward {
  /** Amount of the reward. */
  amount: number
  /** Unit of the amount: a currency, or that of a ledger. */
  unit: string
  /**
   * Type of the reward, as reports name it. `Ledger` adds to the recipient's ledger; any other type gives a coupon.
   *
   * @default 'Coupon Code'
   */
  type?: string
  /**
   * Event that earns it: `purchase`, `sign_up`, `email_capture`, or the type of a custom event.
   *
   * @default 'purchase'
   */
  trigger?: string
}

/** A friend's incentive. */
export interface SandboxIncentive extends SandboxReward {
  /** Description, which `getReferralStatus` gives. */
  description?: string
}

/** A campaign of the sandbox. */
export interface SandboxCampaign {
  /** ID of the campaign. */
  id: string
  /** Name of the campaign. */
  name?: string
  /**
   * False for a campaign without new links.
   *
   * @default true
   */
  active?: boolean
  /** Reward of the advocate. */
  advocateReward?: SandboxReward
  /** Incentive of the friend. */
  friendIncentive?: SandboxIncentive
}

/** A tier of the loyalty program. */
export interface SandboxMemberTier {
  /** ID of the tier. */
  id: string
  /** Name of the tier. */
  name: string
  /** Rank of the tier among the others. */
  precedence: number
  /** Balance from which a member has the tier. */
  points: number
}

/** What a merchant has set up in Friendbuy's dashboard. A JSON file can hold all of it. */
export interface SandboxSetup {
  /**
   * Campaigns. Links of any other campaign are refused.
   *
   * @default any ID is an active campaign without rewards
   */
  campaigns?: readonly SandboxCampaign[]
  /**
   * Redemption options.
   *
   * @default two coupons, for 50 and 100 Points, as in the reference
   */
  redemptionOptions?: readonly RedemptionOption[]
  /**
   * Tiers of the loyalty program.
   *
   * @default none
   */
  memberTiers?: readonly SandboxMemberTier[]
  /**
   * Currency of the ledgers that decide a member's tier.
   *
   * @default 'Points'
   */
  pointsCurrency?: string
  /**
   * Maximum balance of a ledger.
   *
   * @default 1000000
   */
  ledgerCap?: number
  /**
   * Maximum number of items in a page, unless the call says otherwise.
   *
   * @default 200
   */
  pageSize?: number
}

/** The redemption options of the reference. */
const REDEMPTION_OPTIONS: readonly RedemptionOption[] = [
  {
    id: '662c3a74-9d72-4d80-a835-c9db624c92b1',
    name: '$10 Coupon',
    ledgerAmount: 50,
    ledgerCurrency: 'Points'
  },
  {
    id: '8bded445-b740-44d7-8b36-08d5630ed282',
    name: '$20 Coupon',
    ledgerAmount: 100,
    ledgerCurrency: 'Points'
  }
]

/** A setup with its defaults. */
export const withDefaults = (setup: SandboxSetup) => ({
  redemptionOptions: setup.redemptionOptions ?? REDEMPTION_OPTIONS,
  memberTiers: setup.memberTiers ?? [],
  pointsCurrency: setup.pointsCurrency ?? 'Points',
  ledgerCap: setup.ledgerCap ?? 1_000_000,
  pageSize: setup.pageSize ?? 200,
  /** Finds a campaign; undefined if there is none with this ID. */
  campaign: (id: string): SandboxCampaign | undefined =>
    setup.campaigns ? setup.campaigns.find((campaign) => campaign.id === id) : { id }
})

/** A setup with its defaults. */
export type CompleteSetup = ReturnType<typeof withDefaults>

const LISTS = ['campaigns', 'redemptionOptions', 'memberTiers']
const NUMBERS = ['ledgerCap', 'pageSize']

/**
 * Reads a setup from JSON.
 *
 * @throws Error that names the first invalid property
 */
export const parseSetup = (text: string): SandboxSetup => {
  const setup: unknown = JSON.parse(text)
  if (!isRecord(setup)) throw new Error('expected a JSON object such as {"campaigns": [{"id": "c-1"}]}')
  for (const [name, value] of Object.entries(setup)) {
    if (LISTS.includes(name)) {
      if (!Array.isArray(value) || !value.every((item) => isRecord(item) && typeof item.id === 'string'))
        throw new Error(`${name}: expected a list of objects, each with an "id"`)
    } else if (NUMBERS.includes(name)) {
      if (typeof value !== 'number' || !(value > 0)) throw new Error(`${name}: expected a number above 0`)
    } else if (name !== 'pointsCurrency') {
      throw new Error(`${name}: expected one of ${[...LISTS, ...NUMBERS, 'pointsCurrency'].join(', ')}`)
    } else if (typeof value !== 'string' || value === '') {
      throw new Error(`${name}: expected the name of a currency`)
    }
  }
  return setup
}
