/* The lint rules, as ESLint's flat config; `npm run lint` names this file. */
const tseslint = require('typescript-eslint')

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
    files: ['bench/**/*.js', 'bench/**/*.mjs'],
    extends: [tseslint.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: 'error'
    }
  },
  {
    // What a plugin host loads stays small: no got, no nanoid, no TypeBox at run time, nothing of the other rooms.
    files: [
      'src/index.ts',
      'src/destination.ts',
      'src/settings.ts',
      'src/subscriptions.ts',
      'src/preview.ts',
      'src/in-process-host.ts',
      'src/actions/**',
      'src/fields/**',
      'src/mapi/**'
    ],
    ignores: ['src/mapi/index.ts', 'src/mapi/{got,undici}-transport.ts', 'src/mapi/contract.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['got', 'nanoid', 'commander', 'undici', 'bullmq', 'ioredis', 'pino', 'prom-client'],
          patterns: [
            { regex: '/contract$|^@sinclair/', allowTypeImports: true },
            {
              regex:
                '/(cli|pipeline|sandbox|worker|(got|undici)-transport|mapi(/index)?)$|/(cli|pipeline|sandbox|worker)/'
            }
          ]
        }
      ]
    }
  },
  {
    files: ['src/mapi/**', 'src/fields/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'ImportDeclaration[source.value=/[.][.][/](actions|destination|settings|index|pipeline|worker|cli)/]',
          message:
            'Imports run one way: cli → worker → pipeline → index → destination → actions → fields, mapi.'
        }
      ]
    }
  }
)
