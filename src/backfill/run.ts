import { resolve } from 'node:path'
import { openCheckpoint } from './checkpoint'
import { openFailedFile } from './failed-file'
import type { FailedEvent } from '../events/failed-event'
import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from './send-events'
import { count, isTally, newTally, type Tally } from './tally'

/** Files that a run writes. */
export interface RunOptions {
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
}

/** Counts of a run and what it keeps on disk. */
export interface Run {
  /** Counts of this run and, with a checkpoint, of those that it resumed. */
  readonly tally: Tally
  /** Tells if a line was completed by this run or by one that it resumed. */
  isCompleted: (index: number) => boolean
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
 * @throws Error if the checkpoint belongs to other input or is damaged, the failed file belongs to another run, or one of
 *   them cannot be written
 *
 * @example
 * const run = await openRun(['events.ndjson'], { checkpoint: 'progress.json' })
 * await run.complete(line, outcomes)
 * await run.close()
 */
export const openRun = async (
  files: readonly string[],
  { checkpoint: path, failed }: RunOptions
): Promise<Run> => {
  if (path !== undefined && failed !== undefined && resolve(path) === resolve(failed)) {
    throw new Error(`${path} cannot be both the --checkpoint and the --failed file: name two files.`)
  }
  const checkpoint = path === undefined ? undefined : await openCheckpoint(path, files, isTally)
  const { tally = newTally(), failedBytes: resumeAt } = checkpoint?.resumed ?? {}
  const failedFile = failed === undefined ? undefined : await openFailedFile(failed, { resumeAt })
  await checkpoint?.start(() => ({ tally, failedBytes: failedFile?.bytes }))
  return {
    tally,
    isCompleted: (index) => checkpoint?.isCompleted(index) ?? false,
    complete: async (line, outcomes) => {
      const record = () => {
        count(tally, 'error' in line ? 'invalid' : outcomes)
        return (
          failedFile && Promise.all(toFailedEvents(line, outcomes).map((event) => failedFile.write(event)))
        )
      }
      await (checkpoint ? checkpoint.complete(line.index, record) : record())
    },
    close: async () => {
      try {
        await checkpoint?.close()
      } finally {
        await failedFile?.close()
      }
    }
  }
}

const toFailedEvents = (line: EventLine, outcomes: readonly FinalOutcome[]): FailedEvent[] => {
  const { source, line: number } = line
  if ('error' in line) return [{ event: line.raw ?? '', error: line.error, source, line: number }]
  return outcomes.flatMap(({ error, status, action }) =>
    error === undefined
      ? []
      : [{ event: line.event, error, ...(status !== undefined && { status }), action, source, line: number }]
  )
}
