import { toOneLine } from '../messages'

/** Reasons why the value of a field is dropped. */
export type FieldDropReason =
  | 'not a string'
  | 'not a number'
  | 'not true or false'
  | 'not an object'
  | 'not an age'
  | 'not a birthday'
  | 'not in, out or blocked'
  | 'not a whole number of at least 1'
  | 'not supported by MAPI'
  | `overridden by ${string}`

/**
 * Callback for a dropped value.
 *
 * @param name path of the value in the payload, such as `products[1].price`
 */
export type OnDrop<Reason extends string> = (name: string, reason: Reason) => void

/** Maximum number of dropped values that a log line names. */
const MAX_NAMED = 100

/**
 * Describes the dropped values of an event in one line:
 * `Friendbuy Track Customer dropped: age (not an age), friendbuyAttributes.size (not a string) and 3 more`.
 */
export const describeDropped = (
  title: string,
  dropped: readonly Readonly<Record<'name' | 'reason', string>>[]
): string => {
  const named = dropped
    .slice(0, MAX_NAMED)
    .map(({ name, reason }) => `${toOneLine(name)} (${toOneLine(reason)})`)
  const others = dropped.length > MAX_NAMED ? ` and ${dropped.length - MAX_NAMED} more` : ''
  return `Friendbuy ${title} dropped: ${named.join(', ')}${others}`
}
