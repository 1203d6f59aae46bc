import { createRequire } from 'node:module'
import { importOptional } from '../../src/queue/optional-peer'
import { rejectionOf } from '../support/sandboxed'

const MISSING = 'a-package-that-is-not-there'

const SENTENCE = `The queue needs ${MISSING}, which is not installed: run "npm install bullmq ioredis pino prom-client".`

/** An error with a code, as Node throws it. */
const errorOf = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('importOptional', () => {
  it('returns the module', async () => {
    const found = { Queue: () => undefined }
    expect(await importOptional('bullmq', () => Promise.resolve(found))).toBe(found)
  })

  it.each([
    [
      'imported',
      errorOf(
        'ERR_MODULE_NOT_FOUND',
        `Cannot find package '${MISSING}' imported from /app/dist/queue/redis.js`
      )
    ],
    [
      'required',
      errorOf(
        'MODULE_NOT_FOUND',
        `Cannot find module '${MISSING}'\nRequire stack:\n- /app/dist/queue/redis.js`
      )
    ]
  ])('says what to install if a package that is %s is missing', async (_how, cause) => {
    const error = await rejectionOf(importOptional(MISSING, () => Promise.reject(cause)))
    expect(error.message).toBe(SENTENCE)
    expect(error.cause).toBe(cause)
  })

  it("recognizes this Node's error of a missing package", async () => {
    const requireHere = createRequire(__filename)
    const importIt = () => Promise.resolve().then(() => requireHere(MISSING) as unknown)
    expect((await rejectionOf(importOptional(MISSING, importIt))).message).toBe(SENTENCE)
  })

  it.each([
    ['lacks a dependency', errorOf('MODULE_NOT_FOUND', "Cannot find module 'msgpackr'")],
    [
      'lacks a dependency that contains its name',
      errorOf('MODULE_NOT_FOUND', `Cannot find module '${MISSING}-2'`)
    ],
    ['is broken', new SyntaxError(`Unexpected token in '${MISSING}'`)],
    ['throws', errorOf('EACCES', `permission denied, open '${MISSING}'`)]
  ])('rethrows the error of a package that %s', async (_how, cause) => {
    expect(await rejectionOf(importOptional(MISSING, () => Promise.reject(cause)))).toBe(cause)
  })
})
