import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { toMessage } from '../messages'

const CHUNK_BYTES = 64 * 1024
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * The bytes of a file or, under the path `-`, of standard input: inflated where they begin as gzip does, whatever the
 * name of the file, and without a byte-order mark. A file is read no further than it is asked for, a stream by its own
 * buffer; either is closed at the end, also at an early one.
 *
 * @param stdin gives standard input, once it is needed
 * @throws what the file or stream throws, or that the gzip data are broken; after the bytes before that
 */
export async function* readSource(path: string, stdin: () => Readable): AsyncGenerator<Buffer> {
  let isStart = true
  for await (const bytes of joinStart(inflate(path === '-' ? readStream(stdin()) : readFile(path)), 3)) {
    yield isStart && startsWith(bytes, BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
    isStart = false
  }
}

// Not a stream, which reads ahead, and drops what it has read when it fails.
async function* readFile(path: string): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function* readStream(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
}

async function* inflate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isStart = true
  let inflater: Inflater | undefined
  try {
    for await (const bytes of joinStart(chunks, GZIP_MAGIC.length)) {
      if (isStart && startsWith(bytes, GZIP_MAGIC)) inflater = new Inflater()
      isStart = false
      if (inflater) yield* inflater.push(bytes)
      else yield bytes
    }
    if (inflater) yield* inflater.end()
  } finally {
    inflater?.close()
  }
}

/** The same bytes in chunks of which the first has at least `length`, unless there are fewer altogether. */
async function* joinStart(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0)
  for await (const bytes of chunks) {
    if (!start) {
      yield bytes
      continue
    }
    start = Buffer.concat([start, bytes])
    if (start.length < length) continue
    yield start
    start = undefined
  }
  if (start) yield start
}

const startsWith = (bytes: Buffer, start: Buffer) => bytes.subarray(0, start.length).equals(start)

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
      (error: unknown) => new Error(`the gzip data are broken: ${toMessage(error)}`, { cause: error })
    )
    yield* this.#inflated.splice(0)
    if (failure) throw failure
  }
}
