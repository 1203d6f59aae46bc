import { backoffMs } from '../host/backoff'
import { checkSubscriptions } from '../host/check-subscriptions'
import type { Deliver, Outcome } from '../host/deliver'
import { type FriendbuySubscription, subscriptionsFor, titleOf } from '../host/subscriptions'
import type { Merchant, ResolveMerchant } from '../merchants/merchant'
import { toMessage, toOneLine } from '../messages'
import { type CircuitBreakers, LONGEST_RETRY_AFTER_MS } from './circuit-breakers'
import { withDeadline } from './deadline'
import { type FailureClass, toFailureClass } from './failure-class'
import { type CompletedSubscription, fingerprintOf, type QueuedEvent } from './job-data'

/** Result of an attempt to deliver a queued event. */
export type AttemptResult =
  /** Every matching subscription delivered it. */
  | { status: 'delivered' }
  /** No subscription matches it. */
  | { status: 'unmatched' }
  /** It cannot succeed, and is kept among the failed events. */
  | ({ status: 'failed' } & Failure)
  /** It is retried after `delayMs`. */
  | ({ status: 'delayed'; delayMs: number } & Failure)

/** Failure of an attempt. */
export interface Failure extends FailureClass {
  reason: string
  /** Results of the subscriptions that are done with the event. */
  completed: readonly CompletedSubscription[]
}

/** Dependencies and limits of an attempt. */
export interface AttemptOptions {
  deliver: Deliver
  resolveMerchant: ResolveMerchant
  breakers: CircuitBreakers
  /** Maximum age of an event since its first failed attempt, in milliseconds. */
  maxRetryAgeMs: number
  /** Called for each call, and for each event that was refused before one. */
  onOutcome: (queued: QueuedEvent, outcome: Outcome) => void
  /** Called for an event that every matching subscription delivered, with these subscriptions. */
  onDelivered: (queued: QueuedEvent, matching: readonly FriendbuySubscription[]) => void
}

/**
 * Attempts to deliver a queued event through each subscription of its merchant that is not done with it. A subscription
 * that has delivered or permanently refused an event is skipped by later attempts.
 *
 * @param retries attempts made before this one
 */
export const attemptDelivery = async (
  queued: QueuedEvent,
  retries: number,
  options: AttemptOptions
): Promise<AttemptResult> => {
  const { breakers, resolveMerchant } = options
  const { merchant: id, completed = [] } = queued
  const delay = (failure: Failure, delayMs: number) =>
    toRetry(queued, options.maxRetryAgeMs, failure, delayMs)

  const paused = breakers.admit(id)
  if (paused) return delay({ reason: paused.reason, kind: 'merchant_paused', completed }, paused.waitMs)

  const { merchant, issue } = await resolve(resolveMerchant, id)
  if (issue !== undefined) {
    breakers.failed(id, { reason: issue })
    const failure: Failure = { reason: issue, kind: 'merchant_unresolved', completed }
    return delay(failure, backoffMs(retries, undefined))
  }
  if (!merchant) {
    breakers.ended(id)
    const reason = `unknown merchant ${JSON.stringify(id)}`
    return { status: 'failed', reason, kind: 'merchant_unknown', completed }
  }
  const run = await runSubscriptions(queued, merchant, options)
  if (run.retryable) {
    const { afterMs, ...failure } = run.retryable
    return delay({ ...failure, completed: run.completed }, backoffMs(retries, afterMs))
  }
  breakers.ended(id)
  const failures = run.completed.filter(({ error }) => error !== undefined)
  const [first] = failures
  if (first) {
    const reason = failures.map(describeFailure).join('; ')
    return { status: 'failed', reason, ...toFailureClass(first), completed: run.completed }
  }
  if (run.completed.length === 0) return { status: 'unmatched' }
  options.onDelivered(queued, run.matching)
  return { status: 'delivered' }
}

/** Results of the subscriptions up to the first retryable failure. */
interface SubscriptionsRun {
  completed: readonly CompletedSubscription[]
  /** Subscriptions that match the event. */
  matching: readonly FriendbuySubscription[]
  retryable?: FailureClass & { reason: string; afterMs?: number }
}

