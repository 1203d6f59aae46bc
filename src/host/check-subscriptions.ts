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
import { type FriendbuySubscription, isSwitchedOff } from './subscriptions'

/** A mistake, and the place where it stands, such as `[2].mapping.orderIdd`. */
interface Issue {
  place: string
  problem: string
}

/**
 * Checks subscriptions that somebody saved or wrote: `[{ partnerAction, subscribe, mapping }, …]`. What hosts save
 * besides (`name`, `ID` and the like) is ignored, and so are mapping keys that begin with `__segment_internal`; a
 * subscription whose `enabled` is false is left out.
 *
 * It finds what a host would pass over in silence (an action or a field that there is not, a condition that is read
 * otherwise than it is written) and what would fail every event (a directive that is malformed).
 *
 * @param value what a file or a host holds
 * @returns the subscriptions, without what is ignored
 * @throws Error naming every mistake and its place, one a line, such as
 * `[2].mapping.orderIdd: Track Purchase has no such field; it has orderId, amount, …`
 */
export const checkSubscriptions = (value: unknown): FriendbuySubscription[] => {
  const issues: Issue[] = []
  const subscriptions = Array.isArray(value)
    ? value.flatMap((entry: unknown, index) =>
        isSwitchedOff(entry) ? [] : checkSubscription(entry, `[${index}]`, issues)
      )
    : []
  if (!Array.isArray(value)) {
    issues.push({
      place: 'the whole',
      problem: 'it must be an array of { partnerAction, subscribe, mapping }'
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
    report('', 'it must be an object of partnerAction, subscribe and mapping')
    return []
  }
  const { partnerAction, subscribe, mapping } = entry
  const isAction = isActionKey(partnerAction)
  const isCondition = typeof subscribe === 'string'
  const isMapping = isRecord(mapping)
  if (!isAction) report('.partnerAction', `it must be one of ${Object.keys(actions).join(', ')}`)

  const problem = isCondition
    ? findConditionIssue(subscribe)
    : 'it must be a condition, such as type = "track"'
  if (problem !== undefined) report('.subscribe', problem)

  if (!isMapping) report('.mapping', 'it must be an object from the keys of fields to values or directives')
  else if (isTooDeep(mapping)) report('.mapping', `it is nested more than ${MAX_LEVELS} levels deep`)
  else {
    const found = findMappingIssues(mapping, `${place}.mapping`, isAction ? partnerAction : undefined)
    for (const mistake of found) issues.push(mistake)
  }

  // What JSON.parse gave is JSON.
  return isAction && isCondition && isMapping
    ? [{ partnerAction, subscribe, mapping: mapping as JSONObject }]
    : []
}

const isActionKey = (key: unknown): key is ActionKey => typeof key === 'string' && Object.hasOwn(actions, key)

/** What is wrong with a condition: hosts take no event where they cannot read it, and the wrong ones where they misread it. */
const findConditionIssue = (condition: string): string | undefined => {
  const parsed = parseFql(condition)
  if ('error' in parsed) {
    // A TypeError is the parser's own trouble, and its words help nobody.
    const reason = parsed.error instanceof TypeError ? '' : ` (${toOneLine(parsed.error.message)})`
    return `no host can read this condition${reason}; one that works is type = "track" and event = "Order Completed"`
  }
  if (!isComplete(parsed)) return 'a part of this condition is empty'
  const readAs = generateFql(parsed)
  if (toComparable(readAs) !== toComparable(condition)) {
    return `hosts read this condition as ${toOneLine(readAs)}: compare only type, event, name, userId, properties, traits and context, and do not mix "and" with "or" without brackets`
  }
  const unknownType = typesIn(parsed).find((type) => !EVENT_TYPES.some((known) => known === type))
  return unknownType === undefined
    ? undefined
    : `no event has the type ${toOneLine(unknownType)}; the types are ${EVENT_TYPES.join(', ')}`
}

/** The parser leaves a hole where it found nothing, and hosts fail over it. */
const isComplete = (condition: Condition | undefined): condition is Condition =>
  condition !== undefined && (condition.type !== 'group' || condition.children.every(isComplete))

/** A condition without what may differ between two that say the same: white space, brackets, quotes, `1.0` for `1`. */
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
    return [{ place: field, problem: `${title} has no such field; it has ${Object.keys(fields).join(', ')}` }]
  })

/** What is wrong with a value of a mapping, and with everything within it. */
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

/** What directives fail without, one of them, while events are mapped; actions-core's own check does not look at it. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  '@if': ['exists', 'blank'],
  '@case': ['operator'],
  '@flatten': ['separator'],
  '@merge': ['direction']
}

/** What is wrong with a directive itself; those within it are looked at by themselves. */
const findDirectiveIssues = (directive: Record<string, unknown>, place: string): Issue[] => {
  const options = Object.entries(directive).map(([name, value]) => [name, withoutDirectives(value)] as const)
  try {
    validateMapping(Object.fromEntries(options))
  } catch (error) {
    return errorsOf(error).map((message) => {
      const [, path = '', problem = message] = /^\/(\S*) (.*?)\.?$/s.exec(message) ?? []
      return {
        place: [place, ...path.split('/').filter(Boolean)].join('.'),
        problem: toOneLine(`it ${problem}`)
      }
    })
  }
  return options.flatMap(([name, given]) => {
    const needed = NEEDED[name]
    if (!needed || !isRecord(given) || needed.some((key) => given[key])) return []
    return [
      { place: `${place}.${name}`, problem: `it needs ${needed.map((key) => `"${key}"`).join(' or ')}` }
    ]
  })
}

/** A value with a directive that is in order in the place of each that it holds. */
const withoutDirectives = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (isDirective(value)) return { '@path': '$' }
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutDirectives(item)]))
}

/** The messages of an error that may hold several. */
const errorsOf = (error: unknown): string[] =>
  isRecord(error) && Symbol.iterator in error
    ? [...(error as Record<string, unknown> & Iterable<unknown>)].map(toMessage)
    : [toMessage(error)]

/** A key as the next step of a place. */
const toStep = (key: string) => (/^[@\w-]+$/.test(key) ? `.${key}` : `[${toOneLine(JSON.stringify(key))}]`)
