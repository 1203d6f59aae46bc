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

/** Lints a file of src/ that holds one import, and gives the messages. */
const lint = async (file: string, specifier: string, isType = false) => {
  const text = `import ${isType ? 'type ' : ''}{ x } from '${specifier}'\nexport const y${isType ? ': x' : ''} = ${isType ? '1' : 'x'}\n`
  const [result] = await eslint.lintText(text, { filePath: join(cwd, 'src', file) })
  return (
    result?.messages.map(({ ruleId, message }) => (ruleId === RULE ? message : `${ruleId}: ${message}`)) ?? []
  )
}

describe('A room', () => {
  it.each([
    ['values.ts', './messages'],
    ['messages.ts', './fields/payload'],
    ['fields/a.ts', '../mapi/errors'],
    ['mapping/a.ts', '../host/deliver'],
    ['mapi/a.ts', '../fields/payload'],
    ['mapi/index.ts', '../cloud/perform'],
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
    ['receiver/a.ts', '../cli/main'],
    ['playground/a.ts', '../queue/producer']
  ])('does not import another: src/%s, %s', async (file, specifier) => {
    expect(await lint(file, specifier)).toHaveLength(1)
    expect(await lint(file, specifier, true)).toHaveLength(1)
  })

  it.each([
    ['messages.ts', './values'],
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
    ['receiver/a.ts', '../queue/producer'],
    ['playground/a.ts', '../web/destination'],
    ['cli/commands/a.ts', '../../queue/worker']
  ])('imports the rooms beside it: src/%s, %s', async (file, specifier) => {
    expect(await lint(file, specifier)).toEqual([])
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
  ])('does not load %s with %s, except for types', async (file, specifier) => {
    expect(await lint(file, specifier)).toHaveLength(1)
    expect(await lint(file, specifier, true)).toEqual([])
  })

  it('of webhooks imports no package at all', async () => {
    expect(await lint('webhooks/a.ts', 'node:crypto', true)).toHaveLength(1)
  })
})
