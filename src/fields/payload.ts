import { type InputField, PayloadValidationError } from '@segment/actions-core'
import type { LeaveOut, LeftOutReason } from '../mapi/left-out'
import { isBlank, toBoolean, toList, toNumber, toObject, toText } from './values'

/** How a value becomes one of a field's type, and what is wrong with one that does not. */
const types = {
  string: { read: toText, problem: 'not a string' },
  number: { read: toNumber, problem: 'not a number' },
  boolean: { read: toBoolean, problem: 'not true or false' },
  object: { read: toObject, problem: 'not an object' }
} as const satisfies Record<string, { read: (value: unknown) => unknown; problem: LeftOutReason }>

/** What the value of a field looks like. */
export interface FieldShape {
  type: keyof typeof types
  multiple?: boolean
  required?: InputField['required']
  properties?: FieldShapes
}

/** What the values of several fields look like, by their keys. */
export type FieldShapes = Readonly<Record<string, FieldShape>>

/** A field as actions-core takes it, of one of the types that the actions use. */
export interface Field extends InputField {
  type: FieldShape['type']
  properties?: Record<string, Field>
}

/** The fields of an action by their keys, which saved mappings refer to. */
export type Fields = Readonly<Record<string, Field>>

type ItemOf<F extends FieldShape> = F extends { properties: infer Properties extends FieldShapes }
  ? PayloadOf<Properties>
  : NonNullable<ReturnType<(typeof types)[F['type']]['read']>>

type ValueOf<F extends FieldShape> = F extends { multiple: true } ? ItemOf<F>[] : ItemOf<F>

type RequiredKey<F extends FieldShapes> = {
  [Key in keyof F]: F[Key] extends { required: true } ? Key : never
}[keyof F]

/** The values of fields by their keys: each of its declared type, and those of the required ones there. */
export type PayloadOf<F extends FieldShapes> = {
  [Key in RequiredKey<F>]: ValueOf<F[Key]>
} & { [Key in Exclude<keyof F, RequiredKey<F>>]?: ValueOf<F[Key]> }

/**
 * The declared fields of a payload, each of its declared type, and none of them blank. Hosts pass more along (their
 * settings, for one), null for what is missing, numbers as strings, lists within lists.
 *
 * @param fields the action's fields
 * @param payload the payload as the host gives it; it is not changed
 * @param leaveOut takes note of a value that cannot be read
 * @throws PayloadValidationError naming the first required field that is blank or cannot be read
 */
export const readPayload = <F extends Fields>(
  fields: F,
  payload: unknown,
  leaveOut: LeaveOut
): PayloadOf<F> => {
  const problems = new Map<string, LeftOutReason>()
  const values = readFields(fields, toObject(payload) ?? {}, '', (name, reason) => {
    problems.set(name, reason)
    leaveOut(name, reason)
  })
  for (const key in fields) {
    const field = fields[key]
    if (field?.required && !Object.hasOwn(values, key)) {
      throw new PayloadValidationError(
        `${field.label} (${key}) is required, and is ${problems.get(key) ?? 'missing or blank'}: map it to a value that the event has.`
      )
    }
  }
  return values as PayloadOf<F>
}

/**
 * The same for the properties of an object, none of which is required.
 *
 * @param prefix what comes before their names in the report, such as `products[0].`
 */
export const readFields = <F extends FieldShapes>(
  fields: F,
  given: Readonly<Record<string, unknown>>,
  prefix: string,
  leaveOut: LeaveOut
): Partial<PayloadOf<F>> => {
  const values: Record<string, unknown> = {}
  for (const key in fields) {
    const field = fields[key]
    if (!field || isBlank(given[key]) || !Object.hasOwn(given, key)) continue
    const value = readField(field, given[key], prefix + key, leaveOut)
    if (value !== undefined) values[key] = value
  }
  // Each value was read as its field says, and PayloadOf says the same of it.
  return values as Partial<PayloadOf<F>>
}

const readField = (field: FieldShape, value: unknown, name: string, leaveOut: LeaveOut) => {
  if (!field.multiple) return readItem(field, value, name, leaveOut)
  const items = toList(value)
    .map((item, index) => readItem(field, item, `${name}[${index}]`, leaveOut))
    .filter((item) => item !== undefined)
  return items.length > 0 ? items : undefined
}

const readItem = (field: FieldShape, value: unknown, name: string, leaveOut: LeaveOut) => {
  const { read, problem } = types[field.type]
  const item = read(value)
  if (item === undefined) leaveOut(name, problem)
  if (!field.properties) return item
  // One that cannot be read is empty: the others of its list keep their places, which the report names.
  return typeof item === 'object' ? readProperties(field.properties, item, name, leaveOut) : {}
}

const readProperties = (
  fields: FieldShapes,
  given: Record<string, unknown>,
  name: string,
  leaveOut: LeaveOut
) => {
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(fields, key) && !isBlank(given[key]))
      leaveOut(`${name}.${key}`, 'MAPI takes no such thing')
  }
  return readFields(fields, given, `${name}.`, leaveOut)
}
