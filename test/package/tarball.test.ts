import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeTemporaryFolder, pack, PROJECT } from './pack'
import { runOrThrow } from './run'

const bin = (name: string) => join(PROJECT, 'node_modules/.bin', name)

describe('the packed package', () => {
  let folder: string
  let tarball: string

  beforeAll(async () => {
    folder = await makeTemporaryFolder()
    tarball = await pack(folder)
  }, 60_000)

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('holds the build, the documents, the examples, its manifest, readme and licence, and nothing else', async () => {
    const listing = await runOrThrow('tar', ['-tzf', tarball], PROJECT)
    const files = listing.trim().split(/\r?\n/)

    const unexpected = files.filter(
      (file) => !/^package\/(dist\/.+\.m?js|dist\/.+\.d\.m?ts|docs\/.+\.md|examples\/.+)$/.test(file)
    )
    expect(unexpected.filter((file) => file !== 'package/README.md').sort()).toEqual([
      'package/LICENSE',
      'package/package.json'
    ])
    expect(files).toEqual(
      expect.arrayContaining([
        'package/dist/index.js',
        'package/dist/index.d.ts',
        'package/dist/mapi/index.js',
        'package/dist/mapi/index.d.ts',
        'package/dist/sandbox/index.js',
        'package/dist/sandbox/index.d.ts',
        'package/dist/queue/index.js',
        'package/dist/queue/index.d.ts',
        'package/dist/cli/main.js',
        'package/docs/reliability.md',
        'package/examples/events.ndjson'
      ])
    )
  })

  it('has nothing that publint would change', async () => {
    const verdict = await runOrThrow(bin('publint'), ['run', tarball, '--strict'], PROJECT)
    expect(verdict).toContain('All good!')
  }, 60_000)

  it('resolves to the right types for every importer that reads "exports"', async () => {
    // Without DefinitelyTyped, which is asked for over the network.
    const args = [tarball, '--profile', 'node16', '--no-definitely-typed', '--format', 'ascii']
    const verdict = await runOrThrow(bin('attw'), args, PROJECT)
    expect(verdict).toContain('node16 (from ESM): 🟢')
  }, 60_000)
})
