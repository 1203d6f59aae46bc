import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { FriendbuySubscription } from '../host/subscriptions'
import type { Outcome, Sender } from '../host/deliver'
import type { RateLimit } from './rate-limit'
import type { EventLine } from '../events/read-events'
import { backoffMs } from '../host/backoff'

/** Final outcome of an event at one action, with the number of retries. */
export type FinalOutcome = Omit<Outcome, 'retry' | 'isUnauthorized'> & { retries: number }

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
   * Called once per line, after its final outcomes. The next line waits until it resolves, so that at most `concurrency`
   * lines are between their first attempt and this.
   */
  complete: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /** Stops the run: begins no further line, finishes calls in flight, and abandons events that wait for a retry. */
  signal: AbortSignal
}

/**
 * Sends the events of an input, several at once, and retries what may succeed later.
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
      if (outcome === 'abandoned') return
      if (outcome) outcomes.push(outcome)
    }
  }
  await complete(line, outcomes)
}

/** Sends an event through one subscription until it is delivered, has failed permanently, or is abandoned by a stop. */
const sendWithRetries = async (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  { sender, rate, maxRetryAgeMs, signal }: Omit<SendEventsOptions, 'concurrency'>
): Promise<FinalOutcome | undefined | 'abandoned'> => {
  const giveUpAt = Date.now() + maxRetryAgeMs
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
    if (outcome.status === 429) rate.learn(retry?.afterMs)
    const pauseMs = retry && backoffMs(retries, retry.afterMs)
    if (pauseMs === undefined || Date.now() + pauseMs > giveUpAt) return { ...outcome, retries }
    try {
      await delay(pauseMs, undefined, { signal })
    } catch {
      return 'abandoned'
    }
  }
}
