/** The main entry for ES modules, so that their default import is the destination too: the same code, not a copy. */
export * from './index.js'
export { destination as default } from './index.js'
