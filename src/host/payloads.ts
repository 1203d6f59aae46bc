import { fieldsToJsonSchema, validateSchema } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import { compileMapping, type Finish, type MapEvent } from '../mapping/compile-mapping'
import { setOwn, toObject } from '../values'

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
  const clean = createCleaner(schema)
  return (value) => {
    const kept = value === '' ? undefined : clean(value)
    return schema.type === 'array' && kept !== undefined && kept !== null && !Array.isArray(kept)
      ? [kept]
      : kept
  }
}

/** Creates a function that removes what is empty for a schema; undefined if the value itself is. */
const createCleaner = ({ type = [], enum: choices, items, properties }: Schema): Finish => {
  if (type.length === 0 && !choices) return (value) => value
  const [keepsNull, keepsBlank] = [type.includes('null'), type.includes('string')]
  const cleanItem = items && createCleaner(items)
  const fields =
    properties && new Map(Object.entries(properties).map(([key, field]) => [key, createCleaner(field)]))
  return (value) => {
    if (value === null) return keepsNull ? value : undefined
    if (value === '') return keepsBlank ? value : undefined
    if (typeof value !== 'object') return value
    if (Array.isArray(value)) {
      // No object is empty, and an item is not changed.
      const isKept = (item: unknown) =>
        (typeof item === 'object' && item !== null) || cleanItem?.(item) !== undefined
      return cleanItem ? value.filter(isKept) : (value as unknown)
    }
    const object = fields && toObject(value)
    if (!object) return value
    const kept: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(object)) {
      const clean = fields.get(key)
      const cleaned = clean ? clean(item) : item
      if (cleaned !== undefined) setOwn(kept, key, cleaned)
    }
    return kept
  }
}