const runSubscriptions = async (
  queued: QueuedEvent,
  merchant: Merchant,
  { deliver, breakers, onOutcome }: AttemptOptions
): Promise<SubscriptionsRun> => {
  const { merchant: id, event } = queued
  const completed = [...(queued.completed ?? [])]
  const matching: FriendbuySubscription[] = []
  for (const subscription of subscriptionsFor(event, merchant)) {
    const fingerprint = fingerprintOfSubscription(subscription)
    if (completed.some((done) => done.subscription === fingerprint)) {
      matching.push(subscription)
      continue
    }
    const outcome = await deliver(event, subscription, merchant.settings)
    if (!outcome) continue
    matching.push(subscription)
    onOutcome(queued, outcome)
    const { action, status, error, retry, isUnauthorized } = outcome
    if (error !== undefined && (retry || isUnauthorized)) {
      const reason = describeFailure(outcome)
      const afterMs =
        retry?.afterMs === undefined ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, retry.afterMs)
      breakers.failed(id, { reason, status, afterMs, isUnauthorized })
      // The other subscriptions would fare no better now, and are retried with this one.
      return { completed, matching, retryable: { reason, afterMs, ...toFailureClass(outcome) } }
    }
    if (error === undefined) breakers.succeeded(id)
    completed.push({ subscription: fingerprint, action, status, error })
  }
  return { completed, matching }
}

const toRetry = (
  { since = Date.now() }: QueuedEvent,
  maxRetryAgeMs: number,
  failure: Failure,
  delayMs: number
): AttemptResult => {
  const leftMs = since + maxRetryAgeMs - Date.now()
  if (leftMs > 0) return { ...failure, status: 'delayed', delayMs: Math.ceil(Math.min(delayMs, leftMs)) }
  const reason = `given up after ${describeMs(maxRetryAgeMs)}: ${failure.reason}`
  return { ...failure, status: 'failed', reason }
}

/** Memoizes per object: an operator's function may return the same object for each event, or a new one. */
const memoize = <Given extends object, Made>(make: (given: Given) => Made) => {
  const all = new WeakMap<Given, Made>()
  return (given: Given): Made => {
    const made = all.get(given) ?? make(given)
    all.set(given, made)
    return made
  }
}

const fingerprintOfSubscription = memoize<FriendbuySubscription, string>(fingerprintOf)

/**
 * Checks subscriptions: one with an unknown action or an unreadable condition would match no event, and the event would
 * count as delivered.
 *
 * @throws Error naming every issue
 */
const checked = memoize<readonly FriendbuySubscription[], readonly FriendbuySubscription[]>(
  checkSubscriptions
)

/** Maximum time to resolve a merchant, in milliseconds: it holds a slot of the worker. */
const RESOLVE_MS = 10_000

/** The merchant of an ID. An issue leaves out the error's message, which may hold anything. */
const resolve = async (
  resolveMerchant: ResolveMerchant,
  id: string
): Promise<{ merchant?: Merchant; issue?: string }> => {
  let merchant: Merchant | undefined
  try {
    merchant = await withDeadline(Promise.resolve(resolveMerchant(id)), RESOLVE_MS, () => {
      throw Object.assign(new Error(), { code: 'no result within 10 s' })
    })
  } catch (error) {
    const { code, name } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
    return { issue: `cannot resolve the merchant (${code ?? name ?? 'unknown'})` }
  }
  if (!merchant?.subscriptions) return { merchant }
  try {
    return { merchant: { ...merchant, subscriptions: checked(merchant.subscriptions) } }
  } catch (error) {
    return { issue: `the merchant's subscriptions are invalid: ${toOneLine(toMessage(error))}` }
  }
}

/** Describes a failure, such as `Track Purchase: Friendbuy MAPI answered 422 to …`. */
const describeFailure = ({ action, error = '' }: Pick<CompletedSubscription, 'action' | 'error'>) =>
  `${titleOf(action)}: ${error}`

const describeMs = (ms: number) => {
  const hours = ms / 3_600_000
  return hours >= 1 ? `${Number(hours.toFixed(1))} h` : `${Math.round(ms / 1000)} s`
}
