import { configOf } from './config-of.mjs'

/** From a payload to a body. */
export default configOf(
  'bodies',
  ['src/cloud/**/*.ts', 'src/fields/**/*.ts'],
  ['{cloud,fields,cases}/**/*.test.ts', 'hosts/two-copies.test.ts', 'docs/reference.test.ts', 'index.test.ts']
)
