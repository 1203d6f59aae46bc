import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')

/** Formats Markdowns from standard input. Prettier is an ES module, which Jest cannot load. */
const FORMAT = `
import { readFileSync } from 'node:fs'
import prettier from 'prettier'
const options = { ...(await prettier.resolveConfig('reference.md')), parser: 'markdown' }
const markdowns = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(await Promise.all(markdowns.map((text) => prettier.format(text, options)))))`

/** Formats generated Markdowns as prettier does, but without the padding of tables, which would double the documents. */
export const formatReferences = (markdowns: readonly string[]): string[] => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', FORMAT], {
    cwd: ROOT,
    input: JSON.stringify(markdowns),
    encoding: 'utf8'
  })
  return (JSON.parse(output) as string[]).map((text) =>
    text.replaceAll(/^\|.*\|$/gm, (row) =>
      row
        .replaceAll(/ {2,}\|/g, ' |')
        .replaceAll(/\| {2,}/g, '| ')
        .replaceAll(/\| -+ (?=\|)/g, '| --- ')
    )
  )
}
