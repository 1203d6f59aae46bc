import { isBlank } from '../fields/values'
import { messageOf } from '../mapi/thrown'
import { MAX_BYTES, type Piece, type Splitter, tooLong } from './splitter'
import { TextCollector } from './text-collector'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/**
 * Cuts newline-delimited JSON into the values of its lines. A line that is no JSON, or longer than `maxBytes`, is a
 * problem in its place; blank lines count as lines, but give nothing. Lines end with a line feed, before which a
 * carriage return may stand; U+2028 and U+2029 end none, since JSON may hold them within a string.
 */
export class LineSplitter implements Splitter {
  #line = 0
  readonly #text: TextCollector
  readonly #maxBytes: number

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
    this.#text = new TextCollector(maxBytes)
  }

  *push(bytes: Buffer): Generator<Piece> {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const piece = this.#toPiece(this.#text.take(bytes, start, end))
      start = end + 1
      if (piece) yield piece
    }
    this.#text.add(bytes, start, bytes.length)
  }

  *end(): Generator<Piece> {
    const piece = this.#toPiece(this.#text.take(NOTHING, 0, 0))
    if (piece) yield piece
  }

  #toPiece(text: string | undefined): Piece | undefined {
    this.#line += 1
    const line = this.#line
    if (text === undefined) return { line, problem: tooLong(this.#maxBytes), raw: undefined }
    if (isBlank(text)) return undefined
    const raw = text.endsWith('\r') ? text.slice(0, -1) : text
    try {
      return { line, value: JSON.parse(raw) as unknown, raw }
    } catch (error) {
      return { line, problem: `not JSON: ${messageOf(error)}`, raw }
    }
  }
}
