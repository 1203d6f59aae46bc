import { isRecord, toObject } from '../values'
import { flatten, withoutNulls, withoutUndefined } from './copies'
import { toKeys, valueAt } from './path'

/** Gives a value for a payload: an event, or an item of a list within one. */
export type Resolve = (payload: unknown) => unknown

/**
 * Compiles what a directive is given; `compile` compiles the values within it. Undefined if actions-core would refuse
 * it, or fail over it whatever the event.
 */
type Directive = (given: unknown, compile: (value: unknown) => Resolve) => Resolve | undefined

/** The type of a value, by the name that actions-core's messages use. */
export const typeNameOf = (value: unknown): string =>
  Object.prototype.toString.call(value).slice(8, -1).toLowerCase()

export const isDirective = (value: unknown): boolean =>
  isRecord(value) && Object.keys(value).some((key) => key.startsWith('@'))

const nothing: Resolve = () => undefined

const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isObject = (value: unknown): value is object => toObject(value) !== undefined
const isTextOrDirective = (value: unknown) => isText(value) || isDirective(value)
const isEmpty = (options: object) => Object.keys(options).length === 0

/** A directive of a string, or of a directive that gives one. */
const ofText =
  (name: string, toResolve: (text: string) => Resolve): Directive =>
  (given, compile) => {
    if (isText(given)) return toResolve(given)
    if (!isDirective(given)) return undefined
    const resolve = compile(given)
    return (payload) => {
      const text = resolve(payload)
      if (!isText(text)) throw new Error(`${name}: expected string, got ${typeNameOf(text)}`)
      return toResolve(text)(payload)
    }
  }

const toReader = (path: string): Resolve => {
  const keys = path === '.' ? [] : toKeys(path)
  return (payload) => valueAt(payload, keys)
}

const toFieldReader = (path: string): Resolve => toReader(path.replace('$.', ''))

const toRenderer = (template: string): Resolve => {
  const fill = (text: string, pattern: RegExp, payload: unknown) =>
    // `replace` makes a string of whatever is there.
    text.replace(pattern, (_match, path: string) => (toReader(path.trim())(payload) ?? '') as string)
  return (payload = {}) => fill(fill(template, /\{\{\{([^}]+)\}\}\}/g, payload), /\{\{([^}]+)\}\}/g, payload)
}

const compileLiteral: Directive = (given, compile) => (given === undefined ? undefined : compile(given))

const compileExcludeWhenNull: Directive = (given, compile) => {
  if (given === undefined) return undefined
  const resolve = compile(given)
  return (payload) => withoutNulls(resolve(payload))
}

const isSamePath = (one: unknown, other: unknown) =>
  isRecord(one) && isRecord(other) && isText(one['@path']) && one['@path'] === other['@path']

const compileIf: Directive = (given, compile) => {
  const { exists, blank, then, else: otherwise, ...others } = toObject(given) ?? {}
  if (!(exists || blank) || !isEmpty(others)) return undefined
  const isBlankTest = exists === undefined
  const test = compile(isBlankTest ? blank : exists)
  const whenTrue = compile(then)
  // The usual mapping: what is tested is also the value, and need not be read again.
  const isSame = isSamePath(then, isBlankTest ? blank : exists)
  const whenFalse = otherwise ? compile(otherwise) : nothing
  return (payload) => {
    const value = test(payload)
    // eslint-disable-next-line eqeqeq -- as actions-core compares: 0, false and [] are blank, too
    const isTrue = value !== undefined && value !== null && !(isBlankTest && value == '')
    if (!isTrue) return whenFalse(payload)
    return isSame ? value : whenTrue(payload)
  }
}

const compileCase: Directive = (given, compile) => {
  const { operator, value, ...others } = toObject(given) ?? {}
  if (operator !== 'lower' && operator !== 'upper') return undefined
  if (!(value === undefined || isTextOrDirective(value)) || !isEmpty(others)) return undefined
  const resolve = value ? compile(value) : nothing
  return (payload) => {
    const text = resolve(payload)
    if (!isText(text)) return text
    return operator === 'lower' ? text.toLowerCase() : text.toUpperCase()
  }
}

/** actions-core refuses longer patterns and replacements. In characters. */
const MAX_REPLACE_LENGTH = 10
const isShort = (value: unknown): value is string => isText(value) && value.length <= MAX_REPLACE_LENGTH

