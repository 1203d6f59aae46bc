import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toMapiReference } from '../support/mapi-reference'

const root = join(__dirname, '../..')
const path = join(root, 'docs/reference/mapi.md')

/** Markdown without the padding of its tables, which prettier adds. */
const withoutPadding = (markdown: string) =>
  markdown
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').replace(/-{3,}/g, '---'))

describe('docs/reference/mapi.md', () => {
  it('is what the contract says: "npm run docs:reference" rewrites it', () => {
    const reference = toMapiReference()
    if (process.env.UPDATE_DOCS) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, reference)
      execFileSync(process.execPath, [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--write', path])
    }
    expect(withoutPadding(readFileSync(path, 'utf8'))).toEqual(withoutPadding(reference))
  })
})
