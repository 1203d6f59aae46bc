import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { isRecord } from '../values'
import { toMessage } from '../messages'
import { compare, type Fingerprint, fingerprintOf } from './fingerprint'
import { createGroupCommit } from './group-commit'
import { createIndexSet, type IndexRange } from './index-set'

/** What a run has to show for the events that are completed, and for no others. */
export interface RunProgress<Tally> {
  /** What the run has counted; JSON keeps it. */
  tally: Tally
  /** The length that the file of failed events has with them, in bytes; missing where the run keeps no such file. */
  failedBytes?: number
}

/** Where a run stands, as the file says it in JSON. */
export interface CheckpointState<Tally> extends RunProgress<Tally> {
  version: 1
  /** The files of events, in order. */
  inputs: Fingerprint[]
  /** Every event below this one is completed: delivered, failed for good, or not sent. */
  completedBelow: number
  /** The events beyond that are completed, in order, as ranges from the first up to, but not with, the second. */
  completedRanges: IndexRange[]
}

/**
 * The events that are completed, kept in a file so that the same run goes on after the process was killed. Events are
 * numbered from 0 over all inputs. An event whose `complete` has resolved is never sent again; so a run that holds at
 * most 20 events from their first request until then sends at most 20 events twice for each time it is killed. That
 * holds when the process dies. When the machine loses power, the file may be older, or refused as damaged.
 */
export interface Checkpoint<Tally> {
  /** What the earlier run had to show, and how many events it had completed; missing where there was none. */
  readonly resumed: (RunProgress<Tally> & { completed: number }) | undefined
  /** Whether an event is completed, by an earlier run or by this one. */
  isCompleted: (index: number) => boolean
  /**
   * Begins to write, once and before the first `complete`. It fails where the file cannot be written, so that this is
   * known before anything is sent.
   *
   * @param progress gives what the run has to show at this moment. It is called and its tally serialised at once,
   *   between two events and never within one.
   * @throws Error when the file cannot be written
   */
  start: (progress: () => RunProgress<Tally>) => Promise<void>
  /**
   * Settles an event, and resolves when the file says so. Calls that come while the file is written share the next
   * write.
   *
   * `record` counts the event in the tally, and hands its lines to the file of failed events. It is called at once, in
   * the same step in which the event becomes completed, so that what is written is the progress of exactly the completed
   * events. Where it gives a promise, the event is in the file only after that has resolved; where it throws, the event
   * is not completed.
   *
   * @throws Error when the event is completed already, what `record` threw, or why the file could not be written; after
   *   one failed write every call fails with its error, and the file stays as it was
   */
  complete: (index: number, record?: () => unknown) => Promise<void>
  /**
   * Writes the last state; no `complete` may follow. The file stays.
   *
   * @throws Error when the file cannot be written, now or before
   */
  close: () => Promise<void>
}

/**
 * Opens a checkpoint: goes on from its file, or begins where there is none. It writes nothing yet. The inputs may have
 * other names and be elsewhere than they were, and the last one may have grown by whole lines.
 *
 * @param isTally tells whether a value of the file is a tally
 * @throws Error when an input is standard input or no regular file, or cannot be read; when the file is the checkpoint
 *   of other input, of another version or damaged, or no checkpoint
 */
export const openCheckpoint = async <Tally>(
  path: string,
  inputs: readonly string[],
  isTally: (value: unknown) => value is Tally
): Promise<Checkpoint<Tally>> => {
  if (inputs.includes('-')) {
    throw new Error('Standard input cannot have a checkpoint: it cannot be read a second time.')
  }
  const fingerprints: Fingerprint[] = []
  for (const input of inputs) fingerprints.push(await fingerprintOf(input))

  const stored = await readState(path, isTally)
  if (stored !== undefined) {
    const mismatch = await mismatchOf(stored.inputs, inputs, fingerprints)
    if (mismatch !== undefined) throw refusal(path, mismatch)
  }

  const completed = createIndexSet(stored?.completedBelow, stored?.completedRanges)
  const resumed = stored && {
    completed: completed.size,
    tally: stored.tally,
    ...(stored.failedBytes !== undefined && { failedBytes: stored.failedBytes })
  }

  // Where the file really is, if the path is a symbolic link.
  let target = path
  let progress: (() => RunProgress<Tally>) | undefined
  let isClosed = false
  const records: unknown[] = []

  const serialise = ({ tally, failedBytes }: RunProgress<Tally>) => {
    const state: CheckpointState<Tally> = {
      version: 1,
      inputs: fingerprints,
      completedBelow: completed.below,
      completedRanges: [...completed.beyond],
      tally,
      failedBytes
    }
    return `${JSON.stringify(state)}\n`
  }

  const commit = createGroupCommit(async () => {
    if (progress === undefined) throw new Error('The checkpoint has not been started.')
    // These two belong together: nothing may be awaited between them.
    const text = serialise(progress())
    const recorded = records.splice(0)
    await Promise.all(recorded)
    try {
      await replaceFile(target, text)
    } catch (error) {
      throw new Error(`${path} cannot be written: ${toMessage(error)}`, { cause: error })
    }
  })

  return {
    resumed,
    isCompleted: (index) => completed.has(index),
    start: async (give) => {
      progress = give
      target = await realpath(path).catch(() => path)
      await rm(temporaryOf(target), { force: true })
      await commit()
    },
    complete: async (index, record) => {
      if (progress === undefined || isClosed) throw new Error('The checkpoint is not open for writing.')
      if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`No event has the index ${index}.`)
      if (completed.has(index)) throw new Error(`Event ${index} is completed already.`)
      const recorded = record?.()
      completed.add(index)
      if (recorded !== undefined) records.push(recorded)
      await Promise.all([recorded, commit()])
    },
    close: async () => {
      isClosed = true
      if (progress !== undefined) await commit()
    }
  }
}

