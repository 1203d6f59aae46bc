import type { JSONObject } from '@segment/actions-core'
import validateMapping from '@segment/actions-core/mapping-kit/validate'
import {
  generateFql,
  parseFql,
  type Condition,
  type GroupCondition
} from '@segment/destination-subscriptions'
import { type ActionKey, actions } from '../cloud/actions'
import { EVENT_TYPES } from '../events/event-types'
import { toMessage, toOneLine } from '../messages'
import { isRecord, isTooDeep, MAX_LEVELS } from '../values'
import { type FriendbuySubscription, isDisabled } from './subscriptions'

/** An issue, and its place, such as `[2].mapping.orderIdd`. */
interface Issue {
  place: string
  problem: string
}

/**
 * Validates saved subscriptions: `[{ partnerAction, subscribe, mapping }, …]`. Ignores what hosts save besides (`name`,
 * `ID`), mapping keys that begin with `__segment_internal`, and subscriptions whose `enabled` is false.
 *
 * Finds what hosts ignore silently (an unknown action or field, a condition that they misread) and what fails every
 * event (a malformed directive).
 *
 * @param value parsed JSON of a file or a host
 * @returns the enabled subscriptions, without ignored properties
 * @throws Error with one line per issue, each with its place, such as
 * `[2].mapping.orderIdd: unknown field of Track Purchase; expected one of orderId, amount, …`
 * @example
 * const subscriptions = checkSubscriptions(JSON.parse(await readFile('mapping.json', 'utf8')))
 */
export const checkSubscriptions = (value: unknown): FriendbuySubscription[] => {
  const issues: Issue[] = []
  const subscriptions = Array.isArray(value)
    ? value.flatMap((entry: unknown, index) =>
        isDisabled(entry) ? [] : checkSubscription(entry, `[${index}]`, issues)
      )
    : []
  if (!Array.isArray(value)) {
    issues.push({
      place: 'subscriptions',
      problem: `expected an array of { partnerAction, subscribe, mapping }, got ${quote(value)}`
    })
  }
  if (issues.length > 0) {
    throw new Error(issues.map(({ place, problem }) => `${place}: ${problem}`).join('\n'))
  }
  return subscriptions
}

const checkSubscription = (entry: unknown, place: string, issues: Issue[]): FriendbuySubscription[] => {
  const report = (key: string, problem: string) => {
    issues.push({ place: place + key, problem })
  }
  if (!isRecord(entry)) {
    report('', `expected an object with partnerAction, subscribe and mapping, got ${quote(entry)}`)
    return []
  }
  const { partnerAction, subscribe, mapping } = entry
  const isAction = isActionKey(partnerAction)
  const isCondition = typeof subscribe === 'string'
  const isMapping = isRecord(mapping)
  if (!isAction) {
    report(
      '.partnerAction',
      `expected one of ${Object.keys(actions).join(', ')}, got ${quote(partnerAction)}`
    )
  }

  const problem = isCondition
    ? findConditionIssue(subscribe)
    : `expected a condition such as ${EXAMPLE}, got ${quote(subscribe)}`
  if (problem !== undefined) report('.subscribe', problem)

  if (!isMapping) report('.mapping', `expected an object of fields, got ${quote(mapping)}`)
  else if (isTooDeep(mapping)) report('.mapping', `nested more than ${MAX_LEVELS} levels deep`)
  else {
    const found = findMappingIssues(mapping, `${place}.mapping`, isAction ? partnerAction : undefined)
    for (const issue of found) issues.push(issue)
  }

  // Parsed JSON holds JSON only.
  return isAction && isCondition && isMapping
    ? [{ partnerAction, subscribe, mapping: mapping as JSONObject }]
    : []
}

const EXAMPLE = 'type = "track" and event = "Order Completed"'

/** Maximum length of a quoted value, in characters. */
const MAX_QUOTED = 60

/** Quotes an invalid value as JSON, shortened. */
const quote = (value: unknown): string => {
  // In an array, what JSON does not hold is null.
  const json = toOneLine(JSON.stringify([value]).slice(1, -1))
  return json.length > MAX_QUOTED ? `${json.slice(0, MAX_QUOTED)}…` : json
}

const isActionKey = (key: unknown): key is ActionKey => typeof key === 'string' && Object.hasOwn(actions, key)

/** Maximum length of a condition, in characters: the time that hosts take to parse one grows with its square. */
const MAX_CONDITION_LENGTH = 10_000

