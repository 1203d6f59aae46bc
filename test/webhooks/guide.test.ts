import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { runCli, startCli } from '../support/run-cli'
import { eventually } from '../support/eventually'
import { startPostgres, type TestPostgres } from '../support/postgres'
import { ADVOCATE_REWARD, EMAIL_AUTHORIZATION, SECRET_KEY, toSigned, VALIDATION } from './bodies'

const ROOT = join(__dirname, '../..')
const guide = readFileSync(join(ROOT, 'docs/guides/webhooks.md'), 'utf8')

/** Blocks of code of the guide, by language. */
const blocks = [...guide.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code
}))
const blocksOf = (language: string) =>
  blocks.filter((block) => block.language === language).map(({ code }) => code)

/** Files of the guide, by the name in their first line. */
const files = new Map(
  blocksOf('js').map((code) => [/^\/\/ (\S+)\n/.exec(code)?.[1] ?? 'without a name', code])
)

/** Commands of the guide, one a line. */
const commands = blocksOf('sh').flatMap((block) => block.trim().split('\n'))

interface Command {
  args: string[]
  env: Record<string, string>
}

/** Splits a command into its variables and the arguments of the command line, with its files in this project. */
const toCommand = (command: string): Command => {
  const words = command.split(' ')
  const start = words.indexOf('npx')
  return {
    env: Object.fromEntries(words.slice(0, start).map((word) => word.split('='))) as Record<string, string>,
    args: words.slice(start + 2).map((word) => word.replace(/^examples\//, `${ROOT}/examples/`))
  }
}

/** Modules that a shop has, and some that only tests have. */
const SHOP = {
  'package.json': '{"type":"module"}',
  'orders.js':
    "export const findOrder = (id) => ({ 'order-66': { status: 'paid' }, 'order-67': { status: 'returned' } })[id]",
  'opt-outs.js': "export const findOptOuts = () => ['blocked.friend@example.com']",
  'node-http.js': `
    import http from 'node:http'
    import { toNodeListener } from 'actions-friendbuy-cloud/webhooks'
    import { handleWebhook } from './friendbuy.js'
    http.createServer(toNodeListener(handleWebhook)).listen(process.env.PORT)`,
  'express-wrong-order.js': `
    import express from 'express'
    import { toNodeListener } from 'actions-friendbuy-cloud/webhooks'
    import { handleWebhook } from './friendbuy.js'
    express().use(express.json({ type: '*/*' })).post('/hook', toNodeListener(handleWebhook)).listen(process.env.PORT)`,
  'hono-callbacks.js': `
    import { serve } from '@hono/node-server'
    import { Hono } from 'hono'
    import { handleValidation } from './validation.js'
    import { handleEmailAuthorization } from './email-authorization.js'
    const app = new Hono()
    app.post('/validation', (context) => handleValidation(context.req.raw))
    app.post('/emails', (context) => handleEmailAuthorization(context.req.raw))
    serve({ fetch: app.fetch, port: Number(process.env.PORT) })`,
  'crash.js': `
    import { createServer } from 'node:http'
    import { createWebhookHandler, toNodeListener } from 'actions-friendbuy-cloud/webhooks'
    import { once } from './once.js'
    const handle = createWebhookHandler({
      secretKey: process.env.FRIENDBUY_SECRET_KEY,
      on: {
        advocateReward: async (reward, webhook, { transaction }) => {
          await transaction.query('UPDATE customers SET credit = credit + 25')
          process.kill(process.pid, 'SIGKILL')
          await new Promise(() => setInterval(() => {}, 1000))
        }
      },
      once
    })
    createServer(toNodeListener(handle)).listen(process.env.PORT)`,
  'swallowed.js': `
    import { createServer } from 'node:http'
    import { createWebhookHandler, toNodeListener } from 'actions-friendbuy-cloud/webhooks'
    import { once } from './once.js'
    const handle = createWebhookHandler({
      secretKey: process.env.FRIENDBUY_SECRET_KEY,
      on: {
        advocateReward: async (reward, webhook, { transaction }) => {
          await transaction.query('UPDATE customers SET credit = credit + 25')
          await transaction.query('SELECT no_such_column').catch(() => {})
        }
      },
      once
    })
    createServer(toNodeListener(handle)).listen(process.env.PORT)`
}

let postgres: TestPostgres
let database: pg.Client
let folder: string
const running: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'friendbuy-guide-'))
  for (const [name, code] of [...files, ...Object.entries(SHOP)]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['express', 'fastify', 'hono', '@hono', 'pg']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  symlinkSync(ROOT, join(folder, 'node_modules', 'actions-friendbuy-cloud'))
  postgres = await startPostgres()
  database = new pg.Client({ connectionString: postgres.url })
  // The server ends first where a test fails.
  database.on('error', () => undefined)
  await database.connect()
  await database.query(blocksOf('sql')[0] ?? '')
  await database.query('CREATE TABLE customers (id text PRIMARY KEY, credit numeric NOT NULL)')
})

beforeEach(async () => {
  await database.query('TRUNCATE friendbuy_webhooks, customers')
  await database.query("INSERT INTO customers VALUES ('asd123-abcfasdf', 0)")
})

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})

