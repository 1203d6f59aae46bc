import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { installed, PROJECT } from './installed'
import { run, runOrThrow } from './run'

const { folder, tarball } = installed()

// On a machine that does other things besides.
jest.setTimeout(300_000)

const bin = (name: string) => join(PROJECT, 'node_modules/.bin', name)

const OURS = join(folder, 'node_modules/actions-friendbuy-cloud')

type Packages = Record<string, { dependencies?: Record<string, string> }>

/** The paths of a package and all that it depends on, in an installed project. */
const closureOf = (packages: Packages, path: string, found = new Set<string>()): Set<string> => {
  if (found.has(path)) return found
  found.add(path)
  for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
    const parts = path.split('/node_modules/')
    const places = parts.map((_, index) =>
      [...parts.slice(0, parts.length - index), name].join('/node_modules/')
    )
    const place = [...places, `node_modules/${name}`].find((candidate) => candidate in packages)
    if (place !== undefined) closureOf(packages, place, found)
  }
  return found
}

const bytesOf = async (path: string): Promise<number> => {
  const files = await readdir(path, { recursive: true, withFileTypes: true })
  const sizes = files
    .filter((file) => file.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

describe('The packed package', () => {
  it('holds the build, the documents, the examples, its manifest, readme and licence, and nothing else', async () => {
    const listing = await runOrThrow('tar', ['-tzf', tarball], PROJECT)
    const files = listing.trim().split(/\r?\n/)

    const unexpected = files.filter(
      (file) => !/^package\/(dist\/.+\.m?js|dist\/.+\.d\.m?ts|docs\/.+\.(md|svg)|examples\/.+)$/.test(file)
    )
    expect(unexpected.sort()).toEqual([
      'package/CHANGELOG.md',
      'package/LICENSE',
      'package/README.md',
      'package/SECURITY.md',
      'package/dist/THIRD-PARTY-NOTICES.txt',
      'package/package.json'
    ])
    expect(files).toEqual(
      expect.arrayContaining([
        'package/dist/cli/main.js',
        'package/docs/reliability.md',
        'package/examples/events.ndjson'
      ])
    )
  })

  it('holds the files that its manifest names', async () => {
    const text = await readFile(join(OURS, 'package.json'), 'utf8')
    const named = text.match(/(?<=")(\.\/)?dist\/[^"]+/g) ?? []
    const files = (await runOrThrow('tar', ['-tzf', tarball], PROJECT)).trim().split(/\r?\n/)
    expect(named.length).toBeGreaterThan(10)
    expect(files).toEqual(expect.arrayContaining(named.map((name) => join('package', name))))
  })

  it('holds the license of each bundled package', async () => {
    const notices = await readFile(join(OURS, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
    const names = [...notices.matchAll(/^(\S+) \d+\.\S+ \(.+\)$/gm)].map(([, name]) => name)
    expect(names).toEqual(
      expect.arrayContaining(['commander', 'got', 'keyv', 'lru-cache', 'nanoid', 'undici'])
    )
    expect(notices.match(/permission/gi)?.length).toBeGreaterThanOrEqual(names.length)
  })

  it('adds at most 6 packages to actions-core, and 3 MB besides liquidjs, which actions-core fails to declare', async () => {
    const lock = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')
    const { packages } = JSON.parse(lock) as { packages: Packages }
    const core = closureOf(packages, 'node_modules/@segment/actions-core')
    const ours = closureOf(packages, 'node_modules/actions-friendbuy-cloud')
    const names = [...ours]
      .filter((path) => !core.has(path))
      .map((path) => path.split('node_modules/').at(-1))
    expect(names.sort()).toEqual(['@types/json-schema', 'actions-friendbuy-cloud', 'commander', 'liquidjs'])
    expect(await bytesOf(OURS)).toBeLessThan(3_000_000)
  })

  it('has nothing that publint would change', async () => {
    const verdict = await runOrThrow(bin('publint'), ['run', tarball, '--strict'], PROJECT)
    expect(verdict).toContain('All good!')
  })

  it('resolves to the right types for every importer, old ones included', async () => {
    // Without DefinitelyTyped, which is asked for over the network.
    // The script build is for pages, and has no types. A pipe would cut the output.
    const args = [
      '--no-definitely-typed',
      '--format',
      'json',
      '--exclude-entrypoints',
      'web/friendbuy.min.js'
    ]
    const file = join(folder, 'attw.json')
    await run('sh', ['-c', `"$0" "$@" > "${file}"`, bin('attw'), tarball, ...args], PROJECT)
    const { analysis } = JSON.parse(await readFile(file, 'utf8')) as { analysis: { problems: unknown[] } }
    expect(analysis.problems).toEqual([])
  })
})