/** Finds the issue of a condition: hosts match no event if they cannot parse it, and the wrong events if they misread it. */
const findConditionIssue = (condition: string): string | undefined => {
  if (condition.length > MAX_CONDITION_LENGTH) return `longer than ${MAX_CONDITION_LENGTH} characters`
  const parsed = parseFql(condition)
  if ('error' in parsed) {
    // A TypeError is a bug of the parser; its message does not help.
    const reason = parsed.error instanceof TypeError ? '' : ` (${toOneLine(parsed.error.message)})`
    return `cannot be parsed${reason}; expected a condition such as ${EXAMPLE}`
  }
  if (!isComplete(parsed)) return 'part of the condition is empty'
  const readAs = generateFql(parsed)
  if (toComparable(readAs) !== toComparable(condition)) {
    return `hosts read this condition as ${toOneLine(readAs)}; compare only type, event, name, userId, properties, traits and context, and use brackets to mix "and" with "or"`
  }
  const unknownType = typesIn(parsed).find((type) => !EVENT_TYPES.some((known) => known === type))
  return unknownType === undefined
    ? undefined
    : `unknown event type ${quote(unknownType)}; expected one of ${EVENT_TYPES.join(', ')}`
}

/** The parser leaves a hole for an empty group, and hosts fail over it. */
const isComplete = (condition: Condition | undefined): condition is Condition =>
  condition !== undefined && (condition.type !== 'group' || condition.children.every(isComplete))

/** Removes what may differ between equal conditions: white space, brackets, quotes, and `1.0` for `1`. */
const toComparable = (condition: string) =>
  condition.replace(/[\s()"\\]/g, '').replace(/\d+(?:\.\d+)?/g, (number) => String(Number(number)))

const typesIn = ({ children }: GroupCondition): string[] =>
  children.flatMap((child) =>
    child.type === 'group' ? typesIn(child) : child.type === 'event-type' ? [child.value ?? ''] : []
  )

const findMappingIssues = (
  mapping: Record<string, unknown>,
  place: string,
  action: ActionKey | undefined
): Issue[] =>
  Object.entries(mapping).flatMap(([key, value]) => {
    if (key.startsWith('__segment_internal')) return []
    const field = place + toStep(key)
    if (action === undefined || Object.hasOwn(actions[action].fields, key)) return findIssues(value, field)
    const { title, fields } = actions[action]
    const known = Object.keys(fields).join(', ')
    return [{ place: field, problem: `unknown field of ${title}; expected one of ${known}` }]
  })

/** Finds the issues of a value of a mapping, and of everything within it. */
const findIssues = (value: unknown, place: string): Issue[] => {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => findIssues(item, `${place}[${index}]`))
  if (!isRecord(value)) return []
  return [
    ...(isDirective(value) ? findDirectiveIssues(value, place) : []),
    ...Object.entries(value).flatMap(([key, item]) => findIssues(item, place + toStep(key)))
  ]
}

const isDirective = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && Object.keys(value).some((key) => key.startsWith('@'))

/** Options that directives fail without, one of them, on every event. actions-core's own check ignores them. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  '@if': ['exists', 'blank'],
  '@case': ['operator'],
  '@flatten': ['separator'],
  '@merge': ['direction']
}

/** Finds the issues of a directive, without those within it. */
const findDirectiveIssues = (directive: Record<string, unknown>, place: string): Issue[] => {
  const options = Object.entries(directive).map(([name, value]) => [name, withoutDirectives(value)] as const)
  try {
    validateMapping(Object.fromEntries(options))
  } catch (error) {
    return errorsOf(error).map((message) => {
      const [, path = '', problem = message] = /^\/(\S*) (.*?)\.?$/s.exec(message) ?? []
      return {
        place: [place, ...path.split('/').filter(Boolean)].join('.'),
        problem: toOneLine(problem)
      }
    })
  }
  return options.flatMap(([name, given]) => {
    const needed = NEEDED[name]
    if (!needed || !isRecord(given) || needed.some((key) => given[key])) return []
    return [
      { place: `${place}.${name}`, problem: `expected ${needed.map((key) => `"${key}"`).join(' or ')}` }
    ]
  })
}

/** Replaces each directive within a value by a valid one. */
const withoutDirectives = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (isDirective(value)) return { '@path': '$' }
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutDirectives(item)]))
}

/** Gives the messages of an error that may be an aggregate. */
const errorsOf = (error: unknown): string[] =>
  isRecord(error) && Symbol.iterator in error
    ? [...(error as Record<string, unknown> & Iterable<unknown>)].map(toMessage)
    : [toMessage(error)]

/** Formats a key as the next step of a place. */
const toStep = (key: string) => (/^[@\w-]+$/.test(key) ? `.${key}` : `[${toOneLine(JSON.stringify(key))}]`)
