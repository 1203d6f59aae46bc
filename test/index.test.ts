import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import * as friendbuy from '../src'

const root = join(__dirname, '..')

/** The modules that requiring an entry of the built package adds to those of actions-core, by their package. */
const modulesOf = (entry: string): string[] => {
  const script = `
    require('@segment/actions-core')
    const before = new Set(Object.keys(require.cache))
    require(${JSON.stringify(join(root, 'dist', entry))})
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))))`
  const files = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })
  ) as string[]
  return files.map(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.slice(root.length + 1)
  )
}

describe('The main entry', () => {
  it('gives the destination as its default and by name', () => {
    expect(friendbuy.default).toBe(friendbuy.destination)
    expect(friendbuy.destination.name).toBe('Friendbuy')
  })

  it('loads neither got nor nanoid, and nothing of the sandbox, the pipeline or the command line', () => {
    const modules = modulesOf('index.js')
    expect(new Set(modules.filter((name) => !name.startsWith('dist/')))).toEqual(new Set(['lru-cache']))
    expect(modules.filter((name) => /\/(sandbox|pipeline|cli)\/|got|contract/.test(name))).toEqual([])
  })
})
