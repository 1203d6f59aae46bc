import { type ActionKey, type DropKind, toDropKind } from '../host/deliver'
import { isRecord } from '../values'
import type { FinalOutcome } from './send-events'

/** Counts of a run: plain JSON, so that a checkpoint can keep it. */
export interface Tally {
  /** Completed lines. */
  events: number
  /** Lines that are not events. */
  invalid: number
  /** Events that were not sent: unmatched, or outside the time range. */
  notSent: number
  /** Deliveries and failures by action. */
  actions: Partial<Record<ActionKey, { delivered: number; failed: number }>>
  /** Attempts after the first one. */
  retries: number
  /** Values dropped from delivered events, by reason. */
  dropped: Partial<Record<DropKind, number>>
}

/** Creates a tally of zeros. */
export const newTally = (): Tally => ({
  events: 0,
  invalid: 0,
  notSent: 0,
  actions: {},
  retries: 0,
  dropped: {}
})

/** Counts a completed line: its outcome at each matching action. */
export const count = (tally: Tally, outcomes: readonly FinalOutcome[] | 'invalid'): void => {
  tally.events += 1
  if (outcomes === 'invalid') tally.invalid += 1
  else if (outcomes.length === 0) tally.notSent += 1
  else for (const outcome of outcomes) countOutcome(tally, outcome)
}

const countOutcome = (tally: Tally, { action, error, dropped, retries }: FinalOutcome) => {
  const ofAction = (tally.actions[action] ??= { delivered: 0, failed: 0 })
  tally.retries += retries
  if (error !== undefined) {
    ofAction.failed += 1
    return
  }
  ofAction.delivered += 1
  for (const { reason } of dropped) {
    const kind = toDropKind(reason)
    tally.dropped[kind] = (tally.dropped[kind] ?? 0) + 1
  }
}

/** Returns the number of deliveries. */
export const countDelivered = ({ actions }: Tally): number =>
  Object.values(actions).reduce((sum, { delivered }) => sum + delivered, 0)

/** Returns the number of failures, invalid lines included. */
export const countFailed = ({ actions, invalid }: Tally): number =>
  Object.values(actions).reduce((sum, { failed }) => sum + failed, invalid)

/** Tells if a value, such as a file's, is a tally. */
export const isTally = (value: unknown): value is Tally =>
  isRecord(value) &&
  [value.events, value.invalid, value.notSent, value.retries].every(Number.isSafeInteger) &&
  isRecord(value.actions) &&
  isRecord(value.dropped)
