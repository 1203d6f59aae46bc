import type { LoyaltyStatus } from '../mapi/contract/operations'
import { BoundedMap } from './bounded-map'
import { isSameAddress } from './reports'

/** Details of a customer, as any call may name them. */
export interface NamedPerson {
  customerId?: string
  email?: string
  firstName?: string
  lastName?: string
  loyaltyStatus?: LoyaltyStatus
}

/** A customer whom a call has named. */
export interface Person extends NamedPerson {
  readonly customerId: string
  /** True once the customer was created by a call of its own. */
  isCreated: boolean
  /** Descriptions of opt-ins and opt-outs. */
  readonly logs: string[]
  optedInOn?: string
}

/** Customers of one merchant. */
export class People {
  readonly #people: BoundedMap<string, Person>

  constructor(keep: number) {
    this.#people = new BoundedMap(keep)
  }

  find(customerId: string): Person | undefined {
    return this.#people.get(customerId)
  }

  /** Notes the customer that a call names, and what it says of the customer's loyalty. */
  note(named: NamedPerson, now: number): Person | undefined {
    const { customerId, email, firstName, lastName, loyaltyStatus } = named
    if (customerId === undefined) return undefined
    const person = this.#people.get(customerId) ?? { customerId, isCreated: false, logs: [] }
    person.email ??= email
    person.firstName ??= firstName
    person.lastName ??= lastName
    if (loyaltyStatus !== undefined && loyaltyStatus !== person.loyaltyStatus) {
      const on = new Date(now).toISOString()
      const change = { in: 'opted in', out: 'opted out', blocked: 'blocked' }[loyaltyStatus]
      person.loyaltyStatus = loyaltyStatus
      person.logs.push(`${change} through the API on: ${on}`)
      if (loyaltyStatus === 'in') person.optedInOn = on
    }
    this.#people.set(customerId, person)
    return person
  }

  /**
   * Creates or updates a customer.
   *
   * @returns true for a new customer
   */
  create(details: NamedPerson & { customerId: string }, now: number): boolean {
    const person = this.note(details, now)
    if (!person) return false
    const isNew = !person.isCreated
    person.isCreated = true
    const { email, firstName, lastName } = details
    if (email !== undefined) person.email = email
    if (firstName !== undefined) person.firstName = firstName
    if (lastName !== undefined) person.lastName = lastName
    return isNew
  }

  /** Addresses and IDs of the customers with this address or ID. */
  identify({ email, customerId }: NamedPerson): Identity {
    const emails = new Set(email === undefined ? [] : [email.toLowerCase()])
    const customerIds = new Set(customerId === undefined ? [] : [customerId])
    for (const person of this.#people.values()) {
      if (!isSameAddress(person.email, email) && person.customerId !== customerId) continue
      customerIds.add(person.customerId)
      if (person.email !== undefined) emails.add(person.email.toLowerCase())
    }
    return { emails, customerIds }
  }

  forget({ customerIds }: Identity): void {
    for (const id of customerIds) this.#people.delete(id)
  }
}

/** Addresses, in lower case, and IDs of a person. */
export interface Identity {
  readonly emails: ReadonlySet<string>
  readonly customerIds: ReadonlySet<string>
}

/** True for someone with one of these addresses or IDs. */
export const isIdentifiedBy = (
  { emails, customerIds }: Identity,
  { email, customerId }: { email?: string; customerId?: string }
): boolean =>
  (email !== undefined && emails.has(email.toLowerCase())) ||
  (customerId !== undefined && customerIds.has(customerId))
