import { randomUUID } from 'node:crypto'
import type { EmailEvent } from './email-metrics'
import { type Link, type Links, nameOf } from './links'
import type { Referrals } from './referrals'
import type { Timeline } from './reports'
import type { CompleteSetup } from './setup'
import type { Simulation } from './simulation'
import type { WebhookSender } from './webhook-sender'

/** Data of a merchant that simulations change. */
export interface SimulatorParts {
  links: Links
  referrals: Referrals
  emailEvents: Timeline<EmailEvent>
  setup: CompleteSetup
  now: () => number
  sender?: WebhookSender
}

/** Makes happen what is outside MAPI. */
export class Simulator {
  readonly #parts: SimulatorParts

  constructor(parts: SimulatorParts) {
    this.#parts = parts
  }

  /**
   * Makes something happen that is outside MAPI.
   *
   * @throws RangeError for a referral code that no link has
   */
  simulate(simulation: Simulation): void {
    const createdOn = 'createdOn' in simulation ? simulation.createdOn : undefined
    const at = createdOn === undefined ? this.#parts.now() : Date.parse(createdOn)
    if (Number.isNaN(at)) throw new RangeError(`createdOn: ${String(createdOn)} is not a date`)
    const { widgetViews, shares, clicks } = this.#parts.referrals
    switch (simulation.type) {
      case 'blockReferralCode':
        this.#linkOf(simulation.referralCode).isBlocked = true
        return
      case 'click':
        clicks.add(this.#withLink(simulation, at), at)
        return
      case 'share':
        shares.add(this.#withLink(simulation, at), at)
        return
      case 'widgetView':
        widgetViews.add({ ...toItem(simulation, at), ...this.#campaignName(simulation) }, at)
        return
      case 'emailCapture':
        this.#captureEmail(simulation, at)
        return
      case 'emailEvent':
        this.#parts.emailEvents.add(toItem(simulation, at), at)
        return
      case 'emailOptOut':
        this.#optOut(simulation, at)
        return
      default:
        throw new RangeError(`${JSON.stringify(simulation)} cannot be simulated`)
    }
  }

  #captureEmail(simulation: Simulation & { type: 'emailCapture' }, at: number): void {
    const { referralCode, customerId: _customerId, ...capture } = toItem(simulation, at)
    const link = referralCode === undefined ? undefined : this.#linkOf(referralCode)
    this.#parts.referrals.emailCaptures.add(
      {
        emailCaptureType: link ? 'friend' : 'other',
        campaignId: link?.request.campaignId,
        ...capture,
        ...this.#campaignName({ campaignId: link?.request.campaignId, ...capture })
      },
      at
    )
    this.#sendCapture(simulation, link, at)
    const [firstName, ...names] = simulation.name?.split(' ') ?? []
    this.#parts.referrals.record(
      { ...simulation, firstName, lastName: names.join(' '), trigger: 'email_capture' },
      at
    )
  }

  /** Sends a webhook of a capture, unless its opt-in box was left unchecked. */
  #sendCapture(
    { email, name, newsletterOptIn, ...capture }: Simulation & { type: 'emailCapture' },
    link: Link | undefined,
    at: number
  ): void {
    if (newsletterOptIn === false) return
    const { campaignId = link?.request.campaignId ?? '' } = capture
    const { campaignName = '' } = this.#campaignName({ ...capture, campaignId })
    this.#parts.sender?.send(
      'emailCapture',
      {
        eventId: randomUUID(),
        emailAddress: email,
        name,
        mobileNumber: null,
        campaign: { id: campaignId, name: campaignName },
        ...(link && {
          referral: { code: link.referralCode, channel: link.request.channel ?? 'purl' },
          advocate: {
            email: link.request.email,
            name: nameOf(link.request) ?? '',
            customerId: link.request.customerId
          }
        })
      },
      at
    )
  }

  #optOut({ email: emailAddress, campaignId = '' }: Simulation & { type: 'emailOptOut' }, at: number): void {
    const campaignName = this.#parts.setup.campaign(campaignId)?.name ?? ''
    this.#parts.sender?.send('emailOptOut', { emailAddress, campaignId, campaignName }, at)
  }

  #linkOf(referralCode: string) {
    const link = this.#parts.links.byCode(referralCode)
    if (!link) throw new RangeError(`There is no link with the referral code ${referralCode}`)
    return link
  }

  /** A simulated click or share, with what its link says. */
  #withLink(simulation: Simulation & { type: 'click' | 'share' }, at: number) {
    const link = this.#linkOf(simulation.referralCode)
    const { channel = 'purl' } = link.request
    return { channel, ...this.#parts.referrals.toItem(link, at), ...toItem(simulation, at) }
  }

  #campaignName({ campaignId, campaignName }: { campaignId?: string; campaignName?: string }) {
    if (campaignName !== undefined || campaignId === undefined) return { campaignName }
    return { campaignName: this.#parts.setup.campaign(campaignId)?.name }
  }
}

/** The properties of a simulation that belong to a report. */
const toItem = <Type extends { type: string; createdOn?: string }>(
  { type: _type, ...item }: Type,
  at: number
) => ({ ...item, createdOn: new Date(at).toISOString() })
