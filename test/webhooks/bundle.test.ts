import { execFile, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createContext, Script } from 'node:vm'
import { buildSync, type Format } from 'esbuild'

/** The built entry: one file for `import` within bundles, and one for `require` and `import` on Node. */
const BUILT = {
  esm: join(__dirname, '../../dist/esm/webhooks/index.mjs'),
  cjs: join(__dirname, '../../dist/webhooks/index.js')
}

/** Minifies a built file, with what it imports, as a shop's bundler does. */
const minify = (file: string, format: Format) => {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format,
    globalName: format === 'iife' ? 'webhooks' : undefined,
    platform: 'neutral',
    target: 'es2022'
  })
  return { text: outputFiles[0]?.text ?? '', files: Object.keys(metafile.inputs) }
}

/** Tries every function of the entry, `webhooks` in its scope, and gives what came of it. */
const TRIAL = `(async () => {
  const secretKey = 'fb_secret_5f0c1e7a'
  const post = async (value) => {
    const body = JSON.stringify(value)
    const headers = { 'x-friendbuy-hmac-sha256': await webhooks.signWebhook(body, secretKey) }
    return new Request('https://shop.example/hook', { method: 'POST', body, headers })
  }
  const keys = []
  const once = (key, work) => (keys.push(key), work())
  const onError = () => {}
  const webhook = webhooks.createWebhookHandler({ secretKey, onError, once, on: { loyaltyReward: () => {} } })
  const validation = webhooks.createRewardValidationHandler({ secretKey, onError, isValid: () => false })
  const authorization = webhooks.createEmailAuthorizationHandler({ secretKey, onError, allowed: ([first]) => [first] })
  const reward = { id: 'w-1', type: 'loyaltyReward', data: [{ rewardId: 'ë-1' }] }
  const unsigned = new Request('https://shop.example/hook', { method: 'POST', body: '{}' })
  const tooLarge = new Request('https://shop.example/hook', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })
  const auth = await webhooks.createCustomerAuth(
    { email: 'test@example.com', customerId: '</script>', at: new Date(1591984724000) }, secretKey)
  const signature = await webhooks.signWebhook('{"a":1}', secretKey)
  return {
    statuses: [
      (await webhook(await post(reward))).status,
      (await webhook(unsigned)).status,
      (await webhook(tooLarge)).status,
      (await webhook(await post({}))).status,
      (await validation(await post({ eventType: 'sign_up', event: {} }))).status
    ],
    allowed: await (await authorization(await post({ data: ['a@x.com', 'b@x.com'] }))).json(),
    keys,
    auth: auth.signature,
    script: webhooks.toInlineScript(auth).includes('<'),
    genuine: await webhooks.isGenuineVisitorStatus({ payload: { a: 1 }, signature }, secretKey),
    error: await webhooks.verifyWebhook({ body: '', headers: {} }, secretKey).catch((error) => error.code)
  }
})()`

const RESULT = {
  statuses: [200, 401, 413, 422, 400],
  allowed: ['a@x.com'],
  keys: ['["loyaltyReward","ë-1"]'],
  auth: createHmac('sha256', 'fb_secret_5f0c1e7a')
    .update('1591984724:test@example.com:</script>')
    .digest('hex'),
  script: false,
  genuine: true,
  error: 'no_signature'
}

/** Serves the entry on node:http, with the body unread and with one that was parsed, and gives the statuses. */
const LISTEN = `import { createServer } from 'node:http'
const listen = async () => {
  const handle = webhooks.createWebhookHandler({ secretKey: 'k', onError: () => {}, on: {} })
  const listener = webhooks.toNodeListener(handle)
  const server = createServer((request, response) => {
    if (request.url === '/unread') return listener(request, response)
    request.resume().on('end', () => listener(Object.assign(request, { body: {} }), response))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const body = JSON.stringify({ type: 'receipt', data: [] })
  const headers = { 'x-friendbuy-hmac-sha256': await webhooks.signWebhook(body, 'k') }
  const statuses = []
  for (const path of ['/unread', '/parsed']) {
    const url = 'http://127.0.0.1:' + server.address().port + path
    statuses.push((await fetch(url, { method: 'POST', body, headers })).status)
  }
  return statuses
}`

const ALL_RUNTIMES = [
  { name: 'Node', command: process.execPath, args: [] },
  { name: 'Bun', command: 'bun', args: [] },
  { name: 'Deno', command: 'deno', args: ['run', '--allow-net'] }
]
const isThere = ({ command }: { command: string }) => spawnSync(command, ['--version']).status === 0
const RUNTIMES = ALL_RUNTIMES.filter(isThere)
const MISSING = ALL_RUNTIMES.filter((runtime) => !RUNTIMES.includes(runtime)).map(({ name }) => name)

/** The globals of Workers that the entry may use. */
const GLOBALS = {
  atob,
  btoa,
  crypto,
  Headers,
  ReadableStream,
  Request,
  Response,
  TextDecoder,
  TextEncoder
}

beforeAll(() => {
  if (!existsSync(BUILT.esm)) throw new Error('Build first: npm run build')
})

describe('The built entry', () => {
  it.each(Object.entries(BUILT))('is one file that imports nothing: %s', (_format, file) => {
    expect(minify(file, 'esm').files).toHaveLength(1)
    expect(readFileSync(file, 'utf8')).not.toMatch(/^import\b|\brequire\(|\bimport\(/m)
  })

  it('is below 10 kB minified', () => {
    expect(Buffer.byteLength(minify(BUILT.esm, 'esm').text)).toBeLessThan(10_000)
  })

  it('runs without Node and without eval, as on Workers', async () => {
    const context = createContext({ ...GLOBALS }, { codeGeneration: { strings: false, wasm: false } })
    new Script(minify(BUILT.esm, 'iife').text).runInContext(context)
    const run = new Script(TRIAL).runInContext(context) as Promise<unknown>
    expect(JSON.parse(JSON.stringify(await run))).toEqual(RESULT)
    expect(new Script('typeof process + typeof Buffer + typeof require').runInContext(context)).toBe(
      'undefined'.repeat(3)
    )
  })

  describe('as the same file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'friendbuy-webhooks-'))
    const file = join(folder, 'trial.mjs')
    beforeAll(() => {
      copyFileSync(BUILT.esm, join(folder, 'webhooks.mjs'))
      writeFileSync(
        file,
        `import * as webhooks from './webhooks.mjs'\n${LISTEN}\nconst result = await ${TRIAL}\n` +
          'console.log(JSON.stringify({ ...result, listened: await listen() }))\nprocess.exit()\n'
      )
    })
    afterAll(() => {
      rmSync(folder, { recursive: true })
    })

    it.each(RUNTIMES)('runs on $name', async ({ command, args }) => {
      const { stdout } = await promisify(execFile)(command, [...args, file])
      expect(JSON.parse(stdout)).toEqual({ ...RESULT, listened: [200, 500] })
    })

    if (MISSING.length > 0) {
      it.skip(`runs on ${MISSING.join(' and ')}, which this machine lacks: run "npm run test:runtimes"`, () =>
        undefined)
    }
  })
})
