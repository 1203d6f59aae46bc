import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { FriendbuySubscription } from '../host/subscriptions'
import type { Outcome, Sender } from '../host/deliver'
import type { RateLimit } from './rate-limit'
import type { EventLine } from '../events/read-events'
import { backoffMs } from '../host/backoff'

/** What became of an event at one action in the end, and after how many tries beyond the first. */
export type FinalOutcome = Omit<Outcome, 'retry' | 'isUnauthorized'> & { retries: number }

/** MAPI refuses the credentials themselves: no event would fare better. */
export class UnauthorizedError extends Error {}

/** How events are sent. */
export interface SendEventsOptions {
  sender: Sender
  /** How many events are under way at once. */
  concurrency: number
  /** How long an event is tried again after its first try, in milliseconds. */
  maxRetryAgeMs: number
  rate: RateLimit
  /** Whether an event is to be sent. */
  wants: (event: SegmentEvent) => boolean
  /**
   * Takes note of a line whose matter is completed. The next one waits until this resolves, so that no more than
   * `concurrency` lines are ever between their first try and this.
   */
  complete: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /**
   * Stops the sending: no further line is begun, what is on its way to MAPI is finished, and what waits for its next
   * try is given up incomplete.
   */
  signal: AbortSignal
}

/**
 * Sends the events of an input, several at once, and tries again what may succeed later.
 *
 * @throws UnauthorizedError, what reading throws, and what `complete` throws: no further line is begun then, and all
 * that was under way has come to its end
 */
export const sendEvents = async (
  lines: AsyncGenerator<EventLine>,
  { concurrency, ...options }: SendEventsOptions
): Promise<void> => {
  const { signal } = options
  let failure: { error: unknown } | undefined
  const work = async () => {
    try {
      while (!signal.aborted && !failure) {
        const next = await lines.next()
        if (next.done) return
        await sendLine(next.value, options)
      }
    } catch (error) {
      failure ??= { error }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await lines.return(undefined)
  if (failure) throw failure.error
}

const sendLine = async (line: EventLine, options: Omit<SendEventsOptions, 'concurrency'>) => {
  const { sender, wants, complete } = options
  const outcomes: FinalOutcome[] = []
  if ('event' in line && wants(line.event)) {
    for (const subscription of sender.subscriptionsFor(line.event)) {
      const outcome = await sendWithRetries(line.event, subscription, options)
      if (outcome === 'given up') return
      if (outcome) outcomes.push(outcome)
    }
  }
  await complete(line, outcomes)
}

/** Sends an event through one subscription until it is delivered, has failed for good, or is given up by a stop. */
const sendWithRetries = async (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  { sender, rate, maxRetryAgeMs, signal }: Omit<SendEventsOptions, 'concurrency'>
): Promise<FinalOutcome | undefined | 'given up'> => {
  const giveUpAt = Date.now() + maxRetryAgeMs
  for (let retries = 0; ; retries += 1) {
    try {
      await rate.take(signal)
    } catch {
      return 'given up'
    }
    const made = await sender.send(event, subscription)
    if (!made) return undefined
    const { retry, isUnauthorized, ...outcome } = made
    if (isUnauthorized) throw new UnauthorizedError(outcome.error)
    if (outcome.status === 429) rate.learn(retry?.afterMs)
    const pauseMs = retry && backoffMs(retries, retry.afterMs)
    if (pauseMs === undefined || Date.now() + pauseMs > giveUpAt) return { ...outcome, retries }
    try {
      await delay(pauseMs, undefined, { signal })
    } catch {
      return 'given up'
    }
  }
}
