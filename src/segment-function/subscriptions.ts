import { ACTION_KEYS, type ActionKey } from '../cloud/action-keys'
import { type FriendbuyAction, toAction } from '../cloud/define-action'
import { definitions } from '../cloud/definitions'
import { PayloadError } from '../fields/payload-error'
import {
  type FriendbuySubscription,
  isDisabled,
  presetSubscriptions,
  subscriptionsFor
} from '../host/subscriptions'
import { compileCondition, type Condition } from '../mapping/compile-condition'
import { compileMapping, type MapEvent } from '../mapping/compile-mapping'
import { toMessage, toOneLine } from '../messages'
import { isBlank, isRecord } from '../values'
import { SettingsError } from './failure'
import { type FunctionSettings, toCustomEvents } from './settings'

/** An event as Segment passes it to a handler. */
export interface FunctionEvent {
  type?: unknown
  event?: unknown
  messageId?: unknown
  userId?: unknown
}

/** A subscription, ready for events. */
export interface CompiledSubscription {
  action: FriendbuyAction
  mapping: Readonly<Record<string, unknown>>
  matches: Condition
  toPayload: MapEvent
}

const toError = (message: string) => new PayloadError(message)

const actions: Readonly<Record<ActionKey, FriendbuyAction>> = {
  trackCustomer: toAction(definitions.trackCustomer, toError),
  trackPurchase: toAction(definitions.trackPurchase, toError),
  trackSignUp: toAction(definitions.trackSignUp, toError),
  trackCustomEvent: toAction(definitions.trackCustomEvent, toError)
}

/** Compiled subscriptions, which live as long as they do. */
const compiled = new WeakMap<FriendbuySubscription, CompiledSubscription>()

const compileOnce = (subscription: FriendbuySubscription): CompiledSubscription => {
  const known = compiled.get(subscription)
  if (known) return known
  const { partnerAction, subscribe, mapping } = subscription
  const made = {
    action: actions[partnerAction],
    mapping,
    matches: compileCondition(subscribe),
    toPayload: compileMapping(mapping)
  }
  compiled.set(subscription, made)
  return made
}

/** Maximum number of texts of the setting `mappings` that are kept compiled. */
const MAX_MAPPINGS = 20

/** Subscriptions by the text of the setting `mappings`. */
const parsed = new Map<string, readonly FriendbuySubscription[]>()

/**
 * Finds the subscriptions that match an event.
 *
 * @throws SettingsError for a setting `mappings` that is invalid
 */
export const findSubscriptions = (
  event: FunctionEvent,
  settings: FunctionSettings
): CompiledSubscription[] => {
  const { mappings } = settings
  return subscriptionsFor(toSegmentEvent(event), {
    subscriptions: isBlank(mappings) ? presetSubscriptions : parseOnce(mappings),
    customEvents: toCustomEvents(settings)
  })
    .map(compileOnce)
    .filter(({ matches }) => matches(event))
}

/** The parts of an event that route it. */
const toSegmentEvent = ({ type, event }: FunctionEvent) => ({
  type: type as 'track',
  ...(typeof event === 'string' && { event })
})

const parseOnce = (text: string): readonly FriendbuySubscription[] => {
  const known = parsed.get(text)
  if (known) return known
  const subscriptions = parse(text)
  if (parsed.size >= MAX_MAPPINGS) parsed.clear()
  parsed.set(text, subscriptions)
  return subscriptions
}

const parse = (text: string): FriendbuySubscription[] => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('it is not JSON')
  }
  if (!Array.isArray(value)) throw invalid('expected an array of { partnerAction, subscribe, mapping }')
  return value.flatMap((entry: unknown, index) => (isDisabled(entry) ? [] : [check(entry, `[${index}]`)]))
}

/** @throws SettingsError for anything that would fail or mislead each event */
const check = (entry: unknown, place: string): FriendbuySubscription => {
  const { partnerAction, subscribe, mapping } = isRecord(entry) ? entry : {}
  const action = ACTION_KEYS.find((key) => key === partnerAction)
  if (action === undefined) {
    throw invalid(`${place}.partnerAction: expected one of ${ACTION_KEYS.join(', ')}`)
  }
  if (typeof subscribe !== 'string') throw invalid(`${place}.subscribe: expected a condition`)
  if (!isRecord(mapping)) throw invalid(`${place}.mapping: expected an object of fields`)
  const unknown = Object.keys(mapping).find(
    (key) => !key.startsWith('__segment_internal') && !(key in definitions[action].fields)
  )
  if (unknown !== undefined) {
    throw invalid(`${place}.mapping: unknown field ${toOneLine(unknown)} of ${definitions[action].title}`)
  }
  // Parsed JSON holds JSON only.
  const subscription = {
    partnerAction: action,
    subscribe,
    mapping: mapping as FriendbuySubscription['mapping']
  }
  try {
    compileOnce(subscription)
  } catch (error) {
    throw invalid(`${place}: ${toOneLine(toMessage(error))}`)
  }
  return subscription
}

const invalid = (problem: string) =>
  new SettingsError(
    `Invalid setting mappings: ${problem}. Check the text with "actions-friendbuy-cloud preview --mapping FILE".`
  )
