import { parseBirthday } from './birthday'
import type { Birthday, LoyaltyStatus } from '../mapi/contract/operations'
import type { OnDrop } from './dropped-value'

const LOYALTY_STATUSES = ['in', 'out', 'blocked'] as const satisfies readonly LoyaltyStatus[]

/** An age in whole years, rounded down; none below 0. */
export const toAge = (age: number | undefined, onDrop: OnDrop): number | undefined => {
  if (age === undefined) return undefined
  if (age >= 0 && age <= Number.MAX_SAFE_INTEGER) return Math.floor(age)
  onDrop('age', 'not an age')
  return undefined
}

/** The day that `parseBirthday` reads. */
export const toBirthday = (birthday: string | undefined, onDrop: OnDrop): Birthday | undefined => {
  if (birthday === undefined) return undefined
  const day = parseBirthday(birthday)
  if (!day) onDrop('birthday', 'not a birthday')
  return day
}

/** MAPI's word for a loyalty status in any case, with or without white space around it. */
export const toLoyaltyStatus = (text: string | undefined, onDrop: OnDrop): LoyaltyStatus | undefined => {
  if (text === undefined) return undefined
  const loyaltyStatus = LOYALTY_STATUSES.find((status) => status === text.trim().toLowerCase())
  if (!loyaltyStatus) onDrop('loyaltyStatus', 'not in, out or blocked')
  return loyaltyStatus
}

/**
 * The first of several values that are meant for one place; the others are left out where they differ.
 *
 * @param prefix what comes before the names in the report, such as `products[0].`
 */
export const pickFirst = <Value>(
  prefix: string,
  values: Readonly<Record<string, Value | undefined>>,
  onDrop: OnDrop
): Value | undefined => {
  let chosen: Value | undefined
  for (const name of Object.keys(values)) {
    const value = values[name]
    if (chosen === undefined) chosen = value
    else if (value !== undefined && value !== chosen) onDrop(prefix + name, 'another value has its place')
  }
  return chosen
}

/** Takes note of values that an event has and MAPI does not take with it. */
export const dropAll = (values: Readonly<Record<string, unknown>>, onDrop: OnDrop): void => {
  for (const name of Object.keys(values)) {
    if (values[name] !== undefined) onDrop(name, 'MAPI takes no such thing')
  }
}
