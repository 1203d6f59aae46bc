import { type ActionKey, type DropKind, toDropKind } from '../host/deliver'
import type { NameCounts } from '../host/not-mapped'
import { isRecord } from '../values'
import type { FinalOutcome } from './send-events'
import type { SkipReason } from './time-range'

/** Counts of a run: plain JSON, so that a checkpoint can keep it. */
export interface Tally {
  /** Completed lines. */
  events: number
  /** Lines that are not events. */
  invalid: number
  /** Events that no subscription matches. */
  notSent: number
  /** Events outside the time range, by reason. */
  skipped: Partial<Record<SkipReason, number>>
  /** Deliveries and failures by action. */
  actions: Partial<Record<ActionKey, { delivered: number; failed: number }>>
  /** Attempts after the first one. */
  retries: number
  /** Values dropped from delivered events, by reason. */
  dropped: Partial<Record<DropKind, number>>
  /** Properties and traits that no mapping reads, of events that a subscription matches. */
  notMapped: NameCounts
}

/** Creates a tally of zeros. */
export const newTally = (): Tally => ({
  events: 0,
  invalid: 0,
  notSent: 0,
  skipped: {},
  actions: {},
  retries: 0,
  dropped: {},
  notMapped: { names: {}, others: 0 }
})

/** Counts a completed line: its outcome at each matching action, or why it was not sent. */
export const count = (tally: Tally, outcomes: readonly FinalOutcome[] | 'invalid' | SkipReason): void => {
  tally.events += 1
  if (outcomes === 'invalid') tally.invalid += 1
  else if (typeof outcomes === 'string') tally.skipped[outcomes] = (tally.skipped[outcomes] ?? 0) + 1
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

/** Returns the number of events outside the time range. */
export const countSkipped = ({ skipped }: Tally): number =>
  Object.values(skipped).reduce((sum, times) => sum + times, 0)

/** Parts of a tally that older checkpoints lack. */
type Recent = 'skipped' | 'notMapped'

/** Tally as a checkpoint keeps it. */
export type StoredTally = Omit<Tally, Recent> & Partial<Pick<Tally, Recent>>

/** Tells if a value, such as a file's, is a tally. */
export const isTally = (value: unknown): value is StoredTally =>
  isRecord(value) &&
  [value.events, value.invalid, value.notSent, value.retries].every(Number.isSafeInteger) &&
  isRecord(value.actions) &&
  isRecord(value.dropped) &&
  (value.skipped === undefined || isRecord(value.skipped)) &&
  (value.notMapped === undefined || isNameCounts(value.notMapped))

const isNameCounts = (value: unknown) =>
  isRecord(value) && isRecord(value.names) && Number.isSafeInteger(value.others)
