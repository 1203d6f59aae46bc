import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJsonFile } from '../../src/merchants/json-file'
import { rejectionOf } from '../support/sandboxed'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-file-'))
  path = join(folder, 'file.json')
})

afterEach(() => rm(folder, { recursive: true }))

const write = async (text: string, mode = 0o600) => {
  await writeFile(path, text)
  await chmod(path, mode)
}

const expected = '{"name": "…"}'

describe('readJsonFile, for a private file', () => {
  const read = () => readJsonFile(path, { expected, isPrivate: true })

  it.each([0o600, 0o400, 0o700])('reads one of the mode %o', async (mode) => {
    await write('\uFEFF{"name": "a"}\n', mode)
    expect(await read()).toEqual({ name: 'a' })
  })

  it.each([0o640, 0o604, 0o660, 0o610, 0o602])('refuses one of the mode %o', async (mode) => {
    await write('{"name": "a"}', mode)
    expect((await rejectionOf(read())).message).toBe(
      `${path} can be read by others: run "chmod 600 ${path}".`
    )
  })

  it.each(['', 'name=very-secret', '{"name": "very-secret",}', '"very-secret'])(
    'rejects %j as invalid JSON, without repeating it',
    async (text) => {
      await write(text)
      const error = await rejectionOf(read())
      expect(error.message).toBe(`${path} is not valid JSON: expected ${expected}.`)
      expect(error).not.toHaveProperty('cause')
    }
  )

  it('says why it cannot read one', async () => {
    const missing = await rejectionOf(read())
    expect(missing.message).toMatch(/^Cannot read \S+file\.json: ENOENT/)
    expect(missing.cause).toHaveProperty('code', 'ENOENT')
    const directory = await rejectionOf(readJsonFile(folder, { expected, isPrivate: true }))
    expect(directory.message).toMatch(/^Cannot read \S+: .*(EISDIR|can be read by others)/)
  })
})

describe('readJsonFile, for any other file', () => {
  it('reads it whatever its mode, and says where its JSON is invalid', async () => {
    await write('\uFEFF[1]', 0o644)
    expect(await readJsonFile(path, { expected })).toEqual([1])
    await write('[1,]')
    const { message } = await rejectionOf(readJsonFile(path, { expected }))
    expect(message).toMatch(/file\.json is not valid JSON \(.+\): expected \{"name": "…"\}\.$/)
    await rm(path)
    expect((await rejectionOf(readJsonFile(path, { expected }))).message).toMatch(
      /^Cannot read \S+file\.json: ENOENT/
    )
  })
})