const compileReplace: Directive = (given, compile) => {
  const { pattern, replacement = '', pattern2, replacement2 = '', value, ...flags } = toObject(given) ?? {}
  const { ignorecase = false, global = true, ...others } = flags
  if (!isTextOrDirective(value) || !isFlag(ignorecase) || !isFlag(global) || !isEmpty(others))
    return undefined
  const toReplace = (searched: unknown, by: unknown) => {
    if (!isShort(searched) || searched === '' || !isShort(by)) return undefined
    const escaped = searched.replace(/[-[\]{}()*+?.,\\^$|#\s]/g, '\\$&')
    const found = new RegExp(escaped, (global ? 'g' : '') + (ignorecase ? 'i' : ''))
    return (text: string) => text.replace(found, by)
  }
  const first = toReplace(pattern, replacement)
  const second = pattern2 === undefined ? (text: string) => text : toReplace(pattern2, replacement2)
  if (!first || !second) return undefined
  if (value === '') return nothing
  const resolve = compile(value)
  return (payload) => {
    const found = resolve(payload)
    return isText(found) || isFlag(found) || typeof found === 'number' ? second(first(String(found))) : ''
  }
}

const compileArrayPath: Directive = (given, compile) => {
  const [path, shape, ...others] = Array.isArray(given) ? (given as unknown[]) : []
  if (!isTextOrDirective(path) || others.length > 0) return undefined
  const resolve = isText(path) ? toFieldReader(path) : compile(path)
  const toItem = isObject(shape) && !isEmpty(shape) ? compile(shape) : undefined
  return (payload) => {
    const root = resolve(payload)
    if (!toItem) return root
    if (Array.isArray(root)) return root.map((item: unknown) => toItem(item))
    return isObject(root) ? [toItem(root)] : root
  }
}

const compileFlatten: Directive = (given, compile) => {
  const { separator, value, omitArrays = false, ...others } = toObject(given) ?? {}
  if (!isText(separator) || separator === '' || value === undefined) return undefined
  if (!isFlag(omitArrays) || !isEmpty(others)) return undefined
  const resolve = compile(value)
  return (payload) => flatten(resolve(payload), separator, omitArrays)
}

const compileJson: Directive = (given, compile) => {
  const { mode, value, ...others } = toObject(given) ?? {}
  if (!(mode === 'encode' || mode === 'decode') || !value || !isEmpty(others)) return undefined
  const resolve = compile(value)
  if (mode === 'encode') return (payload) => JSON.stringify(resolve(payload))
  return (payload) => {
    const text = resolve(payload)
    try {
      return isText(text) ? (JSON.parse(text) as unknown) : text
    } catch {
      return text
    }
  }
}

const compileMerge: Directive = (given, compile) => {
  const { direction, objects, ...others } = toObject(given) ?? {}
  if (!(direction === 'left' || direction === 'right') || !isEmpty(others)) return undefined
  if (!Array.isArray(objects) || !objects.every(isObject)) return undefined
  const resolves = objects.map(compile)
  return (payload) => {
    const values = resolves.map((resolve) => resolve(payload))
    return Object.assign({}, ...(direction === 'left' ? values.reverse() : values)) as unknown
  }
}

const compileTransform: Directive = (given, compile) => {
  const { apply, mapping, ...others } = toObject(given) ?? {}
  if (!isObject(apply) || !isObject(mapping) || hasRootDirective(apply) || !isEmpty(others)) return undefined
  const toPayload = compile(apply)
  const resolve = compile(mapping)
  return (payload = {}) => resolve(withoutUndefined(toPayload(checkPayload(payload))))
}

/** The key of a mapping that other keys are moved into; actions-core alone handles it. */
export const hasRootDirective = (mapping: object): boolean => '__segment_internal_directive' in mapping

/** @throws Error, as actions-core words it, for anything but an object */
export const checkPayload = (payload: unknown): unknown => {
  if (isObject(payload)) return payload
  throw new Error(`data must be an object, got ${typeNameOf(payload)}`)
}

/** The directives that can be compiled, by their names. */
export const directives: ReadonlyMap<string, Directive> = new Map([
  ['@path', ofText('@path', toFieldReader)],
  ['@template', ofText('@template', toRenderer)],
  ['@literal', compileLiteral],
  ['@excludeWhenNull', compileExcludeWhenNull],
  ['@if', compileIf],
  ['@case', compileCase],
  ['@replace', compileReplace],
  ['@arrayPath', compileArrayPath],
  ['@flatten', compileFlatten],
  ['@json', compileJson],
  ['@merge', compileMerge],
  ['@transform', compileTransform]
])
