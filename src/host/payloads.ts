import { fieldsToJsonSchema, validateSchema } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { compileMapping, type Finish, type MapEvent } from '../mapping/compile-mapping'
import { toObject } from '../values'

type Schema = ReturnType<typeof fieldsToJsonSchema>

/** actions-core exempts this key from its check. */
const EXEMPT_KEY = 'dynamicAuthSettings'

const compilers = new Map<ActionKey, (mapping: object) => MapEvent | undefined>()

/**
 * Compiles a mapping into a function that gives an action its payload: mapped, without empty values, and validated as
 * `Action.execute` of actions-core does it. A mapping is compiled once, and forgotten together with its object.
 *
 * @returns undefined if only actions-core itself understands the mapping
 * @throws AggregateAjvError (the function) for a payload that lacks a required field, or has one of another type
 * @example
 * const toPayload = compilePayload('trackCustomer', { email: { '@path': '$.traits.email' } })
 * const payload = toPayload?.(event)
 */
export const compilePayload = (action: ActionKey, mapping: object): MapEvent | undefined => {
  const compile = compilers.get(action) ?? createCompiler(fieldsToJsonSchema(actions[action].fields))
  compilers.set(action, compile)
  return compile(mapping)
}

const createCompiler = (schema: Schema) => {
  const compiled = new WeakMap<object, { toPayload: MapEvent | undefined }>()
  return (mapping: object): MapEvent | undefined => {
    const known = compiled.get(mapping) ?? { toPayload: compile(mapping, schema) }
    compiled.set(mapping, known)
    return known.toPayload
  }
}

const compile = (mapping: object, schema: Schema): MapEvent | undefined => {
  if (EXEMPT_KEY in mapping) return undefined
  let map: MapEvent
  try {
    map = compileMapping(mapping, (key) => toFinish(schema, key))
  } catch {
    // An UnsupportedError, or a mapping too deep for the stack: actions-core decides.
    return undefined
  }
  return (event) => {
    const payload = map(event)
    validateSchema(payload, schema)
    return payload
  }
}

/** What actions-core does to a field before it validates the payload: it drops what is empty, and makes lists. */
const toFinish = ({ properties = {} }: Schema, key: string): Finish => {
  const schema = Object.hasOwn(properties, key) ? properties[key] : undefined
  if (!schema) return () => undefined
  return (value) => {
    const kept = value === '' ? undefined : withoutEmpty(value, schema)
    return schema.type === 'array' && kept !== undefined && kept !== null && !Array.isArray(kept)
      ? [kept]
      : kept
  }
}

/** Gives a value without what is empty for its schema; undefined if the value itself is. */
const withoutEmpty = (value: unknown, schema: Schema): unknown => {
  const { type = [], items, properties } = schema
  if (Array.isArray(value)) {
    return items ? value.filter((item) => withoutEmpty(item, items as Schema) !== undefined) : value
  }
  const object = properties && toObject(value)
  if (object) {
    const kept = Object.entries(object).map(
      ([key, item]) => [key, withoutEmpty(item, properties[key] ?? {})] as const
    )
    return Object.fromEntries(kept.filter(([, item]) => item !== undefined))
  }
  const isEmpty = (value === null && !type.includes('null')) || (value === '' && !type.includes('string'))
  return isEmpty ? undefined : value
}
