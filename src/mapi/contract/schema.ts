import { isRecord } from '../../values'

/**
 * Description of the values that a property takes, for checks at run time. Schemas stand beside the interfaces that
 * document the same properties, and `object<Interface>` makes the compiler hold the two together.
 */
export interface Schema<Value = unknown> {
  /** JSON type of the value. A query carries text, from which the sandbox reads this type back. */
  readonly type: 'string' | 'number' | 'boolean' | 'array' | 'object'
  /** Marks a property that may be missing. */
  readonly optional?: boolean
  /** Describes the first violation, which begins with the path of the value; undefined if there is none. */
  readonly violationOf: (value: unknown, path: string, extras: Extras) => string | undefined
  /** Exists for the compiler alone. */
  readonly value?: Value
}

/** Treatment of properties that a schema does not declare: the client sends them, the sandbox refuses them. */
export type Extras = 'allowed' | 'refused'

/** Schema of an object, with those of its properties. */
export interface ObjectSchema<Value = unknown> extends Schema<Value> {
  readonly properties: Readonly<Record<string, Schema>>
}

/** All property names of a union's members. */
type Keys<Type> = Type extends unknown ? keyof Type & string : never

/** Type of a property in any member of a union; undefined stands for the members without it. */
type ValueAt<Type, Key> = Type extends unknown ? (Key extends keyof Type ? Type[Key] : undefined) : never

/** Schemas of an interface's properties: one for each, and optional exactly where the property is. */
export type Shape<Type> = {
  readonly [Key in Keys<Type>]: undefined extends ValueAt<Type, Key>
    ? Schema<Exclude<ValueAt<Type, Key>, undefined>> & { readonly optional: true }
    : Schema<ValueAt<Type, Key>> & { readonly optional?: false }
}

const leaf = <Value>(
  type: Schema['type'],
  expected: string,
  accepts: (value: unknown) => boolean
): Schema<Value> & { optional?: false } => ({
  type,
  violationOf: (value, path) =>
    accepts(value) ? undefined : `${path}: expected ${expected}, got ${describeType(value)}`
})

/** Non-empty text of at most `maxLength` characters, as JavaScript counts them. */
export const textUpTo = (maxLength: number) =>
  leaf<string>(
    'string',
    maxLength === Infinity ? 'non-empty text' : `non-empty text of at most ${maxLength} characters`,
    (value) => typeof value === 'string' && value.length > 0 && value.length <= maxLength
  )

/** Non-empty text. */
export const text = textUpTo(Infinity)

/** Text of a form, which `expected` describes. */
export const textLike = (pattern: RegExp, expected: string) =>
  leaf<string>('string', expected, (value) => typeof value === 'string' && pattern.test(value))

/** One of a closed set of words. */
export const oneOf = <const Word extends string>(...words: readonly Word[]) =>
  leaf<Word>('string', words.map((word) => `"${word}"`).join(' or '), (value) =>
    words.some((word) => word === value)
  )

/** A finite number. */
export const number = leaf<number>('number', 'a finite number', Number.isFinite)

/** A finite number above 0. */
export const positiveNumber = leaf<number>(
  'number',
  'a finite number above 0',
  (value) => Number.isFinite(value) && Number(value) > 0
)

/** An integer from `minimum` to `maximum`. */
export const integer = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  leaf<number>(
    'number',
    maximum === Number.MAX_SAFE_INTEGER
      ? `an integer of at least ${minimum}`
      : `an integer from ${minimum} to ${maximum}`,
    (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum
  )

/** true or false. */
export const boolean = leaf<boolean>('boolean', 'true or false', (value) => typeof value === 'boolean')

/** True for a Date, also of another realm, as test runners have them. */
export const isDate = (value: unknown): value is Date =>
  Object.prototype.toString.call(value) === '[object Date]'

/** A point in time: a valid Date, or text that begins with a date. */
export const moment = leaf<string | Date>(
  'string',
  'a Date or an ISO date-time such as 2024-01-31T00:00:00Z',
  (value) =>
    isDate(value)
      ? !Number.isNaN(value.getTime())
      : typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)
)

/** A whole day, without a time. */
export const day = textLike(/^\d{4}-\d{2}-\d{2}$/, 'a whole day such as 2024-01-31')

/** Text, a number or a boolean. */
export const scalar = leaf<string | number | boolean>(
  'string',
  'text, a number or a boolean',
  (value) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
)

/** Makes a property optional: it may be missing or undefined. */
export const optional = <Value>(schema: Schema<Value>): Schema<Value> & { optional: true } => ({
  ...schema,
  optional: true
})

/** A list of `minimum` to `maximum` items. */
export const list = <Item>(
  items: Schema<Item>,
  minimum: number,
  maximum = Infinity
): Schema<Item[]> & { optional?: false } => ({
  type: 'array',
  violationOf: (value, path, extras) => {
    if (!Array.isArray(value)) return `${path}: expected a list, got ${describeType(value)}`
    if (value.length < minimum || value.length > maximum) {
      const bounds = maximum === Infinity ? `at least ${minimum}` : `${minimum} to ${maximum}`
      return `${path}: expected a list of ${bounds} items, got ${value.length}`
    }
    return firstOf(value, (item, index) => items.violationOf(item, `${path}.${index}`, extras))
  }
})

/** An object with at most `maximum` properties of any name. */
export const record = <Value>(
  values: Schema<Value>,
  maximum = Infinity
): Schema<Record<string, Value>> & { optional?: false } => ({
  type: 'object',
  violationOf: (value, path, extras) => {
    if (!isRecord(value)) return `${path}: expected an object, got ${describeType(value)}`
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length > maximum)
      return `${path}: expected at most ${maximum} properties, got ${entries.length}`
    return firstOf(entries, ([name, item]) => values.violationOf(item, `${path}.${name}`, extras))
  }
})

/** An object with the properties of an interface. */
export const object = <Type>(shape: Shape<Type>): ObjectSchema<Type> & { optional?: false } => {
  const properties: Readonly<Record<string, Schema>> = { ...shape }
  return {
    type: 'object',
    properties,
    violationOf: (value, path, extras) => {
      if (!isRecord(value)) return `${path || 'the input'}: expected an object, got ${describeType(value)}`
      const at = (name: string) => (path ? `${path}.${name}` : name)
      const unknown = Object.keys(value).find((name) => !Object.hasOwn(properties, name))
      return (
        firstOf(Object.entries(properties), ([name, schema]) => {
          if (value[name] !== undefined) return schema.violationOf(value[name], at(name), extras)
          return schema.optional ? undefined : `${at(name)}: required, but missing`
        }) ??
        (extras === 'refused' && unknown !== undefined
          ? `${at(unknown)}: MAPI documents no such property`
          : undefined)
      )
    }
  }
}

const firstOf = <Item>(
  items: readonly Item[],
  violationOf: (item: Item, index: number) => string | undefined
): string | undefined => {
  for (const [index, item] of items.entries()) {
    const violation = violationOf(item, index)
    if (violation !== undefined) return violation
  }
  return undefined
}

/** The type of a value and nothing of its content, which may be a secret or an address. */
const describeType = (value: unknown): string => {
  if (value === null) return 'null'
  if (value === '') return 'empty text'
  if (Array.isArray(value)) return 'a list'
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  switch (typeof value) {
    case 'string':
      return 'other text'
    case 'number':
      return Number.isFinite(value) ? `the number ${value}` : String(value)
    case 'object':
      return 'an object'
    case 'undefined':
      return 'undefined'
    default:
      return `a ${typeof value}`
  }
}
