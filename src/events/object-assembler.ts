import { toMessage } from '../messages'
import { JsonScanner, type ScanResult } from './json-scanner'
import type { ParsedLine } from './line-splitter'
import { parseJson } from './parse-json'
import { notUtf8, tooLong } from './text-collector'

/** Text of several lines, from the place where an object begins. */
interface Passage {
  /** Line number of the first line, from 1. */
  line: number
  /** Index within that line at which the object begins. */
  column: number
  /** Empty if the passage is too long to keep. */
  lines: string[]
  /** Number of characters, kept or not. */
  length: number
  /** True if the last line continues in the next part. */
  isLineOpen: boolean
}

interface Pending extends Passage {
  scanner: JsonScanner
}

interface Broken extends Passage {
  /** True if the passage ends with its line. */
  isSingleLine: boolean
}

/**
 * Reads what is not one JSON value per line: objects over several lines, and several objects on one line.
 *
 * Something broken becomes one error in its place, and reading continues at the next line that begins with an object, no
 * further indented than the broken one.
 */
export class ObjectAssembler {
  #pending: Pending | undefined
  #broken: Broken | undefined
  #isReplay = false
  readonly #maxLength: number

  /** @param maxLength maximum length of an object, in characters */
  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** True while an object or an error continues. */
  get isOpen(): boolean {
    return this.#pending !== undefined || this.#broken !== undefined
  }

  /**
   * Reads a line, or part of one.
   *
   * @param isEnd true if the line ends with this text. Otherwise the text ends with a closing brace.
   */
  *push(text: string, line: number, isEnd: boolean): Generator<ParsedLine> {
    let at = 0
    if (this.#broken && (yield* this.#skip(this.#broken, text, isEnd))) return
    if (this.#pending) {
      const { scanner } = this.#pending
      const result = scanLine(scanner, text, at, isEnd)
      if (result === 'invalid') {
        yield* this.#break(this.#pending, text, line, isEnd)
        return
      }
      if (result === 'incomplete') {
        this.#append(this.#pending, text, isEnd)
        return
      }
      this.#append(this.#pending, text.slice(0, result.end), true)
      yield this.#toValue(this.#pending)
      this.#pending = undefined
      at = skipSpace(text, result.end)
    }
    yield* this.#begin(text, at, line, isEnd)
  }

  /** Ends what is open: the source ends, or a line follows that cannot be read. */
  *end(): Generator<ParsedLine> {
    if (this.#broken) yield this.#toError(this.#broken)
    this.#broken = undefined
    // Line by line: what the last object swallowed must not swallow the rest again.
    this.#isReplay = true
    if (this.#pending)
      yield* this.#replay(this.#pending, findRestart(this.#pending.lines, this.#pending.column))
    this.#isReplay = false
  }

  *#begin(text: string, start: number, line: number, isEnd: boolean): Generator<ParsedLine> {
    let at = skipSpace(text, start)
    while (at < text.length) {
      const scanner = new JsonScanner()
      const result = scanLine(scanner, text, at, isEnd)
      const passage = {
        line,
        column: at,
        lines: [text.slice(at)],
        length: text.length - at,
        isLineOpen: !isEnd
      }
      if (result === 'incomplete') {
        this.#pending = { ...passage, scanner }
        return
      }
      if (result === 'invalid') {
        if (isEnd) yield this.#toError(passage)
        else this.#broken = { ...passage, isSingleLine: true }
        return
      }
      yield this.#toValue({ ...passage, lines: [text.slice(at, result.end)] })
      at = skipSpace(text, result.end)
    }
  }

  /** Gives up an object that this text cannot continue. */
  *#break(pending: Pending, text: string, line: number, isEnd: boolean): Generator<ParsedLine> {
    const { column, lines, isLineOpen } = pending
    const isOneLine = lines.length === 1 && !/[{[,]\s*$/.test(lines[0] ?? '')
    const restart = findRestart(lines, column)
    if (!isLineOpen && (restart < lines.length || isOneLine || isStart(text, column))) {
      yield* this.#replay(pending, restart)
      if (this.isOpen) yield* this.end()
      yield* this.push(text, line, isEnd)
      return
    }
    this.#pending = undefined
    this.#append(pending, text, isEnd)
    this.#broken = { ...pending, isSingleLine: false }
  }

  /** Gives the error of an object's lines before `restart`, and reads the others again. */
  *#replay(pending: Pending, restart: number): Generator<ParsedLine> {
    const { line, lines } = pending
    this.#pending = undefined
    yield this.#toError({ ...pending, lines: lines.slice(0, restart) })
    // Once only: else a file of opening brackets would be read again with each line.
    const isNested = this.#isReplay
    this.#isReplay = true
    for (const [index, text] of lines.slice(restart).entries()) {
      yield* isNested
        ? this.#toLine(text, line + restart + index)
        : this.push(text, line + restart + index, true)
    }
    this.#isReplay = isNested
  }

  /** Adds to an error; false if the text begins something else. */
  *#skip(broken: Broken, text: string, isEnd: boolean): Generator<ParsedLine, boolean> {
    const isRestOfLine = broken.isLineOpen
    const isContinued = isRestOfLine || !isStart(text, broken.column)
    if (isContinued) this.#append(broken, text, isEnd)
    if (!isContinued || (isRestOfLine && isEnd && broken.isSingleLine)) {
      this.#broken = undefined
      yield this.#toError(broken)
    }
    return isContinued
  }

  *#toLine(text: string, line: number): Generator<ParsedLine> {
    if (text.trim() === '') return
    const passage = { line, column: 0, lines: [text], length: text.length, isLineOpen: false }
    yield text.trim().startsWith('{') ? this.#toValue(passage) : this.#toError(passage)
  }

