import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPrivateFile } from '../../src/merchants/private-file'
import { rejectionOf } from '../support/sandboxed'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-own-'))
  path = join(folder, 'own.json')
  await writeFile(path, 'what it holds', { mode: 0o600 })
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('readPrivateFile', () => {
  it('gives the text of a file that only its owner may read', async () => {
    expect(await readPrivateFile(path)).toBe('what it holds')
  })

  it.each([0o640, 0o604, 0o610, 0o602])(
    'refuses a file of the mode %o, and says what to do',
    async (mode) => {
      await chmod(path, mode)
      expect((await rejectionOf(readPrivateFile(path))).message).toBe(
        `${path} can be read by others: run "chmod 600 ${path}".`
      )
    }
  )

  it('says why a file cannot be read', async () => {
    const missing = await rejectionOf(readPrivateFile(join(folder, 'missing.json')))
    expect(missing.message).toMatch(/^\S+missing\.json cannot be read: .*ENOENT/)
    expect(missing.cause).toHaveProperty('code', 'ENOENT')
    expect((await rejectionOf(readPrivateFile(folder))).message).toMatch(/ cannot be read: .*EISDIR/)
  })
})
