import { type EventLine, readEvents } from '../events/read-events'
import { toOneLine } from '../messages'
import { confirm, NotConfirmedError } from './ask'
import { createCsvInput } from './csv-input'
import { printError, toVisible } from './output'

/** Options of a command's input. */
export interface InputOptions {
  /** Path of the CSV mapping file. */
  csvMapping?: string
  /** Uses a guess of the CSV mapping without asking. */
  isConfirmed: boolean
  signal?: AbortSignal
}

/**
 * Reads events as `readEvents` does. Says so if a source holds none, what is guessed of CSV, and what that excludes.
 *
 * @throws Error (the generator) also if the CSV mapping file is invalid, or a guess is not confirmed
 */
export async function* readInput(
  files: readonly string[],
  { csvMapping, isConfirmed, signal }: InputOptions
): AsyncGenerator<EventLine> {
  const { csv, hasSkipped, printSkipped } = await createCsvInput(csvMapping, (question) =>
    confirm(question, isConfirmed)
  )
  try {
    yield* readEvents(files, {
      signal,
      csv,
      onEmpty: (source) => {
        if (hasSkipped(source)) return
        printError(`${source === '-' ? 'Standard input' : toVisible(source)} is empty: no events.`)
      }
    })
  } catch (error) {
    // The source itself can be read.
    throw error instanceof Error && error.cause instanceof NotConfirmedError ? error.cause : error
  } finally {
    printSkipped()
  }
}

/** Options of `readInputOfOneAccount`. */
interface AccountInputOptions extends InputOptions {
  /** Called with each line that is read. */
  onLine?: (line: EventLine) => void
}

/**
 * Reads events for one account. A line for a merchant, as `enqueue` reads them, is an error: the account may be
 * another's.
 */
export async function* readInputOfOneAccount(
  files: readonly string[],
  { onLine, ...options }: AccountInputOptions
): AsyncGenerator<EventLine> {
  for await (const line of readInput(files, options)) {
    onLine?.(line)
    if (line.merchant === undefined) yield line
    else {
      const { source, index, line: number, element, raw, merchant } = line
      const error = `for the merchant ${toOneLine(merchant)}: send delivers to one account. Use enqueue and a worker, or remove "merchant"`
      yield { source, index, line: number, ...(element !== undefined && { element }), raw, merchant, error }
    }
  }
}
