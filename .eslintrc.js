/* The lint rules, as ESLint's flat config; `npm run lint` names this file. */
const tseslint = require('typescript-eslint')

const GROUND = ['values', 'messages']

/**
 * The rooms of src/, its ground files and its main entry, and what each may import of the others, types included.
 * docs/architecture.md says what belongs where.
 */
const ROOMS = {
  values: [],
  messages: ['values'],
  fields: GROUND,
  mapping: GROUND,
  mapi: GROUND,
  // Runs outside of Node too.
  webhooks: [],
  events: GROUND,
  cloud: [...GROUND, 'fields', 'mapi'],
  web: [...GROUND, 'fields', 'mapping', 'mapi/additional-properties'],
  sandbox: [...GROUND, 'mapi', 'webhooks'],
  host: [...GROUND, 'fields', 'mapping', 'mapi', 'events', 'cloud'],
  merchants: [...GROUND, 'host'],
  backfill: [...GROUND, 'events', 'host'],
  // Runs where there is neither actions-core nor Node.
  'segment-function': [
    ...GROUND,
    'fields',
    'mapping',
    'mapi/errors',
    'mapi/transports/transport',
    'cloud/action-keys',
    'cloud/define-action',
    'cloud/definitions',
    'cloud/delete-customer',
    'cloud/dropped-value',
    'cloud/send-call',
    'cloud/settings',
    'host/retry-advice',
    'host/subscriptions'
  ],
  queue: [...GROUND, 'events', 'host', 'merchants'],
  receiver: [...GROUND, 'events', 'host', 'merchants', 'queue'],
  playground: [...GROUND, 'host', 'sandbox', 'web'],
  index: ['fields', 'mapi', 'cloud', 'host', 'web']
}

/** The packages that a room may load; types may come from others. `cli` and `src/index.mts` are free. */
const PACKAGES = {
  'mapi/transports': ['got', 'undici'],
  events: ['node:', 'csv-parse'],
  cloud: ['@segment/actions-core'],
  sandbox: ['node:', 'nanoid'],
  host: ['@segment/actions-core', '@segment/destination-subscriptions', 'fastest-levenshtein'],
  merchants: ['node:'],
  backfill: ['node:'],
  queue: ['node:', 'bullmq', 'ioredis', 'lru-cache', 'nanoid', 'prom-client'],
  receiver: ['node:'],
  playground: ['node:']
}

/** The rules reach this many folders below src/. */
const MAX_DEPTH = 4

/** The rules for the files of a room that are `depth` folders below src/. */
const toImportRules = (folder, depth) => {
  const [room] = folder.split('/')
  const loaded = PACKAGES[folder] ?? []
  // Paths that lead out of the room, unless to a room beside it; "$" matches nothing here.
  const toSource = Array(depth).fill('\\.\\.').join('/') || '\\.\\.?'
  const beside = ROOMS[room].map((name) =>
    name.includes('/') || GROUND.includes(name) ? name : `${name}/.*`
  )
  const outside = `^${toSource}(?!/(?:${beside.join('|') || '$'})(?:\\.js)?$)(?:/|$)`
  const packages = `^(?!\\.)(?!(?:${loaded.map((name) => (name === 'node:' ? 'node:.*' : `${name}(?:/.*)?`)).join('|') || '$'})$)`

  const roomsMessage = `src/${room} imports ${ROOMS[room].join(', ') || 'nothing'}.`
  const packagesMessage = `src/${folder} loads ${loaded.join(', ') || 'no package'}.`
  const within = (regex) => `[value=/${regex.replaceAll('/', '\\u002F')}/]`
  return {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: outside, message: roomsMessage },
          { regex: packages, message: packagesMessage, allowTypeImports: room !== 'webhooks' }
        ]
      }
    ],
    'no-restricted-syntax': [
      'error',
      {
        selector: `:matches(ImportExpression, TSImportType) > Literal${within(outside)}`,
        message: roomsMessage
      },
      { selector: `ImportExpression > Literal${within(packages)}`, message: packagesMessage }
    ]
  }
}

const importRules = [...new Set([...Object.keys(ROOMS), ...Object.keys(PACKAGES)])].flatMap((folder) => {
  const depth = folder.split('/').length
  return ['values', 'messages', 'index'].includes(folder)
    ? [{ files: [`src/${folder}.ts`], rules: toImportRules(folder, 0) }]
    : Array.from({ length: MAX_DEPTH - depth }, (_, below) => ({
        files: [`src/${folder}${'/*'.repeat(below + 1)}.ts`],
        rules: toImportRules(folder, depth + below)
      }))
})

module.exports = tseslint.config(
  { ignores: ['dist/', 'coverage/', 'test/package/consumer/', 'bench/.peer/'] },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreVoidReturningFunctions: true }],
      eqeqeq: 'error',
      'no-console': 'error'
    }
  },
  {
    files: ['bench/**/*.js', 'bench/**/*.mjs', 'scripts/*.mjs', 'test/package/*.mjs'],
    extends: [tseslint.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: 'error'
    }
  },
  ...importRules
)
