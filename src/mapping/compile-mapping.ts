import { toObject } from '../values'
import { withoutUndefined } from './copies'
import {
  checkPayload,
  directives,
  hasRootDirective,
  isDirective,
  type Resolve,
  typeNameOf
} from './directives'
import { UnsupportedError } from './unsupported-error'

/** Gives the payload of an action for an event: fields by their keys, without those that have no value. */
export type MapEvent = (event: unknown) => Record<string, unknown>

/** Last step of a field. Undefined leaves it out of the payload. */
export type Finish = (value: unknown) => unknown

/**
 * Compiles a saved mapping into a function that gives what `transform` of actions-core gives: the same payload, or the
 * same error. It changes neither the mapping nor an event, and a payload shares nothing with its event.
 *
 * @param mapping fields by their keys, each a value or a directive. Replace it to change it: it is read once.
 * @param toFinish the last step of each field. Default: none
 * @throws UnsupportedError naming the directive that is unknown, `@liquid` or malformed, and its place
 * @example
 * const mapEvent = compileMapping({ email: { '@path': '$.traits.email' } })
 * mapEvent({ type: 'identify', traits: { email: 'ada@example.com' } }) // { email: 'ada@example.com' }
 */
export const compileMapping = (mapping: object, toFinish?: (key: string) => Finish | undefined): MapEvent => {
  if (isDirective(mapping) || hasRootDirective(mapping)) throw new UnsupportedError('a directive at the root')
  const fields = toFields(mapping, '').map((field) => ({ ...field, finish: toFinish?.(field.key) }))
  return (event) => {
    checkPayload(event)
    const payload: Record<string, unknown> = {}
    for (const { key, resolve, finish } of fields) {
      const value = withoutUndefined(resolve(event))
      const finished = finish ? finish(value) : value
      if (finished !== undefined) payload[key] = finished
    }
    return payload
  }
}

const toFields = (mapping: object, place: string) =>
  Object.entries(mapping).map(([key, value]) => {
    if (key === '__proto__') throw new UnsupportedError(`the key ${key}`, place)
    return { key, resolve: compile(value, place ? `${place}.${key}` : key) }
  })

const compile = (value: unknown, place: string): Resolve => {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compile(item, `${place}[${index}]`))
    return (payload) => items.map((resolve) => resolve(payload))
  }
  const object = toObject(value)
  if (object) return isDirective(object) ? compileDirective(object, place) : compileObject(object, place)
  if (value === null || ['undefined', 'string', 'number', 'boolean'].includes(typeof value))
    return () => value
  throw new UnsupportedError(`a value of type ${typeNameOf(value)}`, place)
}

const compileObject = (object: object, place: string): Resolve => {
  const fields = toFields(object, place)
  return (payload) => {
    const resolved: Record<string, unknown> = {}
    for (const { key, resolve } of fields) resolved[key] = resolve(payload)
    return resolved
  }
}

const compileDirective = (object: object, place: string): Resolve => {
  const [[name, given] = ['', undefined], ...others] = Object.entries(object).filter(
    ([key]) => key !== '_metadata'
  )
  const toResolve = directives.get(name)
  if (!toResolve) throw new UnsupportedError(`the directive ${name}`, place)
  const resolve = toResolve(given, (value) => compile(value, `${place}.${name}`))
  if (!resolve || others.length > 0)
    throw new UnsupportedError(`the directive ${name}, which is malformed`, place)
  return resolve
}
