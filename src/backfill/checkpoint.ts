import { createHash } from 'node:crypto'
import { realpath, rm, stat } from 'node:fs/promises'
import type { EventLine } from '../events/read-events'
import { toMessage } from '../messages'
import {
  type CheckpointState,
  readCheckpoint,
  refusal,
  replaceCheckpoint,
  toTemporaryPath
} from './checkpoint-file'
import { createGroupCommit } from './group-commit'
import { differences, type RunIdentity, type RunTarget, toRunIdentity } from './run-identity'
import { type LineProgress, NO_PROGRESS } from './send-events'

/** Results of a run, covering completed events only. */
export interface RunProgress<Tally> {
  /** Counts of the run: plain JSON. */
  tally: Tally
  /** Length of the failed file with these events in it, in bytes. Undefined without a failed file. */
  failedBytes?: number
}

/**
 * Progress of a run in a file, so that the run can resume after the process was killed.
 *
 * An event whose `complete` has resolved is never sent again. So a run with at most 20 events in flight sends at most 20
 * events twice each time that it is killed. That holds for the process; after a power failure the file may be older, or
 * refused as damaged.
 */
export class Checkpoint<Tally> {
  /** Results of the resumed run. Undefined for a new run. */
  readonly resumed: RunProgress<Tally> | undefined
  readonly #path: string
  readonly #identity: RunIdentity
  readonly #stored: CheckpointState<Tally> | undefined
  /** Events that were begun and not completed, by index. */
  readonly #incomplete = new Map<number, LineProgress>()
  readonly #hash = createHash('sha256')
  #begun = 0
  /** Path of the file itself if `#path` is a symbolic link. */
  #target: string
  #progress: (() => RunProgress<Tally>) | undefined
  #isClosed = false
  #records: unknown[] = []
  readonly #commit = createGroupCommit(() => this.#write())

  private constructor(path: string, identity: RunIdentity, stored: CheckpointState<Tally> | undefined) {
    this.#path = path
    this.#target = path
    this.#identity = identity
    this.#stored = stored
    this.resumed = stored && { tally: stored.tally, failedBytes: stored.failedBytes }
  }

  /**
   * Opens a checkpoint: resumes from its file, or begins if there is none. Writes nothing yet.
   *
   * @param files paths of the events. They may differ from those of the resumed run: `resume` compares the events.
   * @param isTally tells if a value of the file is a tally
   * @throws Error if a file cannot be read a second time, or the checkpoint is damaged or belongs to a run with another
   *   target
   */
  static async open<Tally>(
    path: string,
    files: readonly string[],
    target: RunTarget,
    isTally: (value: unknown) => value is Tally
  ): Promise<Checkpoint<Tally>> {
    for (const file of files) {
      if (file === '-' || !(await stat(file)).isFile()) {
        const name = file === '-' ? 'standard input' : file
        throw new Error(`--checkpoint cannot be used with ${name}: it cannot be read a second time.`)
      }
    }
    const stored = await readCheckpoint(path, isTally)
    const identity = toRunIdentity(target, stored?.run.salt)
    const different = stored ? differences(stored.run, identity) : []
    if (different.length > 0) {
      throw refusal(path, `belongs to a run that differs in ${different.join(' and ')}`)
    }
    return new Checkpoint(path, identity, stored)
  }

  /**
   * Reads the events that the resumed run had begun, and checks that they are the same.
   *
   * @param lines the input, which continues after these events
   * @returns those that it had not completed
   * @throws Error if they are others, or fewer
   */
  async resume(lines: AsyncIterator<EventLine>, signal: AbortSignal): Promise<EventLine[]> {
    const { begun = 0, incomplete = [], sha256 } = this.#stored ?? {}
    const progress = new Map(incomplete.map(({ index, ...rest }) => [index, rest]))
    const held: EventLine[] = []
    while (this.#begun < begun) {
      signal.throwIfAborted()
      const next = await lines.next()
      if (next.done) {
        const counts = `only ${this.#begun} events, of which the run had read ${begun}`
        throw refusal(this.#path, `belongs to a run over other input (this input has ${counts})`)
      }
      const { index } = next.value
      this.begin(next.value)
      const of = progress.get(index)
      if (of) {
        held.push(next.value)
        this.#incomplete.set(index, of)
      } else this.#incomplete.delete(index)
    }
    if (sha256 !== undefined && sha256 !== this.#digest()) {
      const change = `its first ${begun} events have changed, or the last line of a file has grown`
      throw refusal(this.#path, `belongs to a run over other input (${change})`)
    }
    return held
  }

  /**
   * Begins to write, before the first event is sent.
   *
   * @param progress returns the results of the run. It is called and its tally is serialized in one step.
   * @throws Error if the file cannot be written
   */
  async start(progress: () => RunProgress<Tally>): Promise<void> {
    this.#progress = progress
    this.#target = await realpath(this.#path).catch(() => this.#path)
    await rm(toTemporaryPath(this.#target), { force: true })
    await this.#commit()
  }

  /** Notes that an event is in flight. Events begin in the order of the input. */
  begin(line: EventLine): void {
    this.#hash.update(`${line.raw ?? ('error' in line ? line.error : '')}\0${line.action ?? ''}\n`)
    this.#incomplete.set(line.index, NO_PROGRESS)
    this.#begun = line.index + 1
  }

  /** Returns the progress of an event that was begun. */
  progressOf(index: number): LineProgress {
    return this.#incomplete.get(index) ?? NO_PROGRESS
  }

  /** Notes the progress of an event, so that a resumed run does not repeat it. Does not wait for the file. */
  advance(index: number, progress: LineProgress): void {
    this.#incomplete.set(index, progress)
    // A failure to write shows when the next event is completed.
    this.#commit().catch(() => undefined)
  }

  /**
   * Completes an event. Resolves when the file says so. Calls made during a write share the next one.
   *
   * @param record counts the event and writes it to the failed file. It is called in the step that completes the event,
   *   so that the file holds the results of exactly the completed events. If it returns a promise, the file holds the
   *   event only after that has resolved; if it throws, the event is not completed.
   * @throws Error if the event is not in flight, or the error of `record` or of the write. After a failed write every
   *   call rejects with its error, and the file stays as it was.
   */
  async complete(index: number, record?: () => unknown): Promise<void> {
    if (this.#progress === undefined || this.#isClosed) throw new Error('The checkpoint is not open.')
    if (!this.#incomplete.has(index)) throw new Error(`Event ${index} is not in flight.`)
    const recorded = record?.()
    this.#incomplete.delete(index)
    if (recorded !== undefined) this.#records.push(recorded)
    await Promise.all([recorded, this.#commit()])
  }

  /**
   * Writes the last state; no `complete` may follow. The file stays.
   *
   * @throws Error if the file cannot be written, now or before
   */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#progress !== undefined) await this.#commit()
  }

  async #write(): Promise<void> {
    if (this.#progress === undefined) return
    // The state and the records belong together: nothing may be awaited between them.
    const state: CheckpointState<Tally> = {
      version: 2,
      run: this.#identity,
      begun: this.#begun,
      sha256: this.#digest(),
      incomplete: [...this.#incomplete].map(([index, progress]) => ({ index, ...progress })),
      ...this.#progress()
    }
    const text = `${JSON.stringify(state)}\n`
    const records = this.#records.splice(0)
    await Promise.all(records)
    try {
      await replaceCheckpoint(this.#target, text)
    } catch (error) {
      throw new Error(`${this.#path} cannot be written: ${toMessage(error)}`, { cause: error })
    }
  }

  #digest() {
    return this.#hash.copy().digest('hex')
  }
}
