import type { InputField } from '@segment/actions-core'
import type { FieldDropReason, OnDrop } from './dropped-value'
import { isBlank, isRecord, toBoolean, toList, toNumber, toObject, toText } from '../values'

/** How a value becomes one of a field's type, and what is wrong with one that does not. */
const types = {
  string: { read: toText, reason: 'not a string' },
  number: { read: toNumber, reason: 'not a number' },
  boolean: { read: toBoolean, reason: 'not true or false' },
  object: { read: toObject, reason: 'not an object' }
} as const satisfies Record<string, { read: (value: unknown) => unknown; reason: FieldDropReason }>

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

/** Reads the properties of an object; the prefix is what comes before their names in the report. */
type Reader<F extends FieldShapes> = (
  given: Readonly<Record<string, unknown>>,
  prefix: string,
  onDrop: OnDrop<FieldDropReason>
) => Partial<PayloadOf<F>>

/** What reads one field. All of them look alike, whatever the fields do, so that a loop over them is cheap. */
interface FieldReader {
  key: string
  read: (value: unknown) => unknown
  reason: FieldDropReason
  isMultiple: boolean
  /** Reads the properties of each object that the field holds. */
  readProperties: Reader<FieldShapes> | undefined
}

/**
 * What reads the declared fields of a payload, each of its declared type, and none of them blank. Hosts pass more along
 * (their settings, for one), null for what is missing, numbers as strings, lists within lists.
 *
 * It is given the payload as the host gives it, which it does not change, and what takes note of a value that cannot be
 * read. It throws a PayloadValidationError naming the first required field that is blank or cannot be read.
 */
export const payloadReader = <F extends Fields>(
  fields: F,
  toError: (message: string) => Error
): ((payload: unknown, onDrop: OnDrop<FieldDropReason>) => PayloadOf<F>) => {
  const read = fieldsReader(fields)
  const required = Object.entries<Field>(fields).filter(([, field]) => field.required)
  return (payload, onDrop) => {
    const given = toObject(payload) ?? {}
    const values = read(given, '', onDrop)
    for (const [key, { label, type }] of required) {
      if (Object.hasOwn(values, key)) continue
      const problem = valueAt(given, key) === undefined ? 'missing or blank' : types[type].reason
      throw toError(`${label} (${key}) is required, and is ${problem}: map it to a value that the event has.`)
    }
    return values as PayloadOf<F>
  }
}

/** The same for the properties of an object, none of which is required. */
export const fieldsReader = <F extends FieldShapes>(fields: F): Reader<F> => {
  const readers = Object.entries<FieldShape>(fields).map(toFieldReader)
  return (given, prefix, onDrop) => {
    const values: Record<string, unknown> = {}
    for (const reader of readers) {
      const value = valueAt(given, reader.key)
      if (value === undefined) continue
      const read = readField(reader, value, prefix + reader.key, onDrop)
      if (read !== undefined) values[reader.key] = read
    }
    // Each value was read as its field says, and PayloadOf says the same of it.
    return values as Partial<PayloadOf<F>>
  }
}

const toFieldReader = ([key, { type, multiple = false, properties }]: [string, FieldShape]): FieldReader => ({
  key,
  ...types[type],
  isMultiple: multiple,
  readProperties: properties && propertiesReader(properties)
})

/** A reader that also takes note of the properties that are not declared. */
const propertiesReader = (fields: FieldShapes): Reader<FieldShapes> => {
  const read = fieldsReader(fields)
  return (given, prefix, onDrop) => {
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key) && !isBlank(given[key])) onDrop(prefix + key, 'not supported by MAPI')
    }
    return read(given, prefix, onDrop)
  }
}

/** What an object itself has under a name, unless that is blank. */
const valueAt = (given: Readonly<Record<string, unknown>>, key: string) => {
  const value = given[key]
  return isBlank(value) || !Object.hasOwn(given, key) ? undefined : value
}

const readField = (field: FieldReader, value: unknown, name: string, onDrop: OnDrop<FieldDropReason>) => {
  if (!field.isMultiple) return readItem(field, value, name, onDrop)
  const items = toList(value)
    .map((item, index) => readItem(field, item, `${name}[${index}]`, onDrop))
    .filter((item) => item !== undefined)
  return items.length > 0 ? items : undefined
}

const readItem = (
  { read, reason, readProperties }: FieldReader,
  value: unknown,
  name: string,
  onDrop: OnDrop<FieldDropReason>
) => {
  const item = read(value)
  if (item === undefined) onDrop(name, reason)
  if (!readProperties) return item
  // One that cannot be read is empty: the others of its list keep their places, which the report names.
  return isRecord(item) ? readProperties(item, `${name}.`, onDrop) : {}
}
