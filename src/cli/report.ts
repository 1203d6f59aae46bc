import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from '../backfill/send-events'
import { countFailed, type Tally } from '../backfill/tally'
import { describe, describeHeader, describeSummary, toJson } from './describe'
import { print } from './output'
import { createProgress } from './progress'

/** Amount and format of a run's output. */
export interface ReportOptions {
  /**
   * Lists every event, not only failed ones.
   *
   * @default false
   */
  verbose?: boolean
  /**
   * Lists no events and shows no progress.
   *
   * @default false
   */
  quiet?: boolean
  /**
   * Prints one JSON object per line: the events, then the summary.
   *
   * @default false
   */
  json?: boolean
}

/** Reports a run while it proceeds: events on standard output, progress on standard error. */
export interface Report {
  /** Notes that a line is in flight. */
  begun: (line: EventLine) => void
  /** Lists a line that was completed. */
  completed: (line: EventLine, outcomes: readonly FinalOutcome[]) => void
  /** Ends the report, with a summary if `hasSummary`. */
  end: (hasSummary: boolean) => void
}

/** Maximum number of completed lines that wait for an earlier one, so that they are listed in input order. */
const MAX_WAITING = 1000

/**
 * Creates the report of a run.
 *
 * @param tally counts of the run, which it updates
 * @param totalBytes size of the input, if known
 */
export const createReport = (
  options: ReportOptions,
  tally: Tally,
  totalBytes: number | undefined
): Report => {
  const { verbose = false, quiet = false, json = false } = options
  const startedAt = performance.now()
  const eventsBefore = tally.events
  const progress = quiet || json ? undefined : createProgress(totalBytes)
  /** Lines in flight, in order, each with its listing once it is completed. */
  const waiting = new Map<number, string[] | undefined>()
  let bytes = 0
  let hasHeader = false

  const list = (line: EventLine, outcomes: readonly FinalOutcome[]): string[] => {
    if (json) return [JSON.stringify(toJson(line, { outcomes }))]
    const hasFailed = 'error' in line || outcomes.some(({ error }) => error !== undefined)
    if (quiet || !(verbose || hasFailed)) return []
    return describe(line, outcomes)
  }

  const show = (line: string) => {
    if (!hasHeader && !json) print(describeHeader())
    hasHeader = true
    if (progress) progress.print(line)
    else print(line)
  }

  const flush = (maxWaiting: number) => {
    for (const [index, lines] of waiting) {
      if (!lines && waiting.size <= maxWaiting) return
      waiting.delete(index)
      lines?.forEach(show)
    }
  }

  return {
    begun: ({ index }) => {
      waiting.set(index, undefined)
    },
    completed: (line, outcomes) => {
      const lines = list(line, outcomes)
      if (waiting.has(line.index)) waiting.set(line.index, lines)
      else lines.forEach(show)
      flush(MAX_WAITING)
      if (!progress) return
      bytes += Buffer.byteLength(line.raw ?? '') + 1
      const seconds = Math.max((performance.now() - startedAt) / 1000, 0.001)
      progress.update({
        bytes,
        events: tally.events,
        failed: countFailed(tally),
        perSecond: Math.round((tally.events - eventsBefore) / seconds)
      })
    },
    end: (hasSummary) => {
      flush(0)
      progress?.stop()
      if (!hasSummary) return
      const durationMs = Math.round(performance.now() - startedAt)
      if (json) print(JSON.stringify({ summary: { ...tally, durationMs } }))
      else describeSummary(tally, durationMs).forEach(print)
    }
  }
}
