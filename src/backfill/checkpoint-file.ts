import { open, readFile, rename, stat } from 'node:fs/promises'
import { isRecord } from '../values'
import { isRunIdentity, type RunIdentity } from './run-identity'
import type { FinalOutcome, LineProgress } from './send-events'

/** State of a run, as its checkpoint file holds it in JSON. */
export interface CheckpointState<Tally> {
  version: 2
  run: RunIdentity
  /** Number of events that were begun: all with a lower index are completed, except the incomplete ones. */
  begun: number
  /** SHA-256 of these events, in hexadecimal. */
  sha256: string
  /** Events that were begun and not completed, with the outcomes of those subscriptions that are. */
  incomplete: (LineProgress & { index: number })[]
  /** Counts of the completed events. */
  tally: Tally
  /** Length of the failed file with all completed events in it, in bytes. Undefined without a failed file. */
  failedBytes?: number
}

/** Creates the error of a checkpoint that cannot be used. */
export const refusal = (path: string, reason: string): Error =>
  new Error(`${path} ${reason}: choose another --checkpoint file, or delete it to start over.`)

/**
 * Reads a checkpoint file.
 *
 * @param isTally tells if a value of the file is a tally
 * @returns undefined if there is no such file
 * @throws Error if it is not a regular file or cannot be read, or is not a checkpoint of this version
 */
export const readCheckpoint = async <Tally>(
  path: string,
  isTally: (value: unknown) => value is Tally
): Promise<CheckpointState<Tally> | undefined> => {
  let value: unknown
  try {
    // Anything else cannot be replaced, and may never end.
    if (!(await stat(path)).isFile()) {
      throw new Error(`${path} is not a regular file: choose another --checkpoint file.`)
    }
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(path, 'is not a checkpoint (invalid JSON)')
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    throw error
  }
  if (!isRecord(value) || value.version === undefined) throw refusal(path, 'is not a checkpoint')
  if (value.version !== 2) {
    throw refusal(path, `has version ${JSON.stringify(value.version)}, which this program does not read`)
  }
  const { run, begun, sha256, incomplete, tally, failedBytes } = value
  if (
    isRunIdentity(run) &&
    isCount(begun) &&
    typeof sha256 === 'string' &&
    isIncomplete(incomplete, begun) &&
    (failedBytes === undefined || isCount(failedBytes)) &&
    isTally(tally)
  ) {
    return { version: 2, run, begun, sha256, incomplete, tally, failedBytes }
  }
  throw refusal(path, 'is damaged (its values are inconsistent)')
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** Tells if a value lists events below `begun`, in order. */
const isIncomplete = (value: unknown, begun: number): value is CheckpointState<unknown>['incomplete'] => {
  if (!Array.isArray(value)) return false
  let least = 0
  return value.every((each: unknown) => {
    if (!isRecord(each) || !isCount(each.index) || each.index < least || each.index >= begun) return false
    least = each.index + 1
    return isCount(each.subscriptions) && Array.isArray(each.outcomes) && each.outcomes.every(isOutcome)
  })
}

const isOutcome = (value: unknown): value is FinalOutcome =>
  isRecord(value) &&
  typeof value.action === 'string' &&
  typeof value.path === 'string' &&
  Array.isArray(value.dropped) &&
  isCount(value.retries)

/** Returns the path that the next state is written to. One name, so that killed runs leave no litter. */
export const toTemporaryPath = (path: string): string => `${path}.tmp`

/**
 * Replaces a checkpoint file, readable by its owner only: whoever opens it finds the old state or the new one.
 *
 * @throws Error if it cannot be written, or another run is writing it
 */
export const replaceCheckpoint = async (path: string, state: string): Promise<void> => {
  // Fails if the file exists: another run with this checkpoint is writing it then.
  const file = await open(toTemporaryPath(path), 'wx', 0o600)
  try {
    await file.writeFile(state)
  } finally {
    await file.close()
  }
  await rename(toTemporaryPath(path), path)
}
