import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createContext, Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { Linter } from 'eslint'
import { type Field, friendbuyWebDefinition } from '../../src'
import { webCases } from '../cases/web-cases'

const ROOT = join(__dirname, '../..')

const SCRIPT = join(ROOT, 'dist/web/friendbuy.min.js')

const ENTRIES = [SCRIPT, join(ROOT, 'dist/web/index.js'), join(ROOT, 'dist/web/index.mjs')]

const read = (file: string) => readFileSync(file, 'utf8')

const fieldsWithin = (fields: Readonly<Record<string, Field>>): Field[] =>
  Object.values(fields).flatMap((field) => [field, ...fieldsWithin(field.properties ?? {})])

const fields = Object.values(friendbuyWebDefinition.actions).flatMap((action) => fieldsWithin(action.fields))

/** Methods that browsers of ES2019 lack. */
const LATER = `
  delete Object.hasOwn
  delete Array.prototype.at
  delete Array.prototype.findLast
  delete Array.prototype.toSorted
  delete String.prototype.at
  delete String.prototype.matchAll
  delete String.prototype.replaceAll
  delete Promise.allSettled
  delete Promise.any
  globalThis.BigInt = globalThis.WeakRef = globalThis.structuredClone = undefined
`

/** Runs the script build on a page of ES2019 and gives the arguments of all pushes that the events cause. */
const RUN = `(async () => {
  const scripts = []
  window.document = {
    scripts,
    createElement: () => ({}),
    head: { appendChild: (script) => scripts.push(script) }
  }
  const pushes = []
  for (const [action, event, mapping] of events) {
    window.friendbuyAPI = undefined
    const subscription = { partnerAction: action, subscribe: conditions[action], mapping }
    const settings = { merchantId, subscriptions: [subscription] }
    const [plugin] = window.friendbuyDestination(settings)
    await plugin.track({ event }).catch(() => undefined)
    pushes.push(window.friendbuyAPI.filter(([name]) => name === 'track'))
  }
  return { pushes, scripts: scripts.map(({ src }) => src) }
})()`

beforeAll(() => {
  if (!existsSync(SCRIPT)) throw new Error('Build first: npm run build')
})

describe('The script build', () => {
  it('has at most 30,000 bytes, and 10,000 gzipped', () => {
    const code = readFileSync(SCRIPT)
    expect(code.length).toBeLessThanOrEqual(30_000)
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(10_000)
  })

  it('is made of its own rooms alone: no package, nothing of Node or actions-core', () => {
    const folder = mkdtempSync(join(tmpdir(), 'friendbuy-web-'))
    try {
      const bundler = pathToFileURL(join(ROOT, 'scripts/bundle-web.mjs')).href
      const program = `
        const { bundleWeb } = await import(${JSON.stringify(bundler)})
        console.log(JSON.stringify(await bundleWeb(${JSON.stringify(folder)})))`
      const inputs = JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
      ) as string[]
      expect(inputs).toContain('src/web/script.ts')
      expect(
        inputs.filter(
          (input) => !/^src\/((web|fields|mapping)\/|mapi\/additional-properties|values|messages)/.test(input)
        )
      ).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('sets window.friendbuyDestination and does nothing else', () => {
    const window: Record<string, unknown> = {}
    new Script(read(SCRIPT)).runInContext(createContext({ window }))
    expect(Object.keys(window)).toEqual(['friendbuyDestination'])
    expect(window.friendbuyDestination).toHaveProperty('pluginName', 'Friendbuy (Actions)')
  })

  it('gives the worked cases in a browser of ES2019', async () => {
    const cases = webCases.filter(({ action }) => action !== 'load')
    const merchantId = '0ebece2e-b04c-4504-97f2-16cd9f423612'
    const context = createContext({ console })
    new Script(`globalThis.window = globalThis; ${LATER}`).runInContext(context)
    new Script(read(SCRIPT)).runInContext(context)
    const conditions = Object.fromEntries(
      Object.entries(friendbuyWebDefinition.actions).map(([key, action]) => [key, action.defaultSubscription])
    )
    const events = cases.map(({ action, event, mapping }) => [action, event, mapping])
    Object.assign(context, { merchantId, conditions, events })
    const result = JSON.parse(
      JSON.stringify(await (new Script(RUN).runInContext(context) as Promise<unknown>))
    ) as { pushes: unknown[][]; scripts: string[] }
    expect(result.pushes).toEqual(
      cases.map(({ expect: expected }) => (Array.isArray(expected) ? expected : []))
    )
    expect(result.scripts).toHaveLength(2)
  })
})

describe.each(ENTRIES)('The built file %s', (file) => {
  it('is ES2019', () => {
    const sourceType = file.endsWith('.mjs') ? 'module' : 'script'
    const messages = new Linter().verify(read(file), { languageOptions: { ecmaVersion: 2019, sourceType } })
    expect(messages).toEqual([])
  })

  it('imports nothing', () => {
    expect(read(file)).not.toMatch(/^import\b|\brequire\(|\bimport\(/m)
  })

  it('holds no description, and no label but those of required fields', () => {
    const code = read(file)
    const required = fields.filter((field) => field.required).map(({ label }) => label)
    expect(new Set(required).size).toBe(7)
    for (const label of required) expect(code).toContain(`"${label}"`)
    for (const { label, description } of fields) {
      expect(code).not.toContain(description)
      if (!required.includes(label)) expect(code).not.toContain(`label: "${label}"`)
      if (!required.includes(label)) expect(code).not.toContain(`label:"${label}"`)
    }
    for (const { description } of Object.values(friendbuyWebDefinition.actions)) {
      expect(code).not.toContain(description)
    }
  })
})
