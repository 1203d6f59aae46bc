import type { ActionKey } from '../cloud/actions'
import { type DropKind, toDropKind } from '../cloud/dropped-value'
import { isRecord } from '../values'
import type { FinalOutcome } from './send-events'

/** What became of events, in numbers: plain JSON, so that a checkpoint can hold it. */
export interface Tally {
  /** Lines that were completed, one way or another. */
  events: number
  /** Lines that are no event. */
  invalid: number
  /** Events that nobody asked for: no action takes them, or they lie outside the asked time. */
  notSent: number
  /** Deliveries and failures by action. */
  actions: Partial<Record<ActionKey, { delivered: number; failed: number }>>
  /** Tries after the first. */
  retries: number
  /** Values that were left out of delivered events, by reason. */
  dropped: Partial<Record<DropKind, number>>
}

/** A tally of nothing. */
export const newTally = (): Tally => ({
  events: 0,
  invalid: 0,
  notSent: 0,
  actions: {},
  retries: 0,
  dropped: {}
})

/** Counts a line that was completed: what became of it at each action that took it. */
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

/** How many deliveries a tally has. */
export const countDelivered = ({ actions }: Tally): number =>
  Object.values(actions).reduce((sum, { delivered }) => sum + delivered, 0)

/** How many failures a tally has, lines that are no event among them. */
export const countFailed = ({ actions, invalid }: Tally): number =>
  Object.values(actions).reduce((sum, { failed }) => sum + failed, invalid)

/** Whether a value, such as a file holds, is a tally. */
export const isTally = (value: unknown): value is Tally =>
  isRecord(value) &&
  [value.events, value.invalid, value.notSent, value.retries].every(Number.isSafeInteger) &&
  isRecord(value.actions) &&
  isRecord(value.dropped)
