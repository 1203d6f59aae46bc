/** More than this is given back once a text has been taken. */
const KEPT_BYTES = 1024 * 1024

/**
 * Puts together a UTF-8 text that comes in several parts. It holds a copy of the parts, at most `maxBytes` of them
 * however many come, in one buffer that the next text uses again.
 */
export class TextCollector {
  #buffer = Buffer.alloc(0)
  #length = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes in a part of the text: the bytes from `start` up to `end`, without that. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#maxBytes) this.#buffer = Buffer.alloc(0)
    else {
      if (length > this.#buffer.length) this.#grow(length)
      bytes.copy(this.#buffer, this.#length, start, end)
    }
    this.#length = length
  }

  /**
   * The text, with a last part, and begins the next one.
   *
   * @returns undefined where it has more than `maxBytes`
   */
  take(bytes: Buffer, start: number, end: number): string | undefined {
    if (this.#length === 0 && end - start <= this.#maxBytes) return bytes.toString('utf8', start, end)
    this.add(bytes, start, end)
    const text = this.#length > this.#maxBytes ? undefined : this.#buffer.toString('utf8', 0, this.#length)
    this.#length = 0
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.alloc(0)
    return text
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
