import { resolve } from 'node:path'
import type { SegmentEvent } from '@segment/actions-core'
import type { FailedEvent } from '../events/failed-event'
import type { EventLine } from '../events/read-events'
import { countNames } from '../host/not-mapped'
import { Checkpoint } from './checkpoint'
import { openFailedFile } from './failed-file'
import type { RunTarget } from './run-identity'
import { type FinalOutcome, type LineProgress, NO_PROGRESS } from './send-events'
import { count, isTally, newTally, type StoredTally, type Tally } from './tally'
import { createTimeFilter } from './time-range'

/** Options of `openRun`. */
export interface RunOptions {
  /** Paths of the events. */
  files: readonly string[]
  /** The events themselves. */
  lines: AsyncGenerator<EventLine>
  /** What a checkpoint belongs to. */
  target: RunTarget
  /** Stops the check of the events that a resumed run had begun. */
  signal: AbortSignal
  /**
   * Path of the checkpoint: keeps the progress, so that the run can resume after the process was killed.
   *
   * @default none
   */
  checkpoint?: string
  /**
   * Path of the failed file: keeps the events that failed permanently.
   *
   * @default none
   */
  failed?: string
  /**
   * Finds the names of an event that no mapping reads, which the tally counts.
   *
   * @default none are counted
   */
  findNotMapped?: (line: EventLine & { event: SegmentEvent }) => readonly string[]
}

/** Counts of a run and what it keeps on disk. */
export interface Run {
  /** Counts of this run and, with a checkpoint, of those that it resumed. */
  readonly tally: Tally
  /** Events to send: those that the resumed run had not completed, then the rest of the input. */
  readonly lines: AsyncGenerator<EventLine>
  /** Returns the progress of a line that the resumed run had begun. */
  progressOf: (line: EventLine) => LineProgress
  /** Notes the progress of a line, so that a resumed run does not repeat it. */
  advance: (line: EventLine, progress: LineProgress) => void
  /**
   * Counts a line. Resolves when everything to keep about it is on disk.
   *
   * @throws Error with the file's name if that cannot be written
   */
  complete: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /**
   * Writes the last state and closes the files.
   *
   * @throws Error if they cannot be written, now or before
   */
  close: () => Promise<void>
}

/**
 * Begins or resumes a run over files of events.
 *
 * @throws Error if the checkpoint belongs to another target or to other input, or is damaged, the failed file belongs to
 *   another run, or one of them cannot be written
 *
 * @example
 * const run = await openRun({ files, lines: readEvents(files), target, signal, checkpoint: 'progress.json' })
 * for await (const line of run.lines) await run.complete(line, await deliver(line))
 * await run.close()
 */
export const openRun = async (options: RunOptions): Promise<Run> => {
  try {
    return await open(options)
  } catch (error) {
    await options.lines.return(undefined)
    throw error
  }
}

const open = async ({
  files,
  lines,
  target,
  signal,
  checkpoint: path,
  failed,
  findNotMapped
}: RunOptions): Promise<Run> => {
  if (path !== undefined && failed !== undefined && resolve(path) === resolve(failed)) {
    throw new Error(`${path} cannot be both the --checkpoint and the --failed file: name two files.`)
  }
  const checkpoint =
    path === undefined ? undefined : await Checkpoint.open<StoredTally>(path, files, target, isTally)
  const { tally: earlier, failedBytes: resumeAt } = checkpoint?.resumed ?? {}
  const tally: Tally = { ...newTally(), ...earlier }
  const toSkipReason = createTimeFilter(target)
  const incomplete = (await checkpoint?.resume(lines, signal)) ?? []
  const failedFile = failed === undefined ? undefined : await openFailedFile(failed, { resumeAt })
  await checkpoint?.start(() => ({ tally, failedBytes: failedFile?.bytes }))
  const record = (line: EventLine, outcomes: readonly FinalOutcome[]) => {
    const skipped = 'event' in line ? toSkipReason(line.event) : undefined
    count(tally, 'error' in line ? 'invalid' : (skipped ?? outcomes))
    if ('event' in line && !skipped) countNames(tally.notMapped, findNotMapped?.(line) ?? [])
    return failedFile && Promise.all(toFailedEvents(line, outcomes).map((event) => failedFile.write(event)))
  }
  return {
    tally,
    lines: checkpoint ? withCheckpoint(lines, incomplete, checkpoint) : lines,
    progressOf: ({ index }) => checkpoint?.progressOf(index) ?? NO_PROGRESS,
    advance: ({ index }, progress) => checkpoint?.advance(index, progress),
    complete: async (line, outcomes) => {
      await (checkpoint
        ? checkpoint.complete(line.index, () => record(line, outcomes))
        : record(line, outcomes))
    },
    close: async () => {
      try {
        await checkpoint?.close()
      } finally {
        await failedFile?.close()
        await lines.return(undefined)
      }
    }
  }
}

async function* withCheckpoint(
  lines: AsyncGenerator<EventLine>,
  incomplete: readonly EventLine[],
  checkpoint: Checkpoint<StoredTally>
): AsyncGenerator<EventLine> {
  yield* incomplete
  for await (const line of lines) {
    checkpoint.begin(line)
    yield line
  }
}

const toFailedEvents = (line: EventLine, outcomes: readonly FinalOutcome[]): FailedEvent[] => {
  const { source, line: number, element, action, subscription } = line
  const origin = { source, line: number, ...(element !== undefined && { element }) }
  if ('error' in line) {
    // An event that was to go through one action only still is.
    const failedAt = {
      ...(action !== undefined && { action }),
      ...(subscription !== undefined && { subscription })
    }
    return [{ event: line.raw ?? '', error: line.error, ...failedAt, ...origin }]
  }
  return outcomes.flatMap(({ error, status, action, subscription }) =>
    error === undefined
      ? []
      : [
          {
            event: line.event,
            error,
            ...(status !== undefined && { status }),
            action,
            ...(subscription !== undefined && { subscription }),
            ...origin
          }
        ]
  )
}