afterAll(async () => {
  await database.end()
  await postgres.remove()
  rmSync(folder, { recursive: true })
})

const environment = () => ({
  PATH: process.env.PATH,
  FRIENDBUY_SECRET_KEY: SECRET_KEY,
  DATABASE_URL: postgres.url
})

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a file of the guide, and resolves once it listens. */
const start = async (name: string) => {
  const port = await freePort()
  const child = spawn(process.execPath, [name], {
    cwd: folder,
    env: { ...environment(), PORT: String(port) }
  })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: string) => (output += text))
  const url = `http://localhost:${port}`
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(output)
    return fetch(url).then(
      () => true,
      () => false
    )
  })
  return { child, url, output: () => output }
}

/** Starts a command of the guide that runs until it is interrupted. */
const startInBackground = ({ args, env }: Command = { args: [], env: {} }, ...more: string[]) => {
  const child = startCli([...args, ...more], env)
  running.push(child)
  let output = ''
  child.stdout?.on('data', (text: string) => (output += text))
  return { stdout: () => output }
}

/** Evaluates an expression in a module of the guide's folder, and gives its JSON. */
const evaluate = async (code: string): Promise<unknown> => {
  const child = spawn(process.execPath, ['--input-type=module'], { cwd: folder, env: environment() })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: string) => (output += text))
  child.stdin.end(code)
  await once(child, 'close')
  try {
    return JSON.parse(output) as unknown
  } catch {
    throw new Error(output)
  }
}

const post = async (url: string, body: unknown, secretKey = SECRET_KEY) =>
  fetch(url, { method: 'POST', ...(await toSigned(body, secretKey)) })

const credit = async () => {
  const { rows } = await database.query<{ credit: string }>('SELECT credit FROM customers')
  return rows.map((row) => Number(row.credit))
}

const keys = async () =>
  (await database.query<{ key: string }>('SELECT key FROM friendbuy_webhooks ORDER BY key')).rows.map(
    ({ key }) => key
  )

