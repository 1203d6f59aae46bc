import { readFile } from 'node:fs/promises'
import type { CsvGuess } from '../events/csv-guess'
import { type CsvMapping, type CsvTarget, parseCsvMapping } from '../events/csv-mapping'
import type { CsvOptions } from '../events/read-values'
import { toMessage } from '../messages'
import { printError, toVisible } from './output'

/** Values of a column that are counted apart. */
const MAX_VALUES = 20

/** How a command reads CSV. */
export interface CsvInput {
  csv: CsvOptions
  /** Prints the counts of the events that the mapping excluded. */
  printSkipped: () => void
  /** Tells if the mapping excluded events of a source. */
  hasSkipped: (source: string) => boolean
}

/**
 * Creates the options of CSV.
 *
 * @param path path of the mapping file; a guess is shown otherwise
 * @param confirm asks a person to use a guess, or to read all rows; rejects if the answer is no
 * @throws Error if the mapping file is invalid
 */
export const createCsvInput = async (
  path: string | undefined,
  confirm: (question: string) => Promise<void>
): Promise<CsvInput> => {
  const skipped = new Map<string, Map<string, Map<string, number>>>()
  return {
    csv: {
      mapping: path === undefined ? undefined : await readMapping(path),
      onGuess: async (source, guess) => {
        describeGuess(source, guess).forEach(printError)
        await confirm('Use this mapping?')
      },
      onStatusColumns: async (source, columns) => {
        printError(
          `${toName(source)} has the ${columns.length === 1 ? 'column' : 'columns'} ${columns.map((column) => JSON.stringify(column)).join(', ')}, but the CSV mapping has no "only": unpaid, cancelled and refunded orders would count as sales. Name the values to read in "only"; "only": {} reads all rows.`
        )
        await confirm('Read all rows?')
      },
      onSkip: (source, column, value) => {
        const columns = skipped.get(source) ?? new Map<string, Map<string, number>>()
        const values = columns.get(column) ?? new Map<string, number>()
        const name = values.has(value) || values.size < MAX_VALUES ? JSON.stringify(value) : 'others'
        skipped.set(source, columns.set(column, values.set(name, (values.get(name) ?? 0) + 1)))
      }
    },
    hasSkipped: (source) => skipped.has(source),
    printSkipped: () => {
      for (const [source, columns] of skipped) {
        for (const [column, values] of columns) {
          const total = [...values.values()].reduce((sum, count) => sum + count, 0)
          const counts = [...values].map(([value, count]) => `${value} ${count}`).join(', ')
          printError(
            `${toName(source)}: ${total} not read because of the column ${JSON.stringify(column)}: ${counts}`
          )
        }
      }
    }
  }
}

const readMapping = async (path: string): Promise<CsvMapping> => {
  try {
    return parseCsvMapping(JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, '')))
  } catch (error) {
    throw new Error(`Invalid CSV mapping file ${path}: ${toMessage(error)}.`, { cause: error })
  }
}

const toName = (source: string) => (source === '-' ? 'standard input' : toVisible(source))

/** Describes what a guess makes of each column, in lines of text. */
const describeGuess = (source: string, { name, mapping }: CsvGuess): string[] => {
  const { event = '', columns, items, groupBy = '', only = {} } = mapping
  const width = Math.max(
    ...[columns, items?.columns ?? {}].flatMap(Object.keys).map((column) => column.length)
  )
  const list = (targets: Record<string, CsvTarget>, prefix: string) =>
    Object.entries(targets).map(([column, { to, as }]) => {
      const format = as === 'text' ? '' : ` (${as})`
      return `  ${column.padEnd(width)}  ${prefix}${to}${format}`
    })
  return [
    `${toName(source)} looks like ${name}. This is a guess: rows with the same ${groupBy} become one ${event} event.`,
    ...list(columns, ''),
    ...(items ? list(items.columns, `${items.to}[].`) : []),
    ...Object.entries(only).map(
      ([column, values]) =>
        `  Read only if ${column} is ${values.map((value) => value || 'blank').join(' or ')}.`
    ),
    'Order IDs must be those of your tracking, or orders may count twice. Write your own with --csv-mapping FILE.'
  ]
}
