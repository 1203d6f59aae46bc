import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UNSENT_CODES } from '../../src/mapi/errors'
import { unaligned } from '../support/markdown'
import { toTables } from './tables'

const DOCUMENT = join(__dirname, '../../docs/reliability.md')
const TABLES = /(?<=<!-- faults -->).*(?=<!-- \/faults -->)/s

describe('docs/reliability.md', () => {
  it('holds the rows that are tested: "npm run docs:reference" rewrites them', () => {
    const document = readFileSync(DOCUMENT, 'utf8')
    if (process.env.UPDATE_DOCS)
      writeFileSync(
        DOCUMENT,
        document.replace(TABLES, () => `\n\n${toTables()}\n\n`)
      )
    const [tables = 'no tables'] = TABLES.exec(readFileSync(DOCUMENT, 'utf8')) ?? []
    expect(unaligned(tables)).toBe(unaligned(toTables()))
  })

  it.each(UNSENT_CODES)('names %s as a code after which MAPI has seen nothing', (code) => {
    expect(readFileSync(DOCUMENT, 'utf8')).toContain(`\`${code}\``)
  })
})
