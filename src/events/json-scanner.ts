/** Result of a scan: the object ends before index `end`, continues after the text, or is not JSON. */
export type ScanResult = { end: number } | 'incomplete' | 'invalid'

type Expected = 'value' | 'key' | 'colon' | 'comma'

const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y

/**
 * Finds the end of a JSON object that comes in several parts, and the first part that cannot be its continuation. Checks
 * the order of tokens only; `JSON.parse` checks the rest.
 */
export class JsonScanner {
  /** Open containers, innermost last: true for an object. */
  readonly #open: boolean[] = []
  #expected: Expected = 'value'
  /** True at the start of a container, which may be empty. */
  #mayClose = false
  #isInString = false
  #isEscaped = false

  /** Scans a part from `start`, where the object begins or continues. No number, `true`, `false` or `null` may continue in the next part. */
  scan(text: string, start: number): ScanResult {
    let at = start
    while (at < text.length) {
      const next = this.#isInString ? this.#toStringEnd(text, at) : this.#toTokenEnd(text, at)
      if (next === -1) return 'invalid'
      at = next
      if (this.#open.length === 0) return { end: at }
    }
    return 'incomplete'
  }

  /** Ends the line: no string continues in the next part. */
  endLine(): 'incomplete' | 'invalid' {
    return this.#isInString ? 'invalid' : 'incomplete'
  }

  #toStringEnd(text: string, start: number): number {
    let at = start
    for (; at < text.length; at += 1) {
      const character = text[at]
      if (this.#isEscaped) this.#isEscaped = false
      else if (character === '\\') this.#isEscaped = true
      else if (character === '"') {
        this.#isInString = false
        return at + 1
      }
    }
    return at
  }

  /** Returns the index after the token that begins at `at`; -1 if it is out of place. */
  #toTokenEnd(text: string, at: number): number {
    switch (text[at]) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        return at + 1
      case '{':
        return this.#expected === 'value' ? this.#enter(true, at) : -1
      case '[':
        return this.#expected === 'value' && this.#open.length > 0 ? this.#enter(false, at) : -1
      case '}':
        return this.#leave(true, at)
      case ']':
        return this.#leave(false, at)
      case ':':
        return this.#expect('colon', 'value', at)
      case ',':
        return this.#expect('comma', this.#open.at(-1) ? 'key' : 'value', at)
      case '"':
        if (this.#open.length === 0) return -1
        this.#isInString = true
        if (this.#expected === 'key') return this.#expect('key', 'colon', at)
        return this.#expect('value', 'comma', at)
      default:
        SCALAR.lastIndex = at
        if (this.#open.length === 0 || !SCALAR.test(text)) return -1
        return this.#expect('value', 'comma', SCALAR.lastIndex - 1)
    }
  }

  #enter(isObject: boolean, at: number): number {
    this.#open.push(isObject)
    this.#expected = isObject ? 'key' : 'value'
    this.#mayClose = true
    return at + 1
  }

  #leave(isObject: boolean, at: number): number {
    if (this.#open.at(-1) !== isObject || !(this.#expected === 'comma' || this.#mayClose)) return -1
    this.#open.pop()
    this.#expected = 'comma'
    this.#mayClose = false
    return at + 1
  }

  #expect(expected: Expected, next: Expected, at: number): number {
    if (this.#expected !== expected) return -1
    this.#expected = next
    this.#mayClose = false
    return at + 1
  }
}
