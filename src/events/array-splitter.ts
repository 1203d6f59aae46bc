import { isBlank } from '../values'
import { toMessage, toOneLine } from '../messages'
import type { ParsedLine, Splitter } from './line-splitter'
import { parseJson } from './parse-json'
import { type CollectedText, MAX_BYTES, TextCollector } from './text-collector'

const QUOTE = 0x22
const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
const NOTHING = Buffer.alloc(0)

/**
 * Splits a JSON array into its elements, starting after its opening bracket. An element longer than `maxBytes`, or
 * not UTF-8, becomes an error in its place; its lines are not counted. If the array is broken, all elements before that
 * come first; then it throws an error that names the position of the last good one.
 *
 * Finds only the end of each element and leaves the rest to `JSON.parse`, so that elements are read as lines are.
 */
export class ArraySplitter implements Splitter {
  #line: number
  #position = 0
  #isClosed = false
  // Scan state within the current element.
  #depth = 0
  #isInString = false
  #isEscaped = false
  readonly #text: TextCollector

  /**
   * @param maxBytes maximum length of an element, in bytes
   * @param line number of the line with the opening bracket
   */
  constructor(maxBytes = MAX_BYTES, line = 1) {
    this.#text = new TextCollector(maxBytes)
    this.#line = line
  }

  *push(bytes: Buffer): Generator<ParsedLine> {
    let start = 0
    while (!this.#isClosed) {
      const end = this.#findEnd(bytes, start)
      if (end === -1) {
        this.#text.add(bytes, start, bytes.length)
        return
      }
      const collected = this.#text.take(bytes, start, end)
      start = end + 1
      this.#isClosed = bytes[end] === CLOSING_BRACKET
      const isEmptyArray = this.#isClosed && this.#position === 0 && collected.text?.trim() === ''
      if (!isEmptyArray) yield this.#toElement(collected)
    }
    if (!isBlank(bytes.toString('utf8', start))) throw this.#broken('its closing bracket is not the end')
  }

  *end(): Generator<ParsedLine> {
    if (this.#isClosed) return
    const isWithin = this.#depth > 0 || this.#isInString
    const collected = this.#text.take(NOTHING, 0, 0)
    if (!isWithin && collected.text?.trim() !== '') yield this.#toElement(collected)
    throw this.#broken(isWithin ? 'it ends within an element' : 'its closing bracket is missing')
  }

  /** Returns the index of the comma or bracket after the current element, or -1 if the element continues. */
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

  #toElement({ text, error }: CollectedText): ParsedLine {
    const element = this.#position + 1
    if (text === undefined) {
      this.#position = element
      return { line: this.#line, element, error, raw: undefined }
    }
    const value = this.#parse(text)
    this.#position = element
    const line = this.#line + countLineFeeds(text, text.length - text.trimStart().length)
    this.#line += countLineFeeds(text, text.length)
    // JSON has line ends between its tokens only, never within a string.
    return { line, element, value, raw: text.trim().replace(/[\r\n]\s*/g, '') }
  }

  #parse(text: string): unknown {
    if (isBlank(text)) throw this.#broken('an element is missing')
    try {
      return parseJson(text)
    } catch (error) {
      throw this.#broken(toOneLine(toMessage(error)), error)
    }
  }

  #broken(reason: string, cause?: unknown): Error {
    const place = this.#position === 0 ? 'before its first element' : `after element ${this.#position}`
    return new Error(`the JSON array is broken ${place}: ${reason}`, { cause })
  }
}

/** Counts the line feeds before index `end`. */
const countLineFeeds = (text: string, end: number): number => {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
