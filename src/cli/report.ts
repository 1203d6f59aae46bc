import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from '../backfill/send-events'
import { countFailed, type Tally } from '../backfill/tally'
import { describe, describeHeader, describeSummary, toJson } from './describe'
import { print } from './output'
import { createProgress } from './progress'

/** How much a run says, and how. */
export interface ReportOptions {
  /** Lists every event, and not only those that failed. */
  verbose?: boolean
  /** Lists no event and shows no progress. */
  quiet?: boolean
  /** Gives one JSON object a line: the events, then the summary. */
  json?: boolean
}

/** Tells what becomes of a run while it goes on: its events on standard output, its progress on standard error. */
export interface Report {
  /** A line is under way. */
  begun: (line: EventLine) => void
  /** Its matter is completed. */
  completed: (line: EventLine, outcomes: readonly FinalOutcome[]) => void
  /** The run is over; the summary says what it came to. */
  end: (hasSummary: boolean) => void
}

/** How many completed lines wait for an earlier one at most, so that they are listed in the order of the input. */
const MOST_WAITING = 1000

/**
 * @param tally what the run counts, as it goes on
 * @param totalBytes how large the input is, where that is known
 */
export const createReport = (
  options: ReportOptions,
  tally: Tally,
  totalBytes: number | undefined
): Report => {
  const { verbose = false, quiet = false, json = false } = options
  const startedAt = Date.now()
  const eventsBefore = tally.events
  const progress = quiet || json ? undefined : createProgress(totalBytes)
  /** The lines under way in their order, each with its listing once it is completed. */
  const waiting = new Map<number, string[] | undefined>()
  let bytes = 0
  let hasHeader = false

  const list = (line: EventLine, outcomes: readonly FinalOutcome[]): string[] => {
    if (json) return [JSON.stringify(toJson(line, { outcomes }))]
    const hasFailed = 'problem' in line || outcomes.some(({ error }) => error !== undefined)
    if (quiet || !(verbose || hasFailed)) return []
    return describe(line, outcomes)
  }

  const show = (line: string) => {
    if (!hasHeader && !json) print(describeHeader())
    hasHeader = true
    if (progress) progress.print(line)
    else print(line)
  }

  const flush = (most: number) => {
    for (const [index, lines] of waiting) {
      if (!lines && waiting.size <= most) return
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
      flush(MOST_WAITING)
      if (!progress) return
      bytes += Buffer.byteLength(line.raw ?? '') + 1
      const seconds = Math.max((Date.now() - startedAt) / 1000, 0.001)
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
      const durationMs = Date.now() - startedAt
      if (json) print(JSON.stringify({ summary: { ...tally, durationMs } }))
      else describeSummary(tally, durationMs).forEach(print)
    }
  }
}
