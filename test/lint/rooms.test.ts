import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ESLint, type Linter } from 'eslint'
import tseslint from 'typescript-eslint'

const lintConfig = jest.requireActual<Linter.Config[]>('../../.eslintrc.js')

const RULE = '@typescript-eslint/no-restricted-imports'

/** The rules for imports alone: they need no types, which take most of a run's time. */
const importRules: Linter.Config[] = [
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin as unknown as ESLint.Plugin }
  },
  ...lintConfig.filter(({ rules }) => rules && RULE in rules)
]

const cwd = join(__dirname, '../..')
const eslint = new ESLint({ cwd, overrideConfigFile: true, overrideConfig: importRules })

/** Lints a file of src/ that holds one statement, and gives the messages. */
const lint = async (file: string, statement: string) => {
  const [result] = await eslint.lintText(`${statement}\n`, { filePath: join(cwd, 'src', file) })
  return result?.messages.map(({ message }) => message) ?? []
}

const statements = {
  import: (specifier: string) => `import { x } from '${specifier}'`,
  type: (specifier: string) => `import type { X } from '${specifier}'`,
  export: (specifier: string) => `export * from '${specifier}'`,
  dynamic: (specifier: string) => `export const load = () => import('${specifier}.js')`,
  typeOf: (specifier: string) => `export type X = import('${specifier}').X`
}

describe('A room', () => {
  it.each([
    ['values.ts', './messages'],
    ['messages.ts', './fields/payload'],
    ['fields/a.ts', '../mapi/errors'],
    ['mapping/a.ts', '../host/deliver'],
    ['mapi/a.ts', '../fields/payload'],
    ['mapi/index.ts', '../cloud/perform'],
    ['index.ts', './queue/worker'],
    ['mapi/create-client.ts', '../events/to-event'],
    ['mapi/contract/a.ts', '../../sandbox/mapi'],
    ['mapi/transports/got.ts', '../../cloud/perform'],
    ['mapi/transports/a.ts', '../../host/deliver'],
    ['webhooks/a.ts', '../values'],
    ['events/a.ts', '../host/subscriptions'],
    ['cloud/a.ts', '../host/deliver'],
    ['web/a.ts', '../mapi/call'],
    ['sandbox/a.ts', '../cloud/actions'],
    ['host/a.ts', '../backfill/run'],
    ['merchants/a.ts', '../cloud/settings'],
    ['backfill/a.ts', '../queue/worker'],
    ['queue/a.ts', '../mapi/errors'],
    ['segment-function/a.ts', '../cloud/actions'],
    ['segment-function/a.ts', '../host/deliver'],
    ['receiver/a.ts', '../cli/main'],
    ['playground/a.ts', '../queue/producer']
  ])('does not import another: src/%s, %s', async (file, specifier) => {
    for (const toStatement of Object.values(statements)) {
      expect(await lint(file, toStatement(specifier))).toEqual([
        expect.stringMatching(/^(.* )?src\/[\w-]+ imports .+\.$/)
      ])
    }
  })

  it('has its row in the table, whichever folder of src/ it is', async () => {
    const entries = await readdir(join(cwd, 'src'), { withFileTypes: true })
    const rooms = entries.filter((entry) => entry.isDirectory() && entry.name !== 'cli')
    for (const { name } of rooms)
      expect(await lint(`${name}/a.ts`, statements.import('../cli/main'))).toHaveLength(1)
  })

  it.each([
    ['messages.ts', './values'],
    ['index.ts', './cloud/destination'],
    ['fields/a.ts', '../values'],
    ['mapping/a.ts', '../messages'],
    ['mapi/contract/a.ts', '../errors'],
    ['mapi/transports/got.ts', '../../messages'],
    ['cloud/a.ts', '../mapi/transports/transport'],
    ['web/a.ts', '../mapi/additional-properties'],
    ['sandbox/a.ts', '../webhooks/signature'],
    ['host/a.ts', '../cloud/actions'],
    ['merchants/a.ts', '../host/subscriptions'],
    ['backfill/a.ts', '../events/read-events'],
    ['queue/a.ts', './worker'],
    ['segment-function/a.ts', '../host/subscriptions'],
    ['receiver/a.ts', '../queue/producer'],
    ['playground/a.ts', '../web/destination'],
    ['cli/commands/a.ts', '../../queue/worker']
  ])('imports the rooms beside it: src/%s, %s', async (file, specifier) => {
    for (const toStatement of Object.values(statements))
      expect(await lint(file, toStatement(specifier))).toEqual([])
  })

  it.each([
    ['fields/a.ts', '@segment/actions-core'],
    ['mapi/a.ts', '@segment/actions-core'],
    ['mapi/create-client.ts', '@segment/actions-core'],
    ['queue/a.ts', '@segment/actions-core'],
    ['mapi/a.ts', 'got'],
    ['cloud/a.ts', 'undici'],
    ['mapping/a.ts', 'node:fs'],
    ['web/a.ts', 'node:crypto']
  ])('does not load packages of others, except for types: src/%s, %s', async (file, specifier) => {
    expect(await lint(file, statements.import(specifier))).toHaveLength(1)
    expect(await lint(file, `export const load = () => import('${specifier}')`)).toHaveLength(1)
    expect(await lint(file, statements.type(specifier))).toEqual([])
  })

  it.each([
    ['mapi/transports/got.ts', 'got'],
    ['cloud/a.ts', '@segment/actions-core'],
    ['host/a.ts', '@segment/actions-core/mapping-kit/validate'],
    ['events/a.ts', 'node:fs/promises'],
    ['cli/commands/a.ts', 'commander']
  ])('loads its own: src/%s, %s', async (file, specifier) => {
    expect(await lint(file, statements.import(specifier))).toEqual([])
  })

  it('of webhooks imports no package at all', async () => {
    expect(await lint('webhooks/a.ts', statements.type('node:crypto'))).toHaveLength(1)
  })
})
