import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatReference } from '../support/format-reference'
import { toMapiReference } from '../support/mapi-reference'

const path = join(__dirname, '../../docs/reference/mapi.md')

describe('docs/reference/mapi.md', () => {
  it('is what the contract says: "npm run docs:reference" rewrites it', () => {
    const reference = formatReference(toMapiReference())
    if (process.env.UPDATE_DOCS) writeFileSync(path, reference)
    expect(readFileSync(path, 'utf8')).toBe(reference)
  })
})
