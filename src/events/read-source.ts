import { open } from 'node:fs/promises'
import { finished, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const CHUNK_BYTES = 64 * 1024
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * Reads the bytes of a file or, as `-`, of standard input: inflated if they begin like gzip, whatever the file's name,
 * and without a byte-order mark. Reads a file only as far as the consumer asks, a stream only as far as its buffer.
 * Closes either at the end, early or not.
 *
 * @param stdin returns standard input, when it is needed
 * @throws the error of the file or stream, or that the gzip data is broken; after all bytes before that
 */
export async function* readSource(path: string, stdin: () => Readable): AsyncGenerator<Buffer> {
  let isStart = true
  for await (const bytes of joinStart(inflate(path === '-' ? readStream(stdin()) : readFile(path)), 3)) {
    yield isStart && startsWith(bytes, BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
    isStart = false
  }
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

async function* readStream(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
}

/** Gzip expands a byte to about a thousand at most, so steps of this size keep what is inflated at once small. */
const STEP_BYTES = 16 * 1024

/** Inflates the chunks if they begin like gzip, of one member or several. Everything before broken data comes first. */
async function* inflate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // Not read as a stream, which drops what it holds when the data turns out to be broken.
  const inflated: Buffer[] = []
  let fail: (error: Error) => void = () => undefined
  gunzip.on('data', (bytes: Buffer) => inflated.push(bytes)).on('error', (error) => fail(error))
  const after = async function* (step: (done: () => void) => void) {
    const error = await new Promise<Error | undefined>((resolve) => {
      fail = resolve
      step(() => resolve(undefined))
    })
    yield* inflated.splice(0)
    if (error) throw new Error(`the gzip data is broken: ${error.message}`, { cause: error })
  }
  let isGzip: boolean | undefined
  try {
    for await (const bytes of joinStart(chunks, GZIP_MAGIC.length)) {
      isGzip ??= startsWith(bytes, GZIP_MAGIC)
      if (!isGzip) yield bytes
      else {
        for (let start = 0; start < bytes.length; start += STEP_BYTES) {
          yield* after((done) => gunzip.write(bytes.subarray(start, start + STEP_BYTES), done))
        }
      }
    }
    if (isGzip) yield* after((done) => finished(gunzip.end(), done))
  } finally {
    gunzip.destroy()
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
