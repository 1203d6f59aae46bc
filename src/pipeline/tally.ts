import type { ActionKey } from '../actions'
import type { LeftOutReason } from '../mapi/left-out'
import { isRecord } from '../mapi/record'
import type { FinalOutcome } from './send-events'

/** What became of events, in numbers: plain JSON, so that a checkpoint can hold it. */
export interface Tally {
  /** Lines that were settled, one way or another. */
  events: number
  /** Lines that are no event. */
  faulty: number
  /** Events that nobody asked for: no action takes them, or they lie outside the asked time. */
  notSent: number
  /** Deliveries and failures by action. */
  actions: Partial<Record<ActionKey, { delivered: number; failed: number }>>
  /** Tries after the first. */
  retries: number
  /** Values that were left out of delivered events, by reason. */
  leftOut: Partial<Record<LeftOutReason, number>>
}

/** A tally of nothing. */
export const newTally = (): Tally => ({
  events: 0,
  faulty: 0,
  notSent: 0,
  actions: {},
  retries: 0,
  leftOut: {}
})

/** Counts a line that was settled: what became of it at each action that took it. */
export const count = (tally: Tally, outcomes: readonly FinalOutcome[] | 'faulty'): void => {
  tally.events += 1
  if (outcomes === 'faulty') tally.faulty += 1
  else if (outcomes.length === 0) tally.notSent += 1
  else for (const outcome of outcomes) countOutcome(tally, outcome)
}

const countOutcome = (tally: Tally, { action, error, leftOut, retries }: FinalOutcome) => {
  const ofAction = (tally.actions[action] ??= { delivered: 0, failed: 0 })
  tally.retries += retries
  if (error !== undefined) {
    ofAction.failed += 1
    return
  }
  ofAction.delivered += 1
  for (const { reason } of leftOut) tally.leftOut[reason] = (tally.leftOut[reason] ?? 0) + 1
}

/** How many deliveries a tally has. */
export const deliveredOf = ({ actions }: Tally): number =>
  Object.values(actions).reduce((sum, { delivered }) => sum + delivered, 0)

/** How many failures a tally has, lines that are no event among them. */
export const failedOf = ({ actions, faulty }: Tally): number =>
  Object.values(actions).reduce((sum, { failed }) => sum + failed, faulty)

/** Whether a value, such as a file holds, is a tally. */
export const isTally = (value: unknown): value is Tally =>
  isRecord(value) &&
  [value.events, value.faulty, value.notSent, value.retries].every(Number.isSafeInteger) &&
  isRecord(value.actions) &&
  isRecord(value.leftOut)
