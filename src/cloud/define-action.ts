import type { JSONObject, JSONValue } from '@segment/actions-core'
import type { ActionDescription } from '../fields/actions'
import { contextFields } from '../fields/context'
import type { OnDrop } from '../fields/dropped-value'
import { type Fields, type PayloadOf, payloadReader } from '../fields/payload'
import type { BodyOf, EventPath } from '../mapi/contract/operations'
import { withoutEmpty } from '../values'
import type { DroppedValue, DropReason } from './dropped-value'

/** A shape without additional properties, including those that a spread would add. */
type Exactly<Shape, Actual> = Shape & Record<Exclude<keyof Actual, keyof Shape>, never>

/** Declaration of an action. */
interface ActionDeclaration<
  F extends Fields,
  Path extends EventPath,
  Body extends object
> extends ActionDescription {
  /** Path of the MAPI endpoint. */
  path: Path
  fields: F
  /** Builds the body from a payload. Calls `onDrop` for each value that is not in the body. */
  toBody: (payload: PayloadOf<F>, onDrop: OnDrop<DropReason>) => Body & Exactly<BodyOf<Path>, Body>
}

/** A MAPI call that is ready to be sent. */
export interface PreparedCall {
  /** Path of the MAPI endpoint. */
  path: EventPath
  /** JSON body without undefined values, empty objects or empty arrays. */
  body: JSONObject
  /** Values of the payload that are not in the body. */
  dropped: DroppedValue[]
}

/** An action of the destination: its description for hosts, and the conversion of payloads to MAPI calls. */
export interface FriendbuyAction extends ActionDescription {
  /** Path of the MAPI endpoint. */
  path: EventPath
  /**
   * Converts a payload to a MAPI call without sending it.
   *
   * @param payload mapped values by field, as a host passes them to `perform`
   * @param mapping saved mapping of the payload. Page URL and title are reported as dropped only if it maps them to
   * something other than the default.
   * @throws PayloadValidationError if a required field is blank or unreadable
   * @example
   * const { path, body, dropped } = actions.trackPurchase.prepare({ orderId: 'o-1', amount: '12.50', currency: 'usd' })
   */
  prepare: (payload: unknown, mapping?: Readonly<Record<string, unknown>>) => PreparedCall
}

/** Definition of an action, without the error that its host knows. */
export interface ActionDefinition extends ActionDescription {
  /** Path of the MAPI endpoint. */
  path: EventPath
  /** Creates the action's `prepare`. `toError` creates the error for a required field that is blank or unreadable. */
  createPrepare: (toError: (message: string) => Error) => FriendbuyAction['prepare']
}

/** Defines an action by its declaration. TypeScript checks the body against MAPI's contract. */
export const defineAction = <const F extends Fields, Path extends EventPath, Body extends object>({
  toBody,
  ...action
}: ActionDeclaration<F, Path, Body>): ActionDefinition => {
  const { path } = action
  return {
    ...action,
    createPrepare: (toError) => {
      // Made for the first payload: hosts load many actions that never get one.
      let readPayload: ((payload: unknown, onDrop: OnDrop<DropReason>) => PayloadOf<F>) | undefined
      return (payload, mapping = {}) => {
        const dropped: DroppedValue[] = []
        const onDrop: OnDrop<DropReason> = (name, reason) => {
          if (!isPageByDefault(name, mapping)) dropped.push({ name, reason })
        }
        readPayload ??= payloadReader(action.fields, toError)
        const body = toBody(readPayload(payload, onDrop), onDrop)
        return { path, body: withoutEmpty<JSONValue>(body), dropped }
      }
    }
  }
}

/** Creates an action from its definition. */
export const toAction = (
  { createPrepare, ...action }: ActionDefinition,
  toError: (message: string) => Error
): FriendbuyAction => ({ ...action, prepare: createPrepare(toError) })

/**
 * Checks if a value is the page of an event by the default mapping. Every browser event has one, MAPI supports none, and
 * a report would ask for nothing that anybody could do.
 */
const isPageByDefault = (name: string, mapping: Readonly<Record<string, unknown>>) =>
  (name === 'pageUrl' || name === 'pageTitle') &&
  (mapping[name] === undefined || JSON.stringify(mapping[name]) === PAGE_DEFAULTS[name])

const PAGE_DEFAULTS = {
  pageUrl: JSON.stringify(contextFields.pageUrl.default),
  pageTitle: JSON.stringify(contextFields.pageTitle.default)
}
