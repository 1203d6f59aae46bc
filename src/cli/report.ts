import { createTimeFilter, type TimeRange } from '../backfill/time-range'
import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from '../backfill/send-events'
import { countFailed, type Tally } from '../backfill/tally'
import type { FriendbuySubscription } from '../host/subscriptions'
import { createHint, createListing, describeSummary, toJson } from './describe'
import { ErrorLimit } from './error-limit'
import { colors, print, toVisible } from './output'
import { createProgress, type Progress } from './progress'

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

/** The run that is reported. */
export interface ReportedRun extends TimeRange {
  /** Counts of the run, which it updates. */
  tally: Tally
  /** Paths of the events. */
  files: readonly string[]
  /** Size of the input in bytes, if known. */
  totalBytes?: number
  /** Size of the events that earlier runs completed, in bytes. */
  resumedBytes: number
  /** Path of the mapping file, if there is one. */
  mapping?: string
  subscriptions: readonly FriendbuySubscription[]
}

/** Maximum number of completed lines that wait for an earlier one, so that they are listed in input order. */
const MAX_WAITING = 1000

/** Returns the size of a line in its file, in bytes. */
export const toLineBytes = (raw = ''): number => Buffer.byteLength(raw) + 1

/** Reports a run while it proceeds: events on standard output, progress on standard error. */
export class Report {
  readonly #options: ReportOptions
  readonly #run: ReportedRun
  readonly #listing: ReturnType<typeof createListing>
  readonly #limit = new ErrorLimit()
  readonly #toHint: ReturnType<typeof createHint>
  readonly #toSkipReason: ReturnType<typeof createTimeFilter>
  readonly #progress: Progress | undefined
  readonly #startedAt = performance.now()
  readonly #eventsBefore: number
  /** Lines in flight, in order, each with its listing once it is completed. */
  readonly #waiting = new Map<number, { line: EventLine; listing: string[] } | undefined>()
  #bytes: number
  #hasHeader = false
  #source: string | undefined

  constructor(options: ReportOptions, run: ReportedRun) {
    this.#options = options
    this.#run = run
    this.#listing = createListing(run.subscriptions)
    this.#toHint = createHint(run)
    this.#toSkipReason = createTimeFilter(run)
    this.#progress = options.quiet || options.json ? undefined : createProgress()
    this.#eventsBefore = run.tally.events
    this.#bytes = run.resumedBytes
  }

  /** Notes that a line is in flight. */
  begun({ index }: EventLine): void {
    this.#waiting.set(index, undefined)
  }

  /** Lists a line that was completed. */
  completed(line: EventLine, outcomes: readonly FinalOutcome[]): void {
    const listing = this.#list(line, outcomes)
    if (this.#waiting.has(line.index)) this.#waiting.set(line.index, { line, listing })
    else this.#show(line, listing)
    this.#flush(MAX_WAITING)
    this.#update(line)
  }

  /** Ends the report, with a summary if `hasSummary`. */
  end(hasSummary: boolean): void {
    this.#flush(0)
    this.#limit.describe().forEach(print)
    this.#progress?.stop()
    if (!hasSummary) return
    const { tally, subscriptions } = this.#run
    const durationMs = Math.round(performance.now() - this.#startedAt)
    if (this.#options.json) print(JSON.stringify({ summary: { ...tally, durationMs } }))
    else describeSummary(tally, subscriptions, durationMs).forEach(print)
  }

  #list(line: EventLine, outcomes: readonly FinalOutcome[]): string[] {
    const { verbose, quiet, json } = this.#options
    const skipped = 'event' in line ? this.#toSkipReason(line.event) : undefined
    if (json) return [JSON.stringify(toJson(line, { outcomes, ...(skipped && { skipped }) }))]
    const errors = 'error' in line ? [line.error] : outcomes.flatMap(({ error }) => error ?? [])
    if (quiet || skipped || !(verbose || errors.some((error) => this.#limit.admit(error)))) return []
    return this.#listing.describe(line, outcomes, 'event' in line ? this.#toHint(line.event) : '')
  }

  #show({ source }: EventLine, listing: readonly string[]) {
    if (listing.length === 0) return
    if (!this.#options.json) {
      if (!this.#hasHeader) print(this.#listing.header())
      this.#hasHeader = true
      // The lines of several files would not say which file they are of.
      if (this.#run.files.length > 1 && source !== this.#source) print(colors.bold(toVisible(source)))
      this.#source = source
    }
    listing.forEach(print)
  }

  #flush(maxWaiting: number) {
    for (const [index, completed] of this.#waiting) {
      if (!completed && this.#waiting.size <= maxWaiting) return
      this.#waiting.delete(index)
      if (completed) this.#show(completed.line, completed.listing)
    }
  }

  #update({ raw }: EventLine) {
    if (!this.#progress) return
    const { tally, totalBytes, resumedBytes } = this.#run
    this.#bytes += toLineBytes(raw)
    const seconds = Math.max((performance.now() - this.#startedAt) / 1000, 0.001)
    this.#progress.update({
      ...(totalBytes && {
        share: Math.min(1, this.#bytes / totalBytes),
        resumedShare: Math.min(1, resumedBytes / totalBytes)
      }),
      events: tally.events,
      failed: countFailed(tally),
      perSecond: Math.round((tally.events - this.#eventsBefore) / seconds)
    })
  }
}