describe('The guide to webhooks', () => {
  it('has no file that no test runs', () => {
    expect([...files.keys()]).toEqual([
      'friendbuy.js',
      'once.js',
      'express.js',
      'fastify.js',
      'hono.js',
      'app/hook/route.js',
      'worker.js',
      'validation.js',
      'email-authorization.js',
      'account-page.js',
      'test.js'
    ])
    expect(blocksOf('sql')).toHaveLength(2)
    // The rest run below; test/cli/commands/listen.test.ts runs this one.
    expect(commands.slice(4, -1)).toEqual([
      'npx actions-friendbuy-cloud listen --secret-env FRIENDBUY_SECRET_KEY --forward http://localhost:3000/hook'
    ])
    expect(blocks).toHaveLength(11 + 2 + 5 + 1)
  })

  it.each(['express.js', 'fastify.js', 'hono.js', 'node-http.js'])(
    'gives a reward once that comes twice at once, and again later: %s',
    async (name) => {
      const { url } = await start(name)
      const twice = await Promise.all([
        post(`${url}/hook`, ADVOCATE_REWARD),
        post(`${url}/hook`, ADVOCATE_REWARD)
      ])
      const again = await post(`${url}/hook`, { ...ADVOCATE_REWARD, id: 'another call' })
      expect([...twice, again].map(({ status }) => status)).toEqual([200, 200, 200])
      expect(await credit()).toEqual([25])
      expect((await post(`${url}/hook`, ADVOCATE_REWARD, 'another key')).status).toBe(401)
      expect((await post(`${url}/hook`, '{}')).status).toBe(422)
      expect((await post(`${url}/hook`, 'x'.repeat(1024 * 1024 + 1))).status).toBe(413)
    }
  )

  it('responds 500 in Express if the JSON parser comes first, and says what to change', async () => {
    const { url } = await start('express-wrong-order.js')
    const response = await post(`${url}/hook`, ADVOCATE_REWARD)
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('express.raw')])
    expect(await credit()).toEqual([0])
  })

  it('gives a reward once after a crash between work and commit', async () => {
    const crashed = await start('crash.js')
    await expect(post(`${crashed.url}/hook`, ADVOCATE_REWARD)).rejects.toThrow()
    await eventually(() => crashed.child.signalCode === 'SIGKILL')
    expect([await credit(), await keys()]).toEqual([[0], []])
    const { url } = await start('node-http.js')
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect(await credit()).toEqual([25])
  })

  it('responds 500 if a query failed in silence, since nothing was committed', async () => {
    const { url, output } = await start('swallowed.js')
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(500)
    expect(output()).toContain('rolled back')
    expect([await credit(), await keys()]).toEqual([[0], []])
  })

  it('responds 500 for a customer who does not exist, and gives the reward once there is one', async () => {
    await database.query('TRUNCATE customers')
    const { url, output } = await start('node-http.js')
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(500)
    await eventually(() => output().includes('no such customer'))
    await database.query("INSERT INTO customers VALUES ('asd123-abcfasdf', 0)")
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect(await credit()).toEqual([25])
  })

  it('removes the old keys of everything but rewards', async () => {
    const kept = ['["advocateReward","a"]', '["friendIncentive","a"]', '["loyaltyReward","a"]']
    for (const key of [...kept, '["emailCapture","a"]', '["receipt","a","advocateReward"]']) {
      await database.query("INSERT INTO friendbuy_webhooks VALUES ($1, now() - interval '3 days')", [key])
    }
    await database.query(`INSERT INTO friendbuy_webhooks VALUES ('["emailCapture","new"]')`)
    await database.query(blocksOf('sql')[1] ?? '')
    expect(await keys()).toEqual([...kept, '["emailCapture","new"]'].sort())
  })

  // test/package/next.test.ts runs it in Next itself.
  it('exports a route handler for Next', async () => {
    const { body, headers } = await toSigned(ADVOCATE_REWARD)
    const status = await evaluate(`
      import { POST } from './app/hook/route.js'
      const request = new Request('http://localhost/hook', { method: 'POST', ...${JSON.stringify({ body, headers })} })
      const { status } = await POST(request, { params: Promise.resolve({}) })
      console.log(status)
      process.exit()`)
    expect([status, await credit()]).toEqual([200, [25]])
  })

  it('queues rewards on Workers', async () => {
    const signed = JSON.stringify(await toSigned(ADVOCATE_REWARD))
    const sent = await evaluate(`
      import worker from './worker.js'
      const sent = []
      const env = { FRIENDBUY_SECRET_KEY: '${SECRET_KEY}', REWARDS: { send: async (message) => sent.push(message) } }
      const { status } = await worker.fetch(new Request('http://localhost', { method: 'POST', ...${signed} }), env)
      console.log(JSON.stringify({ status, sent }))`)
    const [reward] = ADVOCATE_REWARD.data
    expect(sent).toEqual({ status: 200, sent: [{ key: `["advocateReward","${reward?.rewardId}"]`, reward }] })
  })

  it('decides on rewards and emails in Hono', async () => {
    const { url } = await start('hono-callbacks.js')
    const ask = async (id: string, secretKey?: string) =>
      (await post(`${url}/validation`, { ...VALIDATION, event: { ...VALIDATION.event, id } }, secretKey))
        .status
    expect(await ask('order-66')).toBe(200)
    expect(await ask('order-67')).toBe(400)
    expect(await ask('order-68')).toBe(500)
    expect(await ask('order-67', 'another key')).toBe(401)
    const emails = await post(`${url}/emails`, EMAIL_AUTHORIZATION)
    expect(await emails.json()).toEqual(['Allowed.Friend@example.com'])
  })

  it('signs customers in', async () => {
    const page = await evaluate(`
      import { renderAccountPage } from './account-page.js'
      console.log(JSON.stringify(await renderAccountPage({ email: 'a@example.com', customerId: '</script>' })))`)
    expect(page).toMatch(
      /^<!doctype html><script>.*\["auth","\d+:a@example\.com:\\u003c\/script>","[0-9a-f]{64}"\]\);<\/script>$/
    )
  })

  it('shows how to test a handler', async () => {
    expect(await evaluate(`${files.get('test.js') ?? ''}\nconsole.log(status)\nprocess.exit()`)).toBe(200)
  })

  it('gives a command that tries a handler', async () => {
    const { url } = await start('node-http.js')
    await database.query("INSERT INTO customers VALUES ('example-advocate', 0)")
    const { args } = toCommand(commands.at(-1) ?? '')
    const { stdout } = await runCli(
      args.map((arg) => arg.replace('http://localhost:3000', url)),
      { env: { FRIENDBUY_SECRET_KEY: SECRET_KEY } }
    )
    expect(stdout).toMatch(/^(200 in \d+ ms: done\n){2}$/)
    expect((await credit()).sort()).toEqual([0, 10])
  })

  it('shows how an order at the sandbox becomes the reward that listen prints', async () => {
    const [listenPort, sandboxPort] = [await freePort(), await freePort()]
    const ownPorts = (text: string) =>
      text.replaceAll('8788', String(listenPort)).replaceAll('8787', String(sandboxPort))
    const [listen, sandbox, ...calls] = commands.slice(0, 4).map((command) => toCommand(ownPorts(command)))
    const listening = startInBackground(listen, '--port', String(listenPort))
    await eventually(() => listening.stdout().includes('Press Ctrl-C'))
    const serving = startInBackground(sandbox, '--port', String(sandboxPort))
    await eventually(() => serving.stdout().includes('Press Ctrl-C'))
    for (const { args, env } of calls) {
      const { code, stderr } = await runCli(args, { env })
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('rror')])
    }
    await eventually(() => listening.stdout().includes('friends'))
    const toComparable = (text: string) =>
      text
        .replace(/[\d-]{10}T[\d:.]{12}Z/g, 'TIME')
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    expect(toComparable(listening.stdout())).toContain(toComparable(blocksOf('')[0] ?? 'no output'))
    await eventually(() => /200 {2}advocateReward to \S+ {2}accepted\n/.test(serving.stdout()))
  })
})
