import { type Condition, compileCondition } from '../mapping/compile-condition'
import { toOneLine } from '../messages'
import { isRecord } from '../values'
import { webActions } from './action-fields'
import { isWebActionKey, WEB_PRESET_ACTIONS, type WebActionKey } from './action-keys'
import { type ConvertEvent, createConverter } from './to-push'
import type { WebMapping } from './web-mapping'

/** Subscription of an action, as hosts save it. */
export interface WebSubscription {
  /** Key of the action. A subscription of an unknown action is ignored. */
  partnerAction: string
  /** Condition that events must meet, in Segment's subscription language (FQL). */
  subscribe: string
  /**
   * Fields by key, each a value or a directive.
   *
   * @default the defaults of the action's fields
   */
  mapping?: WebMapping
  /**
   * False for a subscription that is switched off.
   *
   * @default true
   */
  enabled?: boolean
  /** Name that the host displays. */
  name?: string
}

/** A subscription, ready for events. */
export interface CompiledSubscription {
  action: WebActionKey
  matches: Condition
  convert: ConvertEvent
}

/** Subscriptions of the destination's presets. */
const presets: readonly WebSubscription[] = WEB_PRESET_ACTIONS.map((partnerAction) => ({
  partnerAction,
  subscribe: webActions[partnerAction].defaultSubscription
}))

/**
 * Compiles the enabled subscriptions of a host.
 *
 * @param subscriptions as the host saved them; none given means the presets
 * @param warn is told of a condition that cannot be read, which matches no event
 */
export const compileSubscriptions = (
  subscriptions: unknown = presets,
  warn: (message: string) => void
): CompiledSubscription[] =>
  (Array.isArray(subscriptions) ? (subscriptions as unknown[]) : []).flatMap((entry) => {
    const { partnerAction: action, subscribe, mapping, enabled } = isRecord(entry) ? entry : {}
    if (!isWebActionKey(action) || enabled === false) return []
    const convert = createConverter(action, isRecord(mapping) ? mapping : undefined)
    return [{ action, matches: toCondition(subscribe, action, warn), convert }]
  })

/** Matches nothing if a condition cannot be read, as hosts do. */
const toCondition = (
  subscribe: unknown,
  action: WebActionKey,
  warn: (message: string) => void
): Condition => {
  try {
    return compileCondition(subscribe as string)
  } catch {
    const text = typeof subscribe === 'string' ? `: ${toOneLine(subscribe)}` : '.'
    warn(
      `Friendbuy ${webActions[action].title} matches no event, because its condition (subscribe) cannot be read${text}`
    )
    return () => false
  }
}
