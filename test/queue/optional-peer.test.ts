import { createRequire } from 'node:module'
import { load } from '../../src/queue/optional-peer'
import { rejectionOf } from '../support/sandboxed'

const MISSING = 'a-package-that-is-not-there'

const SENTENCE = `The queue needs ${MISSING}, which is not installed: run "npm install bullmq ioredis pino prom-client".`

/** An error of Node's, which are no `Error` of this realm's within Jest. */
const errorOf = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('load', () => {
  it('gives what is imported', async () => {
    const found = { Queue: () => undefined }
    expect(await load('bullmq', () => Promise.resolve(found))).toBe(found)
  })

  it.each([
    [
      'imported',
      errorOf(
        'ERR_MODULE_NOT_FOUND',
        `Cannot find package '${MISSING}' imported from /app/dist/worker/redis.js`
      )
    ],
    [
      'required',
      errorOf(
        'MODULE_NOT_FOUND',
        `Cannot find module '${MISSING}'\nRequire stack:\n- /app/dist/worker/redis.js`
      )
    ]
  ])('says what to install where a package that is %s is missing', async (_how, cause) => {
    const error = await rejectionOf(load(MISSING, () => Promise.reject(cause)))
    expect(error.message).toBe(SENTENCE)
    expect(error.cause).toBe(cause)
  })

  it('knows how this Node says that a package is missing', async () => {
    const requireHere = createRequire(__filename)
    const importIt = () => Promise.resolve().then(() => requireHere(MISSING) as unknown)
    expect((await rejectionOf(load(MISSING, importIt))).message).toBe(SENTENCE)
  })

  it.each([
    ['lacks one of its own', errorOf('MODULE_NOT_FOUND', "Cannot find module 'msgpackr'")],
    [
      'lacks one of its own that has its name in it',
      errorOf('MODULE_NOT_FOUND', `Cannot find module '${MISSING}-2'`)
    ],
    ['is broken', new SyntaxError(`Unexpected token in '${MISSING}'`)],
    ['throws', errorOf('EACCES', `permission denied, open '${MISSING}'`)]
  ])('throws what a package throws that %s', async (_how, cause) => {
    expect(await rejectionOf(load(MISSING, () => Promise.reject(cause)))).toBe(cause)
  })
})