  #append(passage: Passage, text: string, isEnd: boolean): void {
    const { lines, isLineOpen } = passage
    passage.length += text.length
    passage.isLineOpen = !isEnd
    if (passage.length > this.#maxLength) passage.lines = []
    else if (isLineOpen) lines.push(`${lines.pop() ?? ''}${text}`)
    else lines.push(text)
  }

  #toValue(passage: Passage): ParsedLine {
    if (passage.length > this.#maxLength) return this.#toError(passage)
    // JSON has line ends between its tokens only, never within a string.
    const raw = passage.lines.map((text) => text.trim()).join('')
    try {
      return { line: passage.line, value: parseJson(raw), raw }
    } catch {
      return this.#toError(passage)
    }
  }

  #toError({ line, lines, length }: Passage): ParsedLine {
    if (length > this.#maxLength) return { line, error: tooLong(this.#maxLength), raw: undefined }
    const raw = lines.join('\n').trimEnd()
    return { line, error: describeSyntaxError(raw, line, line + raw.split('\n').length - 1), raw }
  }
}

/** Scans an object, which only another object may follow on its line. */
const scanLine = (scanner: JsonScanner, text: string, start: number, isEnd: boolean): ScanResult => {
  const result = scanner.scan(text, start)
  if (result === 'incomplete') return isEnd ? scanner.endLine() : result
  if (result === 'invalid') return result
  const next = skipSpace(text, result.end)
  return next === text.length || text[next] === '{' ? result : 'invalid'
}

const skipSpace = (text: string, start: number) => {
  let at = start
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1
  return at
}

/** Tells if a line begins with an object, no further indented than `column`. */
const isStart = (text: string, column: number) => {
  const at = skipSpace(text, 0)
  return at <= column && text[at] === '{'
}

/** Returns the index of the first line, after line 0, that may begin another object; `lines.length` if there is none. */
const findRestart = (lines: readonly string[], column: number) => {
  const found = lines.findIndex((text, index) => index > 0 && isStart(text, column))
  return found === -1 ? lines.length : found
}

const describeSyntaxError = (text: string, first: number, last: number) => {
  if (first === last && text.includes('\r')) {
    return 'not JSON: the lines end with carriage returns (CR). Convert the line ends to LF or CRLF.'
  }
  if (text.includes('\0')) return notUtf8('UTF-16')
  const place = first === last ? '' : ` (lines ${first} to ${last})`
  try {
    JSON.parse(text)
    return `not JSON: unexpected text after an object${place}`
  } catch (error) {
    return `not JSON: ${toMessage(error)}${place}`
  }
}
