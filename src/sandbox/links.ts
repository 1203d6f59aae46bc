import { customAlphabet } from 'nanoid'
import type { ReferralLinkOfBatch, ReferralLinkRequest, ReferralStatus } from '../mapi/contract/operations'
import { BoundedMap } from './bounded-map'
import { Refusal } from './refusal'
import type { CompleteSetup, SandboxCampaign } from './setup'

/** A personal link, and whose it is. */
export interface Link {
  readonly request: ReferralLinkRequest
  readonly referralCode: string
  readonly createdOn: string
  isBlocked: boolean
}

/** Code of 8 characters, as MAPI's examples have them. */
export const newCode = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 8)

/** Personal links of one merchant: one for each campaign and address. */
export class Links {
  readonly #setup: CompleteSetup
  readonly #links: BoundedMap<string, Link>
  readonly #byCode: BoundedMap<string, Link>

  constructor(setup: CompleteSetup, keep: number) {
    this.#setup = setup
    this.#links = new BoundedMap(keep)
    this.#byCode = new BoundedMap(keep)
  }

  /**
   * Creates or retrieves links.
   *
   * @throws Refusal if one of the campaigns is missing or inactive
   */
  create(requests: readonly ReferralLinkRequest[], now: number): ReferralLinkOfBatch[] {
    for (const { campaignId } of requests) {
      const campaign = this.#setup.campaign(campaignId)
      if (!campaign || campaign.active === false) {
        throw new Refusal(404, `Campaign ${campaignId} does not exist or is inactive`)
      }
    }
    return requests.map((request) => toAnswer(this.#find(request) ?? this.#create(request, now)))
  }

  /** Finds the link of a code. */
  byCode(code: string | undefined): Link | undefined {
    return code === undefined ? undefined : this.#byCode.get(code)
  }

  campaignOf({ request: { campaignId } }: Link): SandboxCampaign | undefined {
    return this.#setup.campaign(campaignId)
  }

  /**
   * Looks up a code.
   *
   * @throws Refusal if it is unknown or blocked
   */
  status(code: string): ReferralStatus {
    const link = this.byCode(code)
    if (!link) throw new Refusal(404, `Referral code ${code} could not be found`)
    if (link.isBlocked) throw new Refusal(400, `Referral code ${code} is blocked`)
    const { email, customerId, campaignId } = link.request
    const { advocateReward, friendIncentive } = this.campaignOf(link) ?? {}
    return {
      referralCode: { code, status: 'active' },
      campaignId,
      advocate: {
        email,
        customerId,
        name: nameOf(link.request),
        rewardDetails: toDetails(advocateReward)
      },
      friendIncentive: { ...toDetails(friendIncentive), description: friendIncentive?.description }
    }
  }

  /** Forgets the links of these people. */
  forget(isOf: (person: ReferralLinkRequest) => boolean): void {
    for (const [key, { request, referralCode }] of this.#links) {
      if (!isOf(request)) continue
      this.#links.delete(key)
      this.#byCode.delete(referralCode)
    }
  }

  #find(request: ReferralLinkRequest): Link | undefined {
    return this.#links.get(toKey(request))
  }

  #create(request: ReferralLinkRequest, now: number): Link {
    const seed = request.seed?.toLowerCase().replace(/[^a-z0-9_-]/g, '')
    const referralCode = seed && !this.#byCode.has(seed) ? seed : newCode()
    const link = { request, referralCode, createdOn: new Date(now).toISOString(), isBlocked: false }
    this.#links.set(toKey(request), link)
    this.#byCode.set(referralCode, link)
    return link
  }
}

const toKey = ({ campaignId, email }: ReferralLinkRequest) =>
  JSON.stringify([campaignId.toLowerCase(), email.toLowerCase()])

const toAnswer = ({ request, referralCode, createdOn }: Link): ReferralLinkOfBatch => ({
  link: `https://fbuy.io/sandbox/${referralCode}`,
  referralCode,
  createdOn,
  email: request.email,
  campaignId: request.campaignId,
  customerId: request.customerId
})

const toDetails = (reward?: { amount: number; unit: string }) =>
  reward ? { amount: reward.amount, value: reward.unit } : {}

/** A person's full name. */
export const nameOf = ({
  firstName,
  lastName
}: {
  firstName?: string
  lastName?: string
}): string | undefined => [firstName, lastName].filter(Boolean).join(' ') || undefined
