import { constants, openSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal, finished, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ENCODING_BYTES, toUtf8 } from './utf16'

const CHUNK_BYTES = 64 * 1024
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/** Options of `readSource`. */
interface ReadSourceOptions {
  /** Returns the stream that the path `-` stands for. */
  stdin: () => Readable
  /** Ends the wait for further bytes of a stream, with an error. */
  signal: AbortSignal | undefined
}

/**
 * Reads the bytes of a file or, as `-`, of standard input: inflated if they begin like gzip, whatever the file's name,
 * converted from UTF-16, and without a byte-order mark. Reads a file only as far as the consumer asks, a stream only as far as its buffer.
 * Closes either at the end, early or not.
 *
 * @throws the error of the file or stream, or that the gzip data is broken; after all bytes before that
 */
export async function* readSource(path: string, options: ReadSourceOptions): AsyncGenerator<Buffer> {
  const stream = path === '-' ? options.stdin() : await openPipe(path)
  const inflated = stream ? inflate(readStream(stream, options.signal)) : inflateFile(path)
  let isStart = true
  for await (const bytes of joinStart(toUtf8(joinStart(inflated, ENCODING_BYTES)), BYTE_ORDER_MARK.length)) {
    yield isStart && startsWith(bytes, BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
    isStart = false
  }
}

/**
 * Opens a named pipe without blocking: a file operation that waits for its other end would block a thread, and keep the
 * process from exiting.
 */
const openPipe = async (path: string): Promise<Readable | undefined> =>
  // A missing file fails when it is opened.
  (await stat(path).catch(() => undefined))?.isFIFO()
    ? new Socket({
        fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
        readable: true,
        writable: false
      })
    : undefined

async function* readStream(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer | string> = signal ? addAbortSignal(signal, stream) : stream
  for await (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

// Not a stream, which reads ahead and drops what it has read when it fails.
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

async function* inflateFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* inflate(readFile(path))
  } catch (error) {
    if (!isTrailingData(error)) throw error
    // The step in which a member ends and something else begins gave nothing. Byte by byte it gives the member's rest.
    yield* inflate(readFile(path), { stepwiseFrom: error.offset, skip: error.inflated })
  }
}

/** Gzip expands a byte to about a thousand at most, so steps of this size keep what is inflated at once small. */
const STEP_BYTES = 16 * 1024

/** Inflates chunks that begin like gzip, of one member or several. Everything before broken data comes first. */
async function* inflate(
  chunks: AsyncIterable<Buffer>,
  { stepwiseFrom = Infinity, skip = 0 } = {}
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // Not read as a stream, which drops what it holds when the data turns out to be broken.
  const waiting: Buffer[] = []
  let fail: (error: Error) => void = () => undefined
  gunzip.on('data', (bytes: Buffer) => waiting.push(bytes)).on('error', (error) => fail(error))
  let offset = 0
  let inflated = 0
  const after = async function* (step: (done: () => void) => void) {
    const error = await new Promise<Error | undefined>((resolve) => {
      fail = resolve
      step(() => resolve(undefined))
    })
    for (const bytes of waiting.splice(0)) {
      const start = Math.max(0, skip - inflated)
      inflated += bytes.length
      if (start < bytes.length) yield bytes.subarray(start)
    }
    if (error) throw new GzipError(error, offset, inflated)
  }
  let isGzip: boolean | undefined
  try {
    for await (const bytes of joinStart(chunks, GZIP_MAGIC.length)) {
      isGzip ??= startsWith(bytes, GZIP_MAGIC)
      if (!isGzip) {
        yield bytes
        continue
      }
      for (let start = 0, end = 0; start < bytes.length; start = end) {
        end = Math.min(bytes.length, offset < stepwiseFrom ? start + STEP_BYTES : start + 1)
        const step = bytes.subarray(start, end)
        yield* after((done) => gunzip.write(step, done))
        offset += step.length
      }
    }
    if (isGzip) yield* after((done) => finished(gunzip.end(), done))
  } finally {
    gunzip.destroy()
  }
}

/** Tells if an error is that complete gzip data is followed by something else. */
export const isTrailingData = (error: unknown): error is GzipError =>
  error instanceof GzipError && error.isTrailingData

class GzipError extends Error {
  /** Complete gzip data is followed by something else. */
  readonly isTrailingData: boolean
  /** Number of bytes before the step that failed. */
  readonly offset: number
  /** Number of bytes inflated so far. */
  readonly inflated: number

  constructor(cause: Error, offset: number, inflated: number) {
    const isTrailingData = cause.message === 'incorrect header check'
    super(
      isTrailingData
        ? 'the gzip data is followed by something else'
        : `the gzip data is broken: ${cause.message}`,
      { cause }
    )
    this.isTrailingData = isTrailingData
    this.offset = offset
    this.inflated = inflated
  }
}

/** Joins chunks until the first one has at least `length` bytes, or all of them. */
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
