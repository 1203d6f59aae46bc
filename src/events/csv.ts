/** A row of a CSV file by the names in its header, with the line that it begins on. */
export interface CsvRow {
  values: Record<string, string>
  line: number
}

/**
 * Reads the rows of a CSV file (RFC 4180: quotes, quoted line breaks, doubled quotes) by its header.
 *
 * @throws Error that names the line of a quote that is never closed
 *
 * @example
 * for await (const { values } of readCsv(createReadStream('customers.csv', 'utf8'))) console.log(values.email)
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  let header: string[] | undefined
  for await (const { cells, line } of readCells(chunks)) {
    if (!header) {
      header = cells.map((cell) => cell.trim())
      continue
    }
    if (cells.length === 1 && cells[0] === '') continue
    yield { line, values: Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])) }
  }
}

/** Formats values as a line of a CSV file, without its end. Lists and objects become JSON. */
export const toCsvLine = (values: readonly unknown[]): string =>
  values
    .map((value = '') => {
      const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')

async function* readCells(chunks: AsyncIterable<string>) {
  let cells: string[] = []
  let cell = ''
  let state: 'plain' | 'quoted' | 'quote' = 'plain'
  let [line, begin] = [1, 1]
  let isFirst = true
  for await (const chunk of chunks) {
    for (const character of isFirst ? chunk.replace(/^\uFEFF/, '') : chunk) {
      if (character === '\n') line += 1
      if (state === 'quoted' && character !== '"') cell += character
      else if (character === '"') {
        // A quote within quotes ends them, unless another one follows.
        if (state === 'quote') cell += '"'
        state = state === 'quoted' ? 'quote' : 'quoted'
      } else if (character === ',') {
        cells.push(cell)
        cell = ''
        state = 'plain'
      } else if (character === '\n') {
        yield { cells: [...cells, cell], line: begin }
        cells = []
        cell = ''
        state = 'plain'
        begin = line
      } else if (character !== '\r') cell += character
    }
    isFirst &&= chunk === ''
  }
  if (state === 'quoted') throw new Error(`line ${begin}: a quote is never closed`)
  if (cells.length > 0 || cell !== '') yield { cells: [...cells, cell], line: begin }
}
