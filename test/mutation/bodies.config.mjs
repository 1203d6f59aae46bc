import { configOf } from './config-of.mjs'

/** From a payload to a body. */
export default configOf(
  'bodies',
  ['src/actions/**/*.ts', 'src/fields/**/*.ts'],
  [
    '{actions,fields,cases}/**/*.test.ts',
    'hosts/two-copies.test.ts',
    'readme-fields.test.ts',
    'destination.test.ts'
  ]
)
