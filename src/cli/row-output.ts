import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { toCsvLine } from '../events/csv'
import { printError } from './output'

/** Options of a command that writes rows. */
export interface RowOptions {
  /** Writes JSON lines instead of CSV. */
  json?: true
  /** Path of the file to write instead of standard output. */
  output?: string
  quiet?: true
}

/** Interval between two lines of progress, in milliseconds. */
const PROGRESS_EVERY_MS = 10_000

/** Writes rows as CSV or as JSON lines, waits for a slow reader, and counts. */
export class RowOutput {
  readonly #columns: readonly string[]
  readonly #options: RowOptions
  readonly #noun: string
  readonly #stream: WriteStream | NodeJS.WriteStream
  #failure: Error | undefined
  #toldAt = Date.now()
  #count = 0

  /**
   * @param columns columns of the CSV
   * @param noun name of the rows in the progress, such as `clicks`
   * @param isAppending true to continue a file, which has its header
   */
  constructor(columns: readonly string[], noun: string, options: RowOptions, isAppending = false) {
    this.#columns = columns
    this.#noun = noun
    this.#options = options
    this.#stream =
      options.output === undefined
        ? process.stdout
        : createWriteStream(options.output, { flags: isAppending ? 'a' : 'w', mode: 0o600 })
    if (options.output !== undefined) {
      this.#stream.on('error', (error: Error) => {
        this.#failure ??= error
      })
    }
    if (!options.json && !isAppending) this.#stream.write(`${toCsvLine(columns)}\n`)
  }

  /** Number of rows so far. */
  get count(): number {
    return this.#count
  }

  /**
   * Writes a row.
   *
   * @throws Error if the file cannot be written
   */
  async write(row: object): Promise<void> {
    if (this.#failure) throw this.#failure
    const values = row as Readonly<Record<string, unknown>>
    const line = this.#options.json
      ? JSON.stringify(row)
      : toCsvLine(this.#columns.map((name) => values[name]))
    this.#count += 1
    if (!this.#stream.write(`${line}\n`)) await once(this.#stream, 'drain')
    if (this.#options.quiet || Date.now() - this.#toldAt < PROGRESS_EVERY_MS) return
    this.#toldAt = Date.now()
    printError(`${this.#count} ${this.#noun} so far`)
  }

  /**
   * Closes the file, if it is one.
   *
   * @throws Error if the file cannot be written
   */
  async close(): Promise<void> {
    if (this.#options.output !== undefined && !this.#failure) {
      this.#stream.end()
      await once(this.#stream, 'close')
    }
    if (this.#failure) throw this.#failure
  }
}
