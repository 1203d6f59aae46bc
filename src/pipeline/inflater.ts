import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { messageOf } from '../mapi/thrown'

/** Gzip makes at most about a thousand bytes out of one: so many at a time keep what comes out of them small. */
const BYTES_AT_A_TIME = 16 * 1024

/**
 * Inflates gzip, also of several members, piece by piece: no piece is inflated before it is asked for, and what was
 * inflated before an error comes before the error. A Gunzip that is read as a stream drops what it has buffered then.
 */
export class Inflater {
  readonly #gunzip = createGunzip({ chunkSize: 64 * 1024 })
  readonly #inflated: Buffer[] = []
  #fail: (error: Error) => void = () => undefined

  constructor() {
    this.#gunzip.on('data', (bytes: Buffer) => this.#inflated.push(bytes))
    this.#gunzip.on('error', (error) => this.#fail(error))
  }

  /** What comes out of the next bytes. They must stay as they are until all of it has been taken. */
  async *push(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += BYTES_AT_A_TIME) {
      yield* this.#outOf(
        new Promise((resolve, reject) => {
          this.#fail = reject
          this.#gunzip.write(bytes.subarray(start, start + BYTES_AT_A_TIME), () => resolve())
        })
      )
    }
  }

  /** What comes out at the end; throws where the end is not that of a member. */
  end(): AsyncGenerator<Buffer> {
    this.#gunzip.end()
    return this.#outOf(finished(this.#gunzip))
  }

  /** Gives back its memory. */
  close(): void {
    this.#gunzip.destroy()
  }

  async *#outOf(step: Promise<void>): AsyncGenerator<Buffer> {
    const failure = await step.then(
      () => undefined,
      (error: unknown) => new Error(`the gzip data are broken: ${messageOf(error)}`, { cause: error })
    )
    yield* this.#inflated.splice(0)
    if (failure) throw failure
  }
}
