import { type Birthday, parseBirthday } from './birthday'
import type { FieldDropReason, OnDrop } from './dropped-value'

const LOYALTY_STATUSES = ['in', 'out', 'blocked'] as const

/** Membership of a customer in the shop's loyalty program. */
export type LoyaltyStatus = (typeof LOYALTY_STATUSES)[number]

/** Rounds an age down to whole years and drops a negative one. */
export const toAge = (age: number | undefined, onDrop: OnDrop<FieldDropReason>): number | undefined => {
  if (age === undefined) return undefined
  if (age >= 0 && age <= Number.MAX_SAFE_INTEGER) return Math.floor(age)
  onDrop('age', 'not an age')
  return undefined
}

/** Parses a birthday with `parseBirthday` and drops an invalid one. */
export const toBirthday = (
  birthday: string | undefined,
  onDrop: OnDrop<FieldDropReason>
): Birthday | undefined => {
  if (birthday === undefined) return undefined
  const day = parseBirthday(birthday)
  if (!day) onDrop('birthday', 'not a birthday')
  return day
}

/** Gives the full name of a customer: their first and last name if there is none. */
export const toFullName = ({
  name,
  firstName,
  lastName
}: Readonly<Partial<Record<'name' | 'firstName' | 'lastName', string>>>): string | undefined =>
  name ?? (firstName && lastName && `${firstName} ${lastName}`)

/** Trims and lower-cases a loyalty status and drops an unknown one. */
export const toLoyaltyStatus = (
  text: string | undefined,
  onDrop: OnDrop<FieldDropReason>
): LoyaltyStatus | undefined => {
  if (text === undefined) return undefined
  const loyaltyStatus = LOYALTY_STATUSES.find((status) => status === text.trim().toLowerCase())
  if (!loyaltyStatus) onDrop('loyaltyStatus', 'not in, out or blocked')
  return loyaltyStatus
}

/**
 * Picks the first of several values for one property. The others are dropped if they differ from it.
 *
 * @param prefix path before the names, such as `products[0].`
 */
export const pickFirst = <Value>(
  prefix: string,
  values: Readonly<Record<string, Value | undefined>>,
  onDrop: OnDrop<FieldDropReason>
): Value | undefined => {
  let chosen: Value | undefined
  let winner = ''
  for (const name of Object.keys(values)) {
    const value = values[name]
    if (value === undefined || value === chosen) continue
    if (chosen === undefined) [chosen, winner] = [value, name]
    else onDrop(prefix + name, `overridden by ${winner}`)
  }
  return chosen
}

/** Drops values that MAPI has no property for. */
export const dropAll = (values: Readonly<Record<string, unknown>>, onDrop: OnDrop<FieldDropReason>): void => {
  for (const name of Object.keys(values)) {
    if (values[name] !== undefined) onDrop(name, 'not supported by MAPI')
  }
}
