import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatReferences } from '../../support/format-references'

const FOLDER = join(__dirname, '../../../docs/reference')

/** Tests documents of docs/reference, each with the function that makes it of the code. */
export const itIsWhatTheCodeSays = (documents: Record<string, () => string | Promise<string>>): void => {
  const names = Object.keys(documents)
  let formatted: string[]
  beforeAll(async () => {
    formatted = formatReferences(await Promise.all(Object.values(documents).map(async (create) => create())))
  })

  it.each(names.map((name, index) => [name, index] as const))(
    'is what the code says: "npm run docs:reference" rewrites %s',
    (name, index) => {
      const path = join(FOLDER, name)
      if (process.env.UPDATE_DOCS) writeFileSync(path, formatted[index] ?? '')
      expect(readFileSync(path, 'utf8')).toBe(formatted[index])
    }
  )
}
