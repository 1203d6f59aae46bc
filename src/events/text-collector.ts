import { isUtf8 } from 'node:buffer'

/** Maximum length of one value, in bytes. A longer one becomes an error, and its bytes are not kept. */
export const MAX_BYTES = 64 * 1024 * 1024

/** Text of a value, or why it cannot be used. */
export type CollectedText = { text: string; error?: undefined } | { text?: undefined; error: string }

/** Buffers above this size are released once their text has been taken. In bytes. */
const KEPT_BYTES = 1024 * 1024

/** Describes a value that is too long to keep. */
export const tooLong = (maxBytes: number): string => `longer than ${maxBytes / 1024 / 1024} MiB`

/** Describes text in another encoding than UTF-8. */
export const notUtf8 = (encoding: string): string =>
  `not UTF-8: the text is in another encoding, such as ${encoding}. Convert the file to UTF-8.`

/**
 * Assembles a UTF-8 text from parts. Copies at most `maxBytes` bytes, however many come, into one buffer that the next
 * text reuses.
 */
export class TextCollector {
  #buffer = Buffer.alloc(0)
  #length = 0
  readonly #maxBytes: number

  /** @param maxBytes maximum length of a text, in bytes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Length of the parts so far, in bytes. */
  get length(): number {
    return this.#length
  }

  /** Adds a part: the bytes from `start` up to, but not including, `end`. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#maxBytes) this.#buffer = Buffer.alloc(0)
    else {
      if (length > this.#buffer.length) this.#grow(length)
      bytes.copy(this.#buffer, this.#length, start, end)
    }
    this.#length = length
  }

  /** Adds the last part, returns the text, and starts over. */
  take(bytes: Buffer, start: number, end: number): CollectedText {
    if (this.#length === 0 && end - start <= this.#maxBytes) return decode(bytes, start, end)
    this.add(bytes, start, end)
    const collected =
      this.#length > this.#maxBytes
        ? { error: tooLong(this.#maxBytes) }
        : decode(this.#buffer, 0, this.#length)
    this.#length = 0
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.alloc(0)
    return collected
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

const decode = (bytes: Buffer, start: number, end: number): CollectedText => {
  const text = bytes.toString('utf8', start, end)
  // Only a text with a replacement character can have been something else than UTF-8.
  if (!text.includes('\uFFFD') || isUtf8(bytes.subarray(start, end))) return { text }
  return { error: notUtf8(text.includes('\0') ? 'UTF-16' : 'ISO-8859-1') }
}
