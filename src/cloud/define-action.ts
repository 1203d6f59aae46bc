import { type JSONObject, type JSONValue, PayloadValidationError } from '@segment/actions-core'
import { type Fields, type PayloadOf, payloadReader } from '../fields/payload'
import type { BodyOf, EventPath } from '../mapi/contract/operations'
import type { OnDrop } from '../fields/dropped-value'
import type { DroppedValue, DropReason } from './dropped-value'

/** A shape, and no property besides: not even one that a spread brings along. */
type Exactly<Shape, Actual> = Shape & Record<Exclude<keyof Actual, keyof Shape>, never>

/** An action as its own file declares it. */
interface ActionDeclaration<F extends Fields, Path extends EventPath, Body extends object> {
  title: string
  description: string
  /** The events that the action is for, in Segment's subscription language. */
  defaultSubscription: string
  /** Where MAPI takes the body. */
  path: Path
  fields: F
  /** The body for a payload; `onDrop` takes note of each value that does not make it there. */
  toBody: (payload: PayloadOf<F>, onDrop: OnDrop<DropReason>) => Body & Exactly<BodyOf<Path>, Body>
}

/** A MAPI call that an event becomes, before it is sent. */
export interface PreparedCall {
  path: EventPath
  body: JSONObject
  /** What the payload held and the body does not. */
  dropped: DroppedValue[]
}

/** An action: what a host shows of it, and what becomes of a payload. It sends nothing by itself. */
export interface FriendbuyAction {
  title: string
  description: string
  defaultSubscription: string
  path: EventPath
  fields: Fields
  /**
   * The call that a payload becomes.
   *
   * @throws PayloadValidationError naming the first required field that is blank or cannot be read
   */
  prepare: (payload: unknown) => PreparedCall
}

/** Makes an action of its declaration. The body is checked against MAPI's contract when this compiles. */
export const defineAction = <const F extends Fields, Path extends EventPath, Body extends object>({
  toBody,
  ...action
}: ActionDeclaration<F, Path, Body>): FriendbuyAction => {
  const { path } = action
  const readPayload = payloadReader(action.fields, (message) => new PayloadValidationError(message))
  return {
    ...action,
    prepare: (payload) => {
      const dropped: DroppedValue[] = []
      const onDrop: OnDrop<DropReason> = (name, reason) => dropped.push({ name, reason })
      const body = toBody(readPayload(payload, onDrop), onDrop)
      return { path, body: withoutEmpty(body), dropped }
    }
  }
}

/** A body as it is sent, without what is undefined and without empty objects and arrays; none stands deeper in it. */
const withoutEmpty = (body: Readonly<Record<string, JSONValue | undefined>>): JSONObject => {
  const kept: JSONObject = {}
  for (const name of Object.keys(body)) {
    const value = body[name]
    if (value !== undefined && !isEmpty(value)) kept[name] = value
  }
  return kept
}

const isEmpty = (value: JSONValue) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
