/** A Markdown table. */
export const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(toCell).join(' | ')} |`).join('\n')

const toCell = (text: string) => text.replaceAll(/(?<!\\)\|/g, '\\|').replace(/\s*\n\s*/g, ' ')

/** Text as code. */
export const code = (text: string): string => `\`${text}\``

/** Note at the head of a generated document. */
export const GENERATED = '<!-- Generated from the code: "npm run docs:reference" rewrites it. -->'
