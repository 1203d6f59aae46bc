import type { InputField } from '@segment/actions-core'
import type { FieldDropReason, OnDrop } from './dropped-value'
import { hasOwn, isBlank, isRecord, toBoolean, toList, toNumber, toObject, toText } from '../values'

/** Field types: the function that converts a value, and the reason given for one that cannot be converted. */
const types = {
  string: { read: toText, reason: 'not a string' },
  number: { read: toNumber, reason: 'not a number' },
  boolean: { read: toBoolean, reason: 'not true or false' },
  object: { read: toObject, reason: 'not an object' }
} as const satisfies Record<string, { read: (value: unknown) => unknown; reason: FieldDropReason }>

/** Shape of a field's value. */
export interface FieldShape {
  type: keyof typeof types
  multiple?: boolean
  required?: InputField['required']
  properties?: FieldShapes
}

/** Shapes of several fields, by key. */
export type FieldShapes = Readonly<Record<string, FieldShape>>

/** A field of an action, limited to the types that `fields` can read. */
export interface Field extends InputField {
  /** Type of the field's values. */
  type: FieldShape['type']
  /** Fields of an object, by key. */
  properties?: Record<string, Field>
}

/** Fields of an action by key. Saved mappings refer to these keys. */
export type Fields = Readonly<Record<string, Field>>

type ItemOf<F extends FieldShape> = F extends { properties: infer Properties extends FieldShapes }
  ? PayloadOf<Properties>
  : Exclude<ReturnType<(typeof types)[F['type']]['read']>, undefined>

type ValueOf<F extends FieldShape> = F extends { multiple: true } ? ItemOf<F>[] : ItemOf<F>

type RequiredKey<F extends FieldShapes> = {
  [Key in keyof F]: F[Key] extends { required: true } ? Key : never
}[keyof F]

/** Makes an editor show the properties of an intersection, and not its parts. */
type Shown<T> = T extends infer O ? { [Key in keyof O]: O[Key] } : never

/** Values of fields by key, each of its declared type. Required ones are present. */
export type PayloadOf<F extends FieldShapes> = Shown<
  {
    [Key in RequiredKey<F>]: ValueOf<F[Key]>
  } & { [Key in Exclude<keyof F, RequiredKey<F>>]?: ValueOf<F[Key]> }
>

/** Reads the properties of an object. The prefix is the path before their names in reports. */
type Reader<F extends FieldShapes> = (
  given: Readonly<Record<string, unknown>>,
  prefix: string,
  onDrop: OnDrop<FieldDropReason>
) => Partial<PayloadOf<F>>

/** Reads one field. All readers share one shape so that V8 can optimize the loop over them. */
interface FieldReader {
  key: string
  read: (value: unknown) => unknown
  reason: FieldDropReason
  isMultiple: boolean
  /** Reads the properties of each object in the field. */
  readProperties: Reader<FieldShapes> | undefined
}

/**
 * Creates a reader that picks the declared fields from a payload, converts each to its type and skips blank values.
 * Hosts also pass undeclared values (such as their settings), null for missing ones, numbers as strings, and nested
 * lists. The reader does not change the payload.
 *
 * @param toError creates the error that the reader throws for the first required field that is blank or unreadable
 * @returns the reader; it calls `onDrop` for each value that cannot be converted
 * @example
 * const read = payloadReader({ amount: { label: 'Amount', description: '', type: 'number' } }, (message) => new Error(message))
 * read({ amount: '12.50', authKey: 'k' }, console.warn) // { amount: 12.5 }
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
      if (hasOwn(values, key)) continue
      const problem = valueAt(given, key) === undefined ? 'missing or blank' : types[type].reason
      throw toError(`${label} (${key}) is required, and is ${problem}: map it to a value that the event has.`)
    }
    return values as PayloadOf<F>
  }
}

/** Creates a reader for the properties of an object, none of which is required. */
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
    // Each reader returns the type that PayloadOf derives from the same declaration.
    return values as Partial<PayloadOf<F>>
  }
}

const toFieldReader = ([key, { type, multiple = false, properties }]: [string, FieldShape]): FieldReader => ({
  key,
  ...types[type],
  isMultiple: multiple,
  readProperties: properties && propertiesReader(properties)
})

/** Creates a reader that also reports undeclared properties. */
const propertiesReader = (fields: FieldShapes): Reader<FieldShapes> => {
  const read = fieldsReader(fields)
  return (given, prefix, onDrop) => {
    for (const key of Object.keys(given)) {
      if (!hasOwn(fields, key) && !isBlank(given[key])) onDrop(prefix + key, 'not supported by MAPI')
    }
    return read(given, prefix, onDrop)
  }
}

/** Returns the own property of an object, unless it is blank. */
const valueAt = (given: Readonly<Record<string, unknown>>, key: string) => {
  const value = given[key]
  return isBlank(value) || !hasOwn(given, key) ? undefined : value
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
  // An unreadable item becomes an empty one, so that the others keep the index that reports name.
  return isRecord(item) ? readProperties(item, `${name}.`, onDrop) : {}
}
