import { type EventLine, readEvents } from '../events/read-events'
import { toOneLine } from '../messages'
import { printError, toVisible } from './output'

/** Reads events as `readEvents` does, and says so if a source holds none. */
export const readInput = (files: readonly string[], signal?: AbortSignal): AsyncGenerator<EventLine> =>
  readEvents(files, {
    signal,
    onEmpty: (source) => {
      printError(`${source === '-' ? 'Standard input' : toVisible(source)} is empty: no events.`)
    }
  })

/**
 * Reads events for one account. A line for a merchant, as `enqueue` reads them, is an error: the account may be
 * another's.
 */
export async function* readInputOfOneAccount(
  files: readonly string[],
  signal?: AbortSignal
): AsyncGenerator<EventLine> {
  for await (const line of readInput(files, signal)) {
    if (line.merchant === undefined) yield line
    else {
      const { source, index, line: number, element, raw, merchant } = line
      const error = `for the merchant ${toOneLine(merchant)}: send delivers to one account. Use enqueue and a worker, or remove "merchant"`
      yield { source, index, line: number, ...(element !== undefined && { element }), raw, merchant, error }
    }
  }
}
