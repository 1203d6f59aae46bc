import { plural, printError } from './output'
import { endStatus, hasStatusLine, showStatus } from './status-line'

/** Progress of a run. */
export interface ProgressState {
  /**
   * Completed share of the input, from 0 to 1.
   *
   * @default unknown
   */
  share?: number
  /**
   * Share that earlier runs completed.
   *
   * @default 0
   */
  resumedShare?: number
  events: number
  /** Number of failures. Undefined if there is nothing that could fail. */
  failed?: number
  perSecond: number
}

/** Shows progress on standard error. */
export interface Progress {
  update: (state: ProgressState) => void
  stop: () => void
}

/** Interval of progress lines if standard error is not a terminal, in milliseconds. */
const INTERVAL_MS = 10_000

/** Length of the progress bar, in characters. */
const BAR_LENGTH = 20

/** Creates a status line with a bar if standard error is a terminal, and occasional lines otherwise. */
export const createProgress = (): Progress => (hasStatusLine() ? createBar() : createLines())

const createBar = (): Progress => {
  const startedAt = performance.now()
  return {
    update: (state) => {
      showStatus(describe(state, performance.now() - startedAt))
    },
    stop: endStatus
  }
}

const describe = (
  { share, resumedShare = 0, events, failed, perSecond }: ProgressState,
  elapsedMs: number
) => {
  const counts = [
    plural(events, 'event'),
    `${perSecond}/s`,
    ...(failed === undefined ? [] : [`${failed} failed`])
  ]
  if (share === undefined) return counts.join(' · ')
  const done = '='.repeat(Math.round(share * BAR_LENGTH)).padEnd(BAR_LENGTH, '-')
  const own = share - resumedShare
  const left = own > 0 ? [`${toDuration((elapsedMs / own) * (1 - share))} left`] : []
  return [`${done} ${Math.floor(share * 100)}%`, ...counts, ...left].join(' · ')
}

/** Formats a duration, such as `40 s`, `12 min` or `3.5 h`. */
const toDuration = (ms: number) => {
  const minutes = ms / 60_000
  if (minutes < 2) return `${Math.ceil(ms / 1000)} s`
  return minutes < 120 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`
}

const createLines = (): Progress => {
  let printedAt = performance.now()
  return {
    update: ({ events, failed, perSecond }) => {
      if (performance.now() - printedAt < INTERVAL_MS) return
      printedAt = performance.now()
      const failures = failed === undefined ? '' : `, ${failed} failed`
      printError(`${plural(events, 'event')} completed${failures}, ${perSecond}/s`)
    },
    stop: () => undefined
  }
}
