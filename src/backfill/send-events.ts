import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { EventLine } from '../events/read-events'
import { backoffMs } from '../host/backoff'
import type { Outcome, Sender } from '../host/deliver'
import type { FriendbuySubscription } from '../host/subscriptions'
import type { RateLimit } from './rate-limit'

/** Longest pause that MAPI's Retry-After can ask for, in milliseconds. */
export const MAX_PAUSE_MS = 5 * 60_000

/** Final outcome of an event at one action, with the number of retries. */
export type FinalOutcome = Omit<Outcome, 'retry' | 'isUnauthorized'> & {
  retries: number
  /** Fingerprint of the subscription, if several of this action match the event. */
  subscription?: string
}

/** Progress of a line: the outcomes of the first of its matching subscriptions. */
export interface LineProgress {
  /** Number of subscriptions that are completed. */
  subscriptions: number
  outcomes: readonly FinalOutcome[]
}

/** Progress of a line that was not begun before. */
export const NO_PROGRESS: LineProgress = { subscriptions: 0, outcomes: [] }

/** Thrown if MAPI refuses the credentials: no further event could succeed. */
export class UnauthorizedError extends Error {}

/** Options of `sendEvents`. */
export interface SendEventsOptions {
  sender: Sender
  /** Maximum number of events in flight. */
  concurrency: number
  /** Time that an event is retried for after its first attempt, in milliseconds. */
  maxRetryAgeMs: number
  rate: RateLimit
  /** Tells if an event is to be sent. */
  wants: (event: SegmentEvent) => boolean
  /**
   * Called before the first attempt at a line, in the order of the input.
   *
   * @default none
   */
  begin?: (line: EventLine) => void
  /**
   * Returns the progress of a line in an earlier run. Completed subscriptions are not repeated.
   *
   * @default none
   */
  progressOf?: (line: EventLine) => LineProgress
  /**
   * Called after each but the last subscription of a line, with its progress.
   *
   * @default none
   */
  advance?: (line: EventLine, progress: LineProgress) => void
  /**
   * Called before the first attempt at an event, with the subscriptions that match it. If it rejects, the event is not
   * sent, and the run stops.
   *
   * @default none
   */
  admit?: (line: EventLine, subscriptions: readonly FriendbuySubscription[]) => Promise<void> | undefined
  /**
   * Called once per line, after its final outcomes. The next line waits until it resolves, so that at most `concurrency`
   * lines are between their first attempt and this.
   */
  complete: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /**
   * Called when MAPI asks for a pause, with its Retry-After in milliseconds. Pauses are limited to `MAX_PAUSE_MS`.
   *
   * @default none
   */
  onRetryAfter?: (askedMs: number) => void
  /** Stops the run: begins no further line, finishes calls in flight, and abandons events that wait for a retry. */
  signal: AbortSignal
}

/**
 * Sends the events of an input, several at once, and retries what may succeed later. A line of a failed file goes
 * through the action that failed only.
 *
 * @throws UnauthorizedError, or the error of reading or of `complete`; begins no further line then, and rejects when
 *   nothing is in flight any more
 *
 * @example
 * await sendEvents(readEvents(['events.ndjson']), { sender, concurrency: 20, … })
 */
