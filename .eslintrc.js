/* The lint rules, as ESLint's flat config; `npm run lint` names this file. */
const tseslint = require('typescript-eslint')

/**
 * Rooms of src/, and the rooms that each may import. All may also import src/values.ts and src/messages.ts. A room's
 * files, type imports included, may import nothing else of src/; docs/architecture.md says what belongs where.
 */
const rooms = {
  fields: [],
  mapping: [],
  mapi: [],
  webhooks: [],
  events: [],
  cloud: ['fields', 'mapi'],
  web: ['fields', 'mapping', 'mapi/additional-properties'],
  sandbox: ['mapi', 'webhooks'],
  host: ['fields', 'mapping', 'mapi', 'events', 'cloud'],
  merchants: ['host'],
  backfill: ['events', 'host'],
  queue: ['events', 'host', 'merchants'],
  receiver: ['events', 'host', 'merchants', 'queue'],
  playground: ['host', 'sandbox', 'web']
}

/** Rooms that import not even the ground files: they are copied into other programs. */
const closedRooms = ['webhooks']

/** Packages that a host must not have to load with the destination, or a browser with the web destination. */
const heavyPackages =
  '^(got|undici|commander|nanoid|bullmq|ioredis|pino|prom-client|@sinclair/|picocolors|cli-)'

/** Files of src/mapi/ that a host does not load. */
const clientFiles = [
  'src/mapi/{index,create-client}.ts',
  'src/mapi/contract/**',
  'src/mapi/transports/{got,undici}.ts'
]

/** The packages that only these rooms load. */
const packagesOf = {
  fields: `${heavyPackages}|^node:`,
  mapping: `${heavyPackages}|^node:`,
  mapi: heavyPackages,
  webhooks: '^[^.]',
  cloud: heavyPackages,
  web: `${heavyPackages}|^node:`
}

const message = (room) =>
  `${room} imports ${['values', 'messages', ...rooms[room]].join(', ')} and nothing else.`

/** One block a room: a relative import must stay within the room, or lead to a room beside it. */
const roomRules = Object.keys(rooms).flatMap((room) => {
  const ground = closedRooms.includes(room) ? [] : ['values', 'messages']
  const allowed = [...ground, ...rooms[room].map((other) => (other.includes('/') ? other : `${other}/.*`))]
  const outside = { regex: `^(\\.\\./)+(?!(${allowed.join('|') || '$.'})$)(?=[^.])`, message: message(room) }
  const packages = packagesOf[room] && {
    regex: packagesOf[room],
    message: `${room} must not load this package.`,
    allowTypeImports: room !== 'webhooks'
  }
  const actionsCore = !['cloud', 'host'].includes(room) && {
    regex: '^@segment/actions-core',
    allowTypeImports: true,
    message: 'Only cloud and host load actions-core.'
  }
  const block = (files, ignores, patterns) => ({
    files,
    ignores,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: patterns.filter(Boolean) }] }
  })
  // Files in a folder of the room reach the room's own files by "../".
  return [
    block([`src/${room}/*.ts`], clientFiles, [outside, packages, actionsCore]),
    block([`src/${room}/*/*.ts`], clientFiles, [
      { ...outside, regex: outside.regex.replace('(\\.\\./)+', '(\\.\\./){2,}') },
      packages,
      actionsCore
    ]),
    ...(room === 'mapi'
      ? [
          block(['src/mapi/{index,create-client}.ts'], [], [outside, actionsCore]),
          block(
            ['src/mapi/contract/*.ts', 'src/mapi/transports/{got,undici}.ts'],
            [],
            [{ ...outside, regex: outside.regex.replace('(\\.\\./)+', '(\\.\\./){2,}') }, actionsCore]
          )
        ]
      : [])
  ]
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
  ...roomRules,
  {
    files: ['src/values.ts', 'src/messages.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^(?!\\./values$)', message: 'The ground floor imports nothing of the rooms.' }]
        }
      ]
    }
  }
)
