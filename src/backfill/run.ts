import { resolve } from 'node:path'
import { openCheckpoint } from './checkpoint'
import { openFailedFile } from './failed-file'
import type { FailedEvent } from '../events/failed-event'
import type { EventLine } from '../events/read-events'
import type { FinalOutcome } from './send-events'
import { count, isTally, newTally, type Tally } from './tally'

/** The files that a run keeps. */
export interface RunOptions {
  /** Where its progress is kept, so that the same run goes on after the process was killed. */
  checkpoint?: string
  /** Where the events that failed for good are kept. */
  failed?: string
}

/** What a run counts, and keeps on disk. */
export interface Run {
  /** Of this run and, with a checkpoint, of those that it goes on from. */
  readonly tally: Tally
  /** Whether the run, or one that it goes on from, is done with a line. */
  isCompleted: (index: number) => boolean
  /**
   * Counts a line; resolves once all that there is to keep of it is on disk.
   *
   * @throws Error when that cannot be written, with the name of the file
   */
  complete: (line: EventLine, outcomes: readonly FinalOutcome[]) => Promise<void>
  /**
   * Writes what is left to write.
   *
   * @throws Error when it cannot be written, now or before
   */
  close: () => Promise<void>
}

/**
 * Begins a run over files of events, or goes on with one.
 *
 * @throws Error when the checkpoint is of other input, or damaged, or the failed file is of another run, or one of
 * them cannot be written
 */
export const openRun = async (
  files: readonly string[],
  { checkpoint: path, failed }: RunOptions
): Promise<Run> => {
  if (path !== undefined && failed !== undefined && resolve(path) === resolve(failed)) {
    throw new Error(`${path} cannot be the checkpoint and the failed file at once.`)
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
        count(tally, 'problem' in line ? 'invalid' : outcomes)
        return (
          failedFile && Promise.all(failuresOf(line, outcomes).map((failure) => failedFile.write(failure)))
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

const failuresOf = (line: EventLine, outcomes: readonly FinalOutcome[]): FailedEvent[] => {
  const { source, line: number } = line
  if ('problem' in line) return [{ event: line.raw ?? '', error: line.problem, source, line: number }]
  return outcomes.flatMap(({ error, status, action }) =>
    error === undefined
      ? []
      : [{ event: line.event, error, ...(status !== undefined && { status }), action, source, line: number }]
  )
}
