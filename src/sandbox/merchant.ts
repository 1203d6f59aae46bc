import { createHash, randomUUID } from 'node:crypto'
import type { AnswerOf, InputOf } from '../mapi/contract/operations'
import { RingBuffer } from './ring-buffer'

/**
 * The name under which the sandbox records a merchant: the same for the same key and secret, and neither of them.
 * Of a secret `ENV:SECRET` it is SECRET, which is all that MAPI gets.
 */
export const merchantOf = ({ key, secret }: InputOf<'postAuthorization'>): string =>
  createHash('sha256')
    .update(JSON.stringify([key, secret]))
    .digest('hex')
    .slice(0, 12)

/** What a merchant has filed about somebody. */
interface StoredEvent {
  type: 'purchase' | 'sign-up' | 'custom event' | 'customer'
  body: InputOf<'postPurchaseEvent'> | InputOf<'postSignUpEvent'> | InputOf<'postCustomEvent'> | Customer
}

type Customer = InputOf<'postCustomer'>

/** What became of an event: MAPI takes one that it knows already, and counts it once. */
export interface EventResult {
  answer: AnswerOf<'postPurchaseEvent'>
  /** The event that this one repeats. */
  duplicateOf?: string
}

/** The data of one merchant. */
export class Merchant {
  readonly #customers = new Map<string, Customer>()
  readonly #eventIds = new Map<string, string>()
  readonly #filed: RingBuffer<StoredEvent>

  /** @param keep how much of what is filed is kept, the latest */
  constructor(keep: number) {
    this.#filed = new RingBuffer(keep)
  }

  takePurchase(body: InputOf<'postPurchaseEvent'>): EventResult {
    return this.#take({ type: 'purchase', body }, JSON.stringify(['purchase', body.orderId]))
  }

  takeSignUp(body: InputOf<'postSignUpEvent'>): EventResult {
    return this.#take({ type: 'sign-up', body })
  }

  takeCustomEvent(body: InputOf<'postCustomEvent'>): EventResult {
    const { eventType, deduplicationId } = body
    return this.#take(
      { type: 'custom event', body },
      deduplicationId === undefined ? undefined : JSON.stringify(['custom event', eventType, deduplicationId])
    )
  }

  /** Creates a customer, or updates the one of that ID. */
  takeCustomer(body: Customer): EventResult & { isNew: boolean } {
    const known = this.#customers.get(body.customerId)
    this.#customers.set(body.customerId, { ...known, ...body })
    return { ...this.#take({ type: 'customer', body }), isNew: known === undefined }
  }

  customer(id: string): Customer | undefined {
    return this.#customers.get(id)
  }

  /** Everything filed about who has this e-mail address or customer ID. */
  userData({ email, customerId }: InputOf<'getUserData'>): AnswerOf<'getUserData'> {
    const filed = this.#filed.items().filter(({ body }) => isAbout(body, email, customerId))
    const collect = (read: (filed: StoredEvent) => string | undefined) => [
      ...new Set(filed.map(read).filter((value) => value !== undefined))
    ]
    return {
      emails: collect(({ body }) => body.email),
      names: collect(
        ({ body: { firstName, lastName } }) => [firstName, lastName].filter(Boolean).join(' ') || undefined
      ),
      customerIds: collect(({ body }) => body.customerId),
      ipAddresses: collect(({ body }) => body.ipAddress),
      languages: collect(({ body }) => ('language' in body ? body.language : undefined)),
      userAgents: collect(({ body }) => body.userAgent),
      colorDepths: [],
      platforms: [],
      screenSizes: [],
      trackedEvents: filed.map(({ type }) => ({ type })),
      shares: {},
      conversions: {}
    }
  }

  /** Forgets all of that, for good. */
  deleteUserData({ email, customerId }: InputOf<'deleteUserData'>): AnswerOf<'deleteUserData'> {
    this.#filed.filter(({ body }) => !isAbout(body, email, customerId))
    for (const [id, customer] of this.#customers) {
      if (isAbout(customer, email, customerId)) this.#customers.delete(id)
    }
    return { jobId: randomUUID() }
  }

  #take(filed: StoredEvent, identity?: string): EventResult {
    const eventId = randomUUID()
    const duplicateOf = identity === undefined ? undefined : this.#eventIds.get(identity)
    if (identity !== undefined && duplicateOf === undefined) this.#eventIds.set(identity, eventId)
    if (duplicateOf === undefined) this.#filed.push(filed)
    return {
      answer: { eventId, createdOn: new Date().toISOString() },
      ...(duplicateOf !== undefined && { duplicateOf })
    }
  }
}

const isAbout = (body: StoredEvent['body'], email: string | undefined, customerId: string | undefined) =>
  (email !== undefined && body.email === email) ||
  (customerId !== undefined && body.customerId === customerId)
