import { UnsupportedError } from './unsupported-error'
import { valueAt } from './path'

/** Tells if a subscription is for an event. */
export type Condition = (event: unknown) => boolean

type Test = (value: unknown) => boolean

interface Token {
  kind: string
  text: string
}

/** Each token with what must follow it: Segment's lexer misreads those that anything else follows. */
const TOKENS = new RegExp(
  [
    /[ \t\n]+/,
    /(?<join>(?:and|or)(?![^ \t\n,\])]))/,
    /(?<nothing>null(?![^ \t\n,\])]))/,
    /(?<name>(?!(?:an|nu|nul)$)(?:[A-Za-z_]|\\[^])(?:[\w-]|\\[^])*(?![^ \t\n.,\])(=!]))/,
    /(?<string>(?:"[^"]*"|'[^']*')(?![^ \t\n,\])]))/,
    /(?<number>[+-]?\d+(?:\.\d+)?(?![\d.]))/,
    /(?<operator>[!<>]=(?![^ \t\n,\])])|[<>](?!=)|=)/,
    /(?<not>!(?=[A-Za-z(]))/,
    /(?<mark>[.,()[\]])/
  ]
    .map(({ source }) => source)
    .join('|'),
  'gy'
)

/** Segment's lexer fails over a token of this length. In characters. */
const MAX_LENGTH = 100_000

const END: Token = { kind: 'end', text: 'eos' }

/**
 * Compiles the condition of a subscription, in Segment's subscription language (FQL). The function tells what
 * `parseFql` and `validate` of `@segment/destination-subscriptions` tell, oddities included.
 *
 * @throws UnsupportedError for a condition that `parseFql` refuses, and for some that it misreads
 * @example
 * const isSignUp = compileCondition('type = "track" and event = "Signed Up"')
 * isSignUp({ type: 'track', event: 'Signed Up' }) // true
 */
export const compileCondition = (text: string): Condition => {
  const condition = toCondition(toTokens(text))
  return (event) => event !== undefined && condition(event)
}

const unreadable = () => new UnsupportedError('a condition that cannot be read')

const toTokens = (text: string): Token[] => {
  const tokens: Token[] = []
  let length = 0
  const lexer = new RegExp(TOKENS)
  for (let found = lexer.exec(text); found; found = lexer.exec(text)) {
    const { 0: matched, groups = {} } = found
    length += matched.length
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined)
    if (kind === undefined) continue
    const [previous, dot] = tokens.slice(-2)
    const name = matched.replace(/\\([^])/g, '$1')
    if (kind !== 'name') tokens.push({ kind: kind === 'mark' ? matched : kind, text: matched })
    else if (previous?.kind !== 'name' || dot?.kind !== '.') tokens.push({ kind, text: name })
    else tokens.splice(-2, 2, { kind, text: `${previous.text}.${name}` })
  }
  if (length < text.length || length >= MAX_LENGTH) throw unreadable()
  return [...tokens, END]
}

/** Reads as Segment's parser does: it passes over what it does not know, and the last `and` or `or` joins all parts. */
const toCondition = (tokens: Token[]): Condition => {
  const parts: Condition[] = []
  let isAny = false
  for (let token = tokens.shift(); token && token !== END; token = tokens.shift()) {
    const isNegated = token.kind === 'not'
    const name = isNegated ? tokens[0]?.text : token.text
    if (token.kind === 'join') isAny = token.text === 'or'
    else if (token.kind === '(') parts.push(toCondition(takeGroup(tokens)))
    else if (name === 'contains' || name === 'match') {
      if (isNegated) tokens.shift()
      const [, field, , value] = tokens.splice(0, 5)
      if (!field || !value || !/^(event|name|userId)$|^(properties|traits|context)(\.|$)/.test(field.text)) {
        throw unreadable()
      }
      parts.push(toPart(field.text, toTextTest(name, value, isNegated)))
    } else if (/^(type|event|name|userId|properties|traits|context)(\.|$)/.test(token.text)) {
      const [operator, value] = tokens.splice(0, 2)
      if (!operator || !value) throw unreadable()
      parts.push(toPart(token.text, toComparison(token.text, operator.text, value)))
    }
  }
  const [first] = parts
  if (!first) throw unreadable()
  if (parts.length === 1) return first
  return (event) => (isAny ? parts.some((part) => part(event)) : parts.every((part) => part(event)))
}

/** Takes the tokens up to the next closing bracket, whichever it closes. */
const takeGroup = (tokens: Token[]): Token[] => {
  const length = tokens.findIndex(({ kind }) => kind === ')')
  if (length < 0) throw unreadable()
  return [...tokens.splice(0, length + 1).slice(0, length), END]
}

const isNested = (field: string) => /^(properties|traits|context)/.test(field)

const toPart = (field: string, test: Test): Condition => {
  const [root = ''] = field.split('.')
  const keys = isNested(field) ? field.replace(`${root}.`, '').match(/[^[.\]]+/g) : []
  if (!keys) throw unreadable()
  return (event) => test(valueAt((event as Record<string, unknown>)[root], keys))
}

const toTextTest = (name: 'contains' | 'match', token: Token, isNegated: boolean): Test => {
  const text = String(toValue(token))
  const isIn = (value: string) => {
    if (name === 'contains') return value.includes(text)
    return token.text.endsWith('*"') ? value.startsWith(text.slice(0, -1)) : value.endsWith(text.slice(1))
  }
  return (value) => typeof value === 'string' && isIn(value) !== isNegated
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound
}

const toComparison = (field: string, operator: string, token: Token): Test => {
  const expected = toValue(token)
  const isEqual = operator === '='
  if (isEqual || operator === '!=') {
    const isType = /^(type|event)/.test(field)
    if (token.text === 'null' && !isType)
      return (value) => (value === undefined || value === null) === isEqual
    if (typeof expected === 'boolean' && isEqual && !isType && !field.startsWith('name'))
      return (value) => value === expected
    if (typeof expected === 'number' && isNested(field)) {
      return (value) => typeof value === 'number' && (value === expected) === isEqual
    }
    return (value) => (value === String(expected)) === isEqual
  }
  const compare = /^[<>]=?$/.test(operator) ? comparisons[operator] : undefined
  const bound = Number(isNested(field) ? expected : String(expected))
  return (value) => typeof value === 'number' && compare?.(value, bound) === true
}

/** The value of a token. Only double quotes are taken off a string. */
const toValue = ({ kind, text }: Token): string | number | boolean => {
  if (kind === 'string') return text.replace(/^"/, '').replace(/"$/, '')
  if (kind === 'number') return Number(text)
  return kind === 'name' && /^(true|false)$/.test(text) ? text === 'true' : text
}
