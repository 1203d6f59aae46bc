/* Prints the names that `import` and `require` of an entry give, and the files that `require` loads. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const [, , entry] = process.argv

// The hosts of the destination have loaded it already.
if (entry === 'actions-friendbuy-cloud') require('@segment/actions-core')
const before = new Set(Object.keys(require.cache))
const required = Object.keys(require(entry))
const files = Object.keys(require.cache).filter((file) => !before.has(file))
const imported = Object.keys(await import(entry))

// Node adds these to the names of a CommonJS module.
const own = imported.filter((name) => name !== 'default' && name !== 'module.exports')
console.log(JSON.stringify({ required: required.filter((name) => name !== 'default'), imported: own, files }))
