import { toOneLine } from '../messages'

/** Number of equal errors that are listed. */
const MAX_EQUAL = 20

/** Number of kinds of errors that are counted apart. */
const MAX_KINDS = 1000

/** Lists equal errors up to a limit, and counts the others. */
export class ErrorLimit {
  readonly #kinds = new Map<string, { count: number; example: string }>()

  /** Counts an error. False if many like it have been listed. */
  admit(error: string): boolean {
    const kind = toErrorKind(error)
    const known = this.#kinds.get(kind)
    if (known) known.count += 1
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(kind, { count: 1, example: toOneLine(error) })
    return !known || known.count <= MAX_EQUAL
  }

  /** Describes the errors that were not listed, in lines of text. */
  describe(): string[] {
    return [...this.#kinds.values()]
      .filter(({ count }) => count > MAX_EQUAL)
      .map(({ count, example }) => `${count - MAX_EQUAL} more errors like: ${example}`)
  }
}

/** Returns an error without what differs from event to event: numbers, values, references, and text that is not JSON. */
export const toErrorKind = (error: string): string =>
  toOneLine(error)
    .replace(/^(not JSON|.*\(reference).*/, '$1')
    .replace(/, is .*/, '')
    .replace(/\d+/g, '0')
