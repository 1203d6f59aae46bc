import { actions } from '../actions'
import type { Deliver, Outcome } from '../pipeline/create-sender'
import { toOneLine } from '../mapi/one-line'
import { messageOf } from '../mapi/thrown'
import { pauseBefore } from '../pipeline/pause'
import { checkSubscriptions, type FriendbuySubscription, subscriptionsFor } from '../subscriptions'
import { type Breakers, LONGEST_ASKED_MS } from './breakers'
import type { Merchant, ResolveMerchant } from './merchants'
import { fingerprintOf, type QueuedEvent, type Settled } from './queued-event'

/** What becomes of a queued event after a try. */
export type Verdict =
  /** Every subscription that takes it has got it. */
  | { is: 'delivered' }
  /** No subscription takes it. */
  | { is: 'not_taken' }
  /** It cannot succeed, and is kept among the failed ones. */
  | { is: 'failed'; reason: string; settled: readonly Settled[] }
  /** It is tried again. */
  | { is: 'delayed'; reason: string; settled: readonly Settled[]; delayMs: number }

/** With what queued events are delivered. */
export interface DeliverQueuedOptions {
  deliver: Deliver
  resolveMerchant: ResolveMerchant
  breakers: Breakers
  /** How long an event is tried after its first try, in milliseconds. */
  retryForMs: number
  /** Is told of each call, and of each event that was refused before one. */
  onOutcome: (queued: QueuedEvent, outcome: Outcome) => void
}

/**
 * Makes a try at a queued event: through each subscription of its merchant that is not done with it yet. A subscription
 * that is done (delivered, or refused for good) is not asked again by a later try.
 *
 * @param tries the tries so far
 */
export const deliverQueued = async (
  queued: QueuedEvent,
  tries: number,
  { deliver, resolveMerchant, breakers, retryForMs, onOutcome }: DeliverQueuedOptions
): Promise<Verdict> => {
  const { merchant: id, event, since = Date.now() } = queued
  const settled = [...(queued.settled ?? [])]

  const later = (reason: string, delayMs: number): Verdict => {
    const leftMs = since + retryForMs - Date.now()
    if (leftMs > 0) return { is: 'delayed', reason, settled, delayMs: Math.ceil(Math.min(delayMs, leftMs)) }
    return { is: 'failed', reason: `given up after ${describeMs(retryForMs)}: ${reason}`, settled }
  }

  const waiting = breakers.admit(id)
  if (waiting) return later(waiting.reason, waiting.waitMs)

  const { merchant, problem } = await resolve(resolveMerchant, id)
  if (problem !== undefined) {
    breakers.failed(id, { reason: problem })
    return later(problem, pauseBefore(tries, undefined))
  }
  if (!merchant) {
    breakers.ended(id)
    return { is: 'failed', reason: `there is no merchant ${JSON.stringify(id)}`, settled }
  }
  for (const subscription of subscriptionsFor(event, merchant)) {
    const fingerprint = fingerprintOfSubscription(subscription)
    if (settled.some((done) => done.subscription === fingerprint)) continue
    const outcome = await deliver(event, subscription, merchant.settings)
    if (!outcome) continue
    onOutcome(queued, outcome)
    const { action, status, error, retry, isRefused } = outcome
    if (error !== undefined && (retry || isRefused)) {
      const reason = describeFailure(outcome)
      const afterMs = retry?.afterMs === undefined ? undefined : Math.min(LONGEST_ASKED_MS, retry.afterMs)
      breakers.failed(id, { reason, status, afterMs, isRefused })
      // The other subscriptions would fare no better now, and come with the next try.
      return later(reason, pauseBefore(tries, afterMs))
    }
    if (error === undefined) breakers.succeeded(id)
    settled.push({ subscription: fingerprint, action, status, error })
  }
  breakers.ended(id)
  const failures = settled.filter(({ error }) => error !== undefined)
  if (failures.length === 0) return { is: settled.length === 0 ? 'not_taken' : 'delivered' }
  return { is: 'failed', reason: failures.map(describeFailure).join('; '), settled }
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
 * Subscriptions without mistakes: a host takes nothing through one of an action that there is not, or of a condition
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
    return { problem: `the subscriptions of the merchant have mistakes: ${toOneLine(messageOf(error))}` }
  }
}

/** `Track Purchase: Friendbuy MAPI answered 422 to …`, which has the status where MAPI gave it. */
const describeFailure = ({ action, error = '' }: Pick<Settled, 'action' | 'error'>) =>
  `${actions[action].title}: ${error}`

const describeMs = (ms: number) => {
  const hours = ms / 3_600_000
  return hours >= 1 ? `${Number(hours.toFixed(1))} h` : `${Math.round(ms / 1000)} s`
}
