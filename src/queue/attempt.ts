import { actions } from '../cloud/actions'
import type { Deliver, Outcome } from '../host/deliver'
import { toMessage, toOneLine } from '../messages'
import { backoffMs } from '../host/backoff'
import { checkSubscriptions } from '../host/check-subscriptions'
import { type FriendbuySubscription, subscriptionsFor } from '../host/subscriptions'
import { type CircuitBreakers, LONGEST_ASKED_MS } from './circuit-breakers'
import type { Merchant, ResolveMerchant } from '../merchants/merchant'
import { fingerprintOf, type QueuedEvent, type CompletedSubscription } from './job-data'

/** What becomes of a queued event after a try. */
export type AttemptResult =
  /** Every subscription that takes it has got it. */
  | { status: 'delivered' }
  /** No subscription takes it. */
  | { status: 'unmatched' }
  /** It cannot succeed, and is kept among the failed ones. */
  | { status: 'failed'; reason: string; completed: readonly CompletedSubscription[] }
  /** It is tried again. */
  | { status: 'delayed'; reason: string; completed: readonly CompletedSubscription[]; delayMs: number }

/** With what queued events are delivered. */
export interface AttemptOptions {
  deliver: Deliver
  resolveMerchant: ResolveMerchant
  breakers: CircuitBreakers
  /** How long an event is tried after its first try, in milliseconds. */
  maxRetryAgeMs: number
  /** Is told of each call, and of each event that was refused before one. */
  onOutcome: (queued: QueuedEvent, outcome: Outcome) => void
}

/**
 * Makes a try at a queued event: through each subscription of its merchant that is not done with it yet. A subscription
 * that is done (delivered, or refused for good) is not asked again by a later try.
 *
 * @param tries the tries so far
 */
export const attemptDelivery = async (
  queued: QueuedEvent,
  tries: number,
  { deliver, resolveMerchant, breakers, maxRetryAgeMs, onOutcome }: AttemptOptions
): Promise<AttemptResult> => {
  const { merchant: id, event, since = Date.now() } = queued
  const completed = [...(queued.completed ?? [])]

  const later = (reason: string, delayMs: number): AttemptResult => {
    const leftMs = since + maxRetryAgeMs - Date.now()
    if (leftMs > 0)
      return { status: 'delayed', reason, completed, delayMs: Math.ceil(Math.min(delayMs, leftMs)) }
    return { status: 'failed', reason: `given up after ${describeMs(maxRetryAgeMs)}: ${reason}`, completed }
  }

  const waiting = breakers.admit(id)
  if (waiting) return later(waiting.reason, waiting.waitMs)

  const { merchant, problem } = await resolve(resolveMerchant, id)
  if (problem !== undefined) {
    breakers.failed(id, { reason: problem })
    return later(problem, backoffMs(tries, undefined))
  }
  if (!merchant) {
    breakers.ended(id)
    return { status: 'failed', reason: `there is no merchant ${JSON.stringify(id)}`, completed }
  }
  for (const subscription of subscriptionsFor(event, merchant)) {
    const fingerprint = fingerprintOfSubscription(subscription)
    if (completed.some((done) => done.subscription === fingerprint)) continue
    const outcome = await deliver(event, subscription, merchant.settings)
    if (!outcome) continue
    onOutcome(queued, outcome)
    const { action, status, error, retry, isUnauthorized } = outcome
    if (error !== undefined && (retry || isUnauthorized)) {
      const reason = describeFailure(outcome)
      const afterMs = retry?.afterMs === undefined ? undefined : Math.min(LONGEST_ASKED_MS, retry.afterMs)
      breakers.failed(id, { reason, status, afterMs, isUnauthorized })
      // The other subscriptions would fare no better now, and come with the next try.
      return later(reason, backoffMs(tries, afterMs))
    }
    if (error === undefined) breakers.succeeded(id)
    completed.push({ subscription: fingerprint, action, status, error })
  }
  breakers.ended(id)
  const failures = completed.filter(({ error }) => error !== undefined)
  if (failures.length === 0) return { status: completed.length === 0 ? 'unmatched' : 'delivered' }
  return { status: 'failed', reason: failures.map(describeFailure).join('; '), completed }
}

/** What is made of an object, once for each: an operator's function may give the same for each event, or another. */
const oncePer = <Given extends object, Made>(make: (given: Given) => Made) => {
  const all = new WeakMap<Given, Made>()
  return (given: Given): Made => {
    const made = all.get(given) ?? make(given)
    all.set(given, made)
    return made
  }
}

const fingerprintOfSubscription = oncePer<FriendbuySubscription, string>(fingerprintOf)

/**
 * Subscriptions without issues: a host takes nothing through one of an action that there is not, or of a condition
 * that it cannot read, and the event would count as delivered.
 *
 * @throws Error naming every mistake
 */
const checked = oncePer<readonly FriendbuySubscription[], readonly FriendbuySubscription[]>(
  checkSubscriptions
)

/** The merchant of an ID. What went wrong is told without the error's words: nobody knows what these hold. */
const resolve = async (
  resolveMerchant: ResolveMerchant,
  id: string
): Promise<{ merchant?: Merchant; problem?: string }> => {
  let merchant: Merchant | undefined
  try {
    merchant = await resolveMerchant(id)
  } catch (error) {
    const { code, name } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
    return { problem: `the settings of the merchant cannot be had (${code ?? name ?? 'unknown'})` }
  }
  if (!merchant?.subscriptions) return { merchant }
  try {
    return { merchant: { ...merchant, subscriptions: checked(merchant.subscriptions) } }
  } catch (error) {
    return { problem: `the subscriptions of the merchant have issues: ${toOneLine(toMessage(error))}` }
  }
}

/** `Track Purchase: Friendbuy MAPI answered 422 to …`, which has the status where MAPI gave it. */
const describeFailure = ({ action, error = '' }: Pick<CompletedSubscription, 'action' | 'error'>) =>
  `${actions[action].title}: ${error}`

const describeMs = (ms: number) => {
  const hours = ms / 3_600_000
  return hours >= 1 ? `${Number(hours.toFixed(1))} h` : `${Math.round(ms / 1000)} s`
}
