import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')

/** Formats generated Markdown as prettier does, but without the padding of tables, which would double the documents. */
export const formatReference = (markdown: string): string =>
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--stdin-filepath', 'reference.md'],
    { cwd: ROOT, input: markdown, encoding: 'utf8' }
  ).replaceAll(/^\|.*\|$/gm, (row) =>
    row
      .replaceAll(/ {2,}\|/g, ' |')
      .replaceAll(/\| {2,}/g, '| ')
      .replaceAll(/\| -+ (?=\|)/g, '| --- ')
  )