export const sendEvents = async (
  lines: AsyncGenerator<EventLine>,
  { concurrency, ...options }: SendEventsOptions
): Promise<void> => {
  const signal = AbortSignal.any([options.signal])
  // Each line that waits for a retry or for the rate limit adds a listener.
  setMaxListeners(0, signal)
  let failure: { error: unknown } | undefined
  const next = async () => {
    try {
      return await lines.next()
    } catch (error) {
      // A stop ends the wait for input that may never come.
      if (!signal.aborted) throw error
      return undefined
    }
  }
  const work = async () => {
    try {
      while (!signal.aborted && !failure) {
        const read = await next()
        if (!read || read.done) return
        options.begin?.(read.value)
        await sendLine(read.value, { ...options, signal })
      }
    } catch (error) {
      failure ??= { error }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await lines.return(undefined)
  if (failure) throw failure.error
}

type LineOptions = Omit<SendEventsOptions, 'concurrency'>

const sendLine = async (line: EventLine, options: LineOptions) => {
  const { sender, wants, progressOf, admit, advance, complete } = options
  if (!('event' in line) || !wants(line.event)) {
    await complete(line, [])
    return
  }
  const { event } = line
  const subscriptions = toSubscriptions(line, sender.subscriptionsFor(event))
  if (!subscriptions) {
    await complete(toUnmatchedLine(line), [])
    return
  }
  const { subscriptions: completed, outcomes: earlier } = progressOf?.(line) ?? NO_PROGRESS
  const outcomes = [...earlier]
  const admission = admit?.(line, subscriptions)
  if (admission) await admission
  for (const [at, subscription] of subscriptions.entries()) {
    if (at < completed) continue
    const outcome = await sendWithRetries(event, subscription, options)
    if (outcome === 'abandoned') return
    if (outcome) outcomes.push({ ...outcome, ...toAmbiguous(subscription, subscriptions) })
    if (at + 1 < subscriptions.length) advance?.(line, { subscriptions: at + 1, outcomes: [...outcomes] })
  }
  await complete(line, outcomes)
}

/** Returns the subscriptions that a line goes through. Undefined if it names one that there is not. */
const toSubscriptions = (
  { action, subscription: failed }: EventLine,
  matching: readonly FriendbuySubscription[]
): readonly FriendbuySubscription[] | undefined => {
  if (action === undefined) return matching
  const found = matching.filter(
    (subscription) =>
      subscription.partnerAction === action &&
      (failed === undefined || toFingerprint(subscription) === failed)
  )
  return found.length === 0 ? undefined : found
}

/** Puts an error in the place of an event that no subscription of the given name matches. */
const toUnmatchedLine = ({ event: _event, ...line }: Extract<EventLine, { event: unknown }>): EventLine => {
  const { action = '', subscription } = line
  const name = subscription === undefined ? action : `${action} with the fingerprint ${subscription}`
  return {
    ...line,
    error: `no subscription of ${name} matches this event: use the --mapping and --custom-event options of the run that it failed in`
  }
}

/** Returns the fingerprint of a subscription that its action does not identify. */
const toAmbiguous = (subscription: FriendbuySubscription, all: readonly FriendbuySubscription[]) =>
  all.filter(({ partnerAction }) => partnerAction === subscription.partnerAction).length > 1
    ? { subscription: toFingerprint(subscription) }
    : undefined

/** Returns a short hash of a subscription, which identifies it among those of its action. */
export const toFingerprint = ({ partnerAction, subscribe, mapping }: FriendbuySubscription) =>
  createHash('sha256')
    .update(JSON.stringify([partnerAction, subscribe, mapping]))
    .digest('hex')
    .slice(0, 16)

/** Sends an event through one subscription until it is delivered, has failed permanently, or is abandoned by a stop. */
const sendWithRetries = async (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  { sender, rate, maxRetryAgeMs, onRetryAfter, signal }: LineOptions
): Promise<FinalOutcome | undefined | 'abandoned'> => {
  const giveUpAt = performance.now() + maxRetryAgeMs
  for (let retries = 0; ; retries += 1) {
    try {
      await rate.take(signal)
    } catch {
      return 'abandoned'
    }
    const sent = await sender.send(event, subscription)
    if (!sent) return undefined
    const { retry, isUnauthorized, ...outcome } = sent
    if (isUnauthorized) throw new UnauthorizedError(outcome.error)
    if (retry?.afterMs !== undefined) onRetryAfter?.(retry.afterMs)
    const afterMs = Math.min(MAX_PAUSE_MS, retry?.afterMs ?? 0)
    if (outcome.status === 429) rate.learn(afterMs)
    const pauseMs = retry && backoffMs(retries, afterMs)
    if (pauseMs === undefined || performance.now() + pauseMs > giveUpAt) return { ...outcome, retries }
    try {
      await delay(pauseMs, undefined, { signal })
    } catch {
      return 'abandoned'
    }
  }
}
