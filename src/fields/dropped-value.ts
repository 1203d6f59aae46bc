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
