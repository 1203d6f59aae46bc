import { isBlank } from '../values'
import { toMessage, toOneLine } from '../messages'
import { MAX_BYTES, type ParsedLine, type Splitter, TextCollector, tooLong } from './line-splitter'

const QUOTE = 0x22
const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
const NOTHING = Buffer.alloc(0)

/**
 * Cuts a JSON array, from behind its opening bracket on, into its elements. An element longer than `maxBytes` is a
 * problem in its place. Where the array is broken, it throws an error that names the position of the last good
 * element, after it has given all those before.
 *
 * Only the ends of the elements are looked for here, and each is left to `JSON.parse`, so that an element of an array
 * is read just as a line is.
 */
export class ArraySplitter implements Splitter {
  #position = 0
  #isClosed = false
  // Where the bytes so far have ended, within the present element.
  #depth = 0
  #isInString = false
  #isEscaped = false
  readonly #text: TextCollector
  readonly #maxBytes: number

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
    this.#text = new TextCollector(maxBytes)
  }

  *push(bytes: Buffer): Generator<ParsedLine> {
    let start = 0
    while (!this.#isClosed) {
      const end = this.#findEnd(bytes, start)
      if (end === -1) {
        this.#text.add(bytes, start, bytes.length)
        return
      }
      const text = this.#text.take(bytes, start, end)
      start = end + 1
      this.#isClosed = bytes[end] === CLOSING_BRACKET
      const isEmptyArray = this.#isClosed && this.#position === 0 && text !== undefined && isBlank(text)
      if (!isEmptyArray) yield this.#toPiece(text)
    }
    if (!isBlank(bytes.toString('utf8', start))) throw this.#broken('something follows its closing bracket')
  }

  *end(): Generator<ParsedLine> {
    if (this.#isClosed) return
    const isWithin = this.#depth > 0 || this.#isInString
    const text = this.#text.take(NOTHING, 0, 0)
    if (!isWithin && text !== undefined && !isBlank(text)) yield this.#toPiece(text)
    throw this.#broken(isWithin ? 'it ends within an element' : 'it has no closing bracket')
  }

  /** The index of the comma or bracket behind the present element, or -1 where that goes on beyond these bytes. */
  #findEnd(bytes: Buffer, start: number): number {
    let depth = this.#depth
    let isInString = this.#isInString
    let isEscaped = this.#isEscaped
    let end = -1
    for (let index = start; index < bytes.length; index += 1) {
      const byte = bytes[index]
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) isInString = false
      } else if (byte === QUOTE) {
        isInString = true
      } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        depth += 1
      } else if (depth === 0 && (byte === COMMA || byte === CLOSING_BRACKET)) {
        end = index
        break
      } else if (depth > 0 && (byte === CLOSING_BRACE || byte === CLOSING_BRACKET)) {
        depth -= 1
      }
    }
    this.#depth = depth
    this.#isInString = isInString
    this.#isEscaped = isEscaped
    return end
  }

  #toPiece(text: string | undefined): ParsedLine {
    const line = this.#position + 1
    if (text === undefined) {
      this.#position = line
      return { line, problem: tooLong(this.#maxBytes), raw: undefined }
    }
    const value = this.#parse(text)
    this.#position = line
    // JSON has line ends only between its tokens, never within a string.
    return { line, value, raw: text.trim().replace(/[\r\n]\s*/g, '') }
  }

  #parse(text: string): unknown {
    if (isBlank(text)) throw this.#broken('an element is missing')
    try {
      return JSON.parse(text)
    } catch (error) {
      throw this.#broken(toOneLine(toMessage(error)), error)
    }
  }

  #broken(what: string, cause?: unknown): Error {
    const where = this.#position === 0 ? 'before its first element' : `after element ${this.#position}`
    return new Error(`the JSON array is broken ${where}: ${what}`, { cause })
  }
}
