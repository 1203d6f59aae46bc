import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import type { FriendbuySubscription } from '../subscriptions'
import type { Outcome, Sender } from './create-sender'
import type { RateLimit } from './rate-limit'
import type { EventLine } from './read-events'
import { pauseBefore } from './pause'

/** What became of an event at one action in the end, and after how many tries beyond the first. */
export type FinalOutcome = Omit<Outcome, 'retry' | 'isRefused'> & { retries: number }

/** MAPI refuses the credentials themselves: no event would fare better. */
export class CredentialsRefused extends Error {}

/** How events are sent. */
export interface SendEventsOptions {
  sender: Sender
  /** How many events are under way at once. */
  concurrency: number
  /** How long an event is tried again after its first try, in milliseconds. */
  retryForMs: number
  rate: RateLimit
  /** Whether an event is to be sent. */
  wants: (event: SegmentEvent) => boolean
  /**
   * Takes note of a line whose matter is settled. The next one waits until this resolves, so that no more than
   * `concurrency` lines are ever between their first try and this.
   */
  settle: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /**
   * Stops the sending: no further line is begun, what is on its way to MAPI is finished, and what waits for its next
   * try is given up unsettled.
   */
  signal: AbortSignal
}

/**
 * Sends the events of an input, several at once, and tries again what may succeed later.
 *
 * @throws CredentialsRefused, what reading throws, and what `settle` throws: no further line is begun then, and all
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
  const { sender, wants, settle } = options
  const outcomes: FinalOutcome[] = []
  if ('event' in line && wants(line.event)) {
    for (const subscription of sender.subscriptionsFor(line.event)) {
      const outcome = await sendWithRetries(line.event, subscription, options)
      if (outcome === 'given up') return
      if (outcome) outcomes.push(outcome)
    }
  }
  await settle(line, outcomes)
}

/** Sends an event through one subscription until it is delivered, has failed for good, or is given up by a stop. */
const sendWithRetries = async (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  { sender, rate, retryForMs, signal }: Omit<SendEventsOptions, 'concurrency'>
): Promise<FinalOutcome | undefined | 'given up'> => {
  const giveUpAt = Date.now() + retryForMs
  for (let retries = 0; ; retries += 1) {
    try {
      await rate.take(signal)
    } catch {
      return 'given up'
    }
    const made = await sender.send(event, subscription)
    if (!made) return undefined
    const { retry, isRefused, ...outcome } = made
    if (isRefused) throw new CredentialsRefused(outcome.error)
    if (outcome.status === 429) rate.learn(retry?.afterMs)
    const pauseMs = retry && pauseBefore(retries, retry.afterMs)
    if (pauseMs === undefined || Date.now() + pauseMs > giveUpAt) return { ...outcome, retries }
    try {
      await delay(pauseMs, undefined, { signal })
    } catch {
      return 'given up'
    }
  }
}
