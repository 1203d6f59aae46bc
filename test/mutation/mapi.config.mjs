import { configOf } from './config-of.mjs'

/** From a body to MAPI and back. */
export default configOf(
  'mapi',
  ['src/mapi/**/*.ts'],
  ['mapi/**/*.test.ts', 'cloud/perform.test.ts', 'host/deliver.test.ts']
)
