/** Why a value of an event is not in the body. */
export type DropReason =
  | 'not a string'
  | 'not a number'
  | 'not true or false'
  | 'not an object'
  | 'not an age'
  | 'not a birthday'
  | 'not in, out or blocked'
  | 'not a whole number of at least 1'
  | 'blank'
  | 'longer than 128 characters'
  | 'more than 10 additional properties'
  | 'name begins with $'
  | 'another value has its place'
  | 'MAPI takes no such thing'

/** A value of an event that is not in the body. */
export interface DroppedValue {
  /** Where it stood in the payload, such as `friendbuyAttributes.size` or `products[1].price`. */
  name: string
  reason: DropReason
}

/** Takes note of a value that is left out. */
export type OnDrop = (name: string, reason: DropReason) => void