const refusal = (path: string, why: string) =>
  new Error(`${path} ${why}: name another --checkpoint, or delete it to start over.`)

/** What a checkpoint is instead of the checkpoint of these inputs, if it is not. */
const mismatchOf = async (
  earlier: readonly Fingerprint[],
  paths: readonly string[],
  fingerprints: readonly Fingerprint[]
): Promise<string | undefined> => {
  const other = 'is the checkpoint of other input'
  if (earlier.length !== fingerprints.length) return other
  for (const [at, path] of paths.entries()) {
    const [now, before] = [fingerprints[at], earlier[at]]
    const comparison = now && before ? await compare(path, now, before) : 'other'
    if (comparison === 'other') return other
    // The events of the files after it would have other numbers.
    if (comparison !== 'same' && at < paths.length - 1) {
      return `is the checkpoint of ${path} before it grew, and only the last file may grow`
    }
    // That line may have been completed as what it was then.
    if (comparison === 'cut') return `is the checkpoint of ${path} before its last line grew`
  }
  return undefined
}

/** The state in a file, if there is one. */
const readState = async <Tally>(
  path: string,
  isTally: (value: unknown) => value is Tally
): Promise<CheckpointState<Tally> | undefined> => {
  let value: unknown
  try {
    // What is no regular file cannot be replaced, nor read to its end perhaps.
    if (!(await stat(path)).isFile())
      throw new Error(`${path} is no regular file: name another --checkpoint.`)
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(path, 'is no checkpoint, since it is not JSON')
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    throw error
  }
  if (!isRecord(value) || value.version === undefined) throw refusal(path, 'is no checkpoint')
  if (value.version !== 1) {
    throw refusal(path, `is a checkpoint of version ${JSON.stringify(value.version)}, and not of version 1`)
  }
  const { inputs, completedBelow, completedRanges, tally, failedBytes } = value
  if (
    Array.isArray(inputs) &&
    inputs.every(isFingerprint) &&
    isCount(completedBelow) &&
    areRanges(completedRanges, completedBelow) &&
    (failedBytes === undefined || isCount(failedBytes)) &&
    isTally(tally)
  ) {
    return { version: 1, inputs, completedBelow, completedRanges, tally, failedBytes }
  }
  throw refusal(path, 'is a damaged checkpoint, since its values make no sense')
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const isFingerprint = (value: unknown): value is Fingerprint =>
  isRecord(value) && isCount(value.size) && typeof value.sha256 === 'string'

/** Whether a value is ranges in order, with a gap before each. */
const areRanges = (value: unknown, below: number): value is IndexRange[] => {
  if (!Array.isArray(value)) return false
  let end = below
  return value.every((range: unknown) => {
    if (!Array.isArray(range) || range.length !== 2) return false
    const [from, to] = range as unknown[]
    if (!isCount(from) || !isCount(to) || from <= end || to <= from) return false
    end = to
    return true
  })
}

/** Where the next state is written before it takes the place of the last; one name, so that no litter piles up. */
const temporaryOf = (path: string) => `${path}.tmp`

/** Puts a text in the place of a file: whoever opens the file finds the old text or the new one, and all of it. */
const replaceFile = async (path: string, text: string) => {
  // It must not be there: another run with the same checkpoint would be writing it.
  const file = await open(temporaryOf(path), 'wx', 0o600)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
  await rename(temporaryOf(path), path)
}
