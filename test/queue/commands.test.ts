import { chmod, copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { nanoid } from 'nanoid'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { openQueue } from '../../src/queue'
import { newSettings, noteOutput } from '../support/credentials'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'
import { runCli, startCli } from '../support/run-cli'
import { merchantOfSettings, taken } from '../support/sandboxed'

const EXAMPLES = 'examples/mistakes.ndjson'

let redis: TestRedis
let folder: string
beforeAll(async () => {
  redis = await startRedis()
  folder = await mkdtemp(join(tmpdir(), 'friendbuy-commands-'))
})
afterAll(async () => {
  noteOutput(await redis.dump())
  await redis.remove()
  await rm(folder, { recursive: true })
})

let sandbox: Sandbox
let queue: string[]
beforeEach(async () => {
  sandbox = await startSandbox()
  queue = ['--queue', nanoid()]
})
afterEach(() => sandbox.close())

const run = (...args: string[]) => runCli([...args, ...queue], { env: { REDIS_URL: redis.url } })

const write = async (name: string, value: unknown) => {
  const path = join(folder, name)
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o600 })
  return path
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** A worker of the command line. */
const startWorker = (args: string[], env: Record<string, string> = {}) => {
  const child = startCli(['worker', '--mapi-url', sandbox.url, ...queue, ...args], {
    REDIS_URL: redis.url,
    ...env
  })
  let stdout = ''
  child.stdout?.on('data', (text: string) => (stdout += text))
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const log = () => linesOf(stdout)
  return {
    child,
    log,
    text: () => stdout,
    isUp: () => eventually(() => stdout.includes('worker_started')),
    stop: (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal)
      return closed
    }
  }
}

const credentialsOf = ({ authKey, authSecret }: ReturnType<typeof newSettings>) => ({
  FRIENDBUY_MAPI_KEY: authKey,
  FRIENDBUY_MAPI_SECRET: authSecret
})

describe('The commands of the queue', () => {
  it('take the example events from a file to Friendbuy', async () => {
    const enqueued = await run('enqueue', EXAMPLES, '--yes')
    expect(enqueued).toEqual({
      code: 1,
      stdout: '10 enqueued, 2 invalid\n',
      stderr: expect.stringMatching(
        /^examples\/mistakes\.ndjson:3 is dated 2026-03-02, .*\nexamples\/mistakes\.ndjson:10: .*\nexamples\/mistakes\.ndjson:11: .*\n$/
      ) as string
    })
    expect((await run('queue', 'status')).stdout).toMatch(
      /^10 waiting, the oldest enqueued \d+ s ago\n0 in flight\n0 delayed, .*\n0 failed\n$/
    )
    const settings = newSettings()
    const worker = startWorker(['--custom-event', 'Downloaded', '--port', '0'], credentialsOf(settings))
    await worker.isUp()
    await eventually(() => taken(sandbox).length === 6)
    const port = String(worker.log().find(({ event }) => event === 'worker_started')?.port)
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, await response.text()] as const
    }
    expect(await ask('/healthz')).toEqual([200, 'ok\n'])
    expect(await ask('/readyz')).toEqual([200, 'ready\n'])
    expect((await ask('/metrics'))[1]).toContain(
      'friendbuy_calls_total{action="trackPurchase",status="201"} 3'
    )
    expect((await ask('/else'))[0]).toBe(404)
    await eventually(async () => (await run('queue', 'status')).stdout.endsWith('\n2 failed\n'))
    expect(await worker.stop()).toBe(0)
    expect(new Set(taken(sandbox).map(({ merchant }) => merchant))).toEqual(
      new Set([merchantOfSettings(settings)])
    )
    expect(worker.log().at(-1)).toMatchObject({ event: 'worker_stopped', isFinished: true })

    const status = linesOf((await run('queue', 'status', '--json')).stdout)
    expect(status).toEqual([
      {
        waiting: 0,
        active: 0,
        delayed: 0,
        failed: 2,
        oldestMs: 0,
        oldestDelayedMs: 0,
        isPaused: false,
        risks: []
      }
    ])
    const listed = (await run('queue', 'failed', '--reason', 'orderId')).stdout
    expect(listed).toMatch(
      /^\S+ {2}\S+Z {2}default {2}Order Completed\n {8}Track Purchase: .*'orderId'\.\n1 failed\n$/
    )
    const failed = linesOf((await run('queue', 'failed', '--json')).stdout)
    expect(failed.map(({ merchant, status }) => [merchant, status])).toEqual([
      ['default', 400],
      ['default', 400]
    ])
    expect(await run('queue', 'retry')).toMatchObject({
      code: 2,
      stderr: 'Select the events to retry: pass --all, --reason, --merchant, --status or --id.\n'
    })
    expect((await run('queue', 'retry', '--reason', 'orderId')).stdout).toBe('1 put back into the queue\n')
    expect((await run('queue', 'retry', '--all')).stdout).toBe('1 put back into the queue\n')
    const exported = join(folder, 'exported.ndjson')
    expect((await run('queue', 'export', exported)).stdout).toBe('2 exported\n')
    expect(linesOf(await readFile(exported, 'utf8'))).toMatchObject([
      { merchant: 'default', error: 'exported from the queue' },
      { merchant: 'default', error: 'exported from the queue' }
    ])
    expect((await run('queue', 'export', exported)).stderr).toContain('is not empty')
    expect((await run('enqueue', exported, '--yes')).stdout).toBe('2 enqueued\n')
    expect(await run('queue', 'resume')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('say what a worker works on, and log the level that is asked for', async () => {
    const path = await write('two.json', {
      'shop-1': { settings: newSettings() },
      'shop-2': { settings: newSettings() }
    })
    const worker = startWorker(['--merchants', path, '--log-level', 'debug'])
    await worker.isUp()
    const { port } = redis
    expect(worker.log().at(-1)).toMatchObject({
      event: 'worker_started',
      queue: queue[1],
      redis: `127.0.0.1:${port}`,
      mapi: sandbox.url,
      merchants: 2,
      concurrency: 32
    })
    const event = { type: 'identify', userId: 'c-1', traits: { email: 'c@example.com' } }
    await run('enqueue', await write('identify.ndjson', event), '--merchant', 'shop-1')
    await eventually(() => worker.log().some(({ event }) => event === 'event_delivered'))
    expect(await worker.stop()).toBe(0)

    const quiet = startWorker(['--merchants', path], { LOG_LEVEL: 'warn' })
    await run(
      'enqueue',
      await write('lost.ndjson', { type: 'identify', userId: 'c' }),
      '--merchant',
      'shop-9'
    )
    await eventually(() => quiet.child.exitCode !== null || quiet.text().includes('event_failed'))
    expect(await quiet.stop()).toBe(0)
    expect(quiet.log().map(({ event }) => event)).toEqual(['event_failed'])
  })

  it('enqueue old events only if they are asked to', async () => {
    const old = { type: 'track', event: 'Order Completed', messageId: 'm-1', timestamp: '2020-02-02' }
    const updated = { type: 'identify', messageId: 'm-2', timestamp: '2020-02-02' }
    const path = await write('old.ndjson', [updated, old].map((event) => JSON.stringify(event)).join('\n'))
    const { code, stdout, stderr } = await run('enqueue', path)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /old\.ndjson:2 is dated 2020-02-02, but events have no timestamp in MAPI: .*\n.*Add --yes if you are sure\.\n$/
    )
    expect((await run('enqueue', path, '--yes')).stdout).toBe('2 enqueued\n')
    expect((await run('enqueue', await write('updated.ndjson', updated))).stdout).toBe(
      '0 enqueued, 1 duplicate\n'
    )
  })

  it('break the queue down by merchant and reason', async () => {
    const invalid = { type: 'track', event: 'Order Completed', properties: { total: 1, currency: 'USD' } }
    await run('enqueue', await write('many.ndjson', `${JSON.stringify(invalid)}\n`.repeat(120)))
    const unknown = { type: 'identify', userId: 'c-1' }
    await run('enqueue', await write('other.ndjson', unknown), '--merchant', 'shop-9')
    const worker = startWorker([], credentialsOf(newSettings()))
    const admin = await openQueue({ redis: redis.url, queue: queue[1] })
    await eventually(async () => (await admin.status()).failed === 121)
    await admin.close()
    expect(await worker.stop()).toBe(0)

    const reason = /Track Purchase: .*'orderId'\./
    const [status, counted, failed, json, listed, two, three] = await Promise.all(
      [
        'queue status --by merchant,reason',
        'queue status --by merchant --json',
        'queue failed --by merchant --limit 1',
        'queue failed --by reason --merchant shop-9 --json',
        'queue failed',
        'queue failed --limit 2',
        'queue failed --limit 3 --json'
      ].map(async (command) => (await run(...command.split(' '))).stdout.trim().split('\n'))
    )
    expect(status?.slice(3)).toEqual([
      '121 failed',
      '',
      'events  state   merchant  reason',
      expect.stringMatching(new RegExp(`^120     failed  default   ${reason.source}$`)),
      '1       failed  shop-9    unknown merchant'
    ])
    expect(JSON.parse(counted?.join('') ?? '')).toMatchObject({
      failed: 121,
      others: 0,
      groups: [{ merchant: 'default' }, { merchant: 'shop-9' }]
    })
    expect(failed).toEqual([
      '121 failed',
      '',
      'events  state   merchant  reason',
      '120     failed  default   -',
      '1 events in other groups: pass --limit for more'
    ])
    expect(JSON.parse(json?.join('') ?? '')).toEqual({
      groups: [{ state: 'failed', reason: 'unknown merchant', events: 1 }],
      others: 0
    })
    expect(listed).toHaveLength(201)
    expect(listed?.at(-1)).toMatch(/^100 shown: pass --limit for more/)
    expect(two).toHaveLength(5)
    expect(three).toHaveLength(3)
  })

  it('serve many merchants, and one that is added while the worker runs', async () => {
    const [one, two] = [newSettings(), newSettings()]
    const merchants: Record<string, object> = { 'shop-1': { settings: one } }
    const path = await write('merchants.json', merchants)
    const event = (orderId: string) => ({
      type: 'track',
      event: 'Order Completed',
      messageId: orderId,
      properties: { order_id: orderId, total: 1, currency: 'USD' }
    })
    const input = await write('one.ndjson', event('o-1'))
    await run('enqueue', input, '--merchant', 'shop-1')
    const worker = startWorker(['--merchants', path])
    await eventually(() => taken(sandbox).length === 1)
    await write('next.json', { ...merchants, 'shop-2': { settings: two } })
    await copyFile(join(folder, 'next.json'), path)
    // The lines of a failed file name their merchants.
    const failed = await write('two.ndjson', { event: event('o-2'), error: 'it failed', merchant: 'shop-2' })
    await eventually(async () => {
      await run('enqueue', failed, '--merchant', 'shop-1')
      await run('queue', 'retry', '--all')
      return taken(sandbox).length === 2
    })
    expect(taken(sandbox).map(({ merchant }) => merchant)).toEqual([one, two].map(merchantOfSettings))
    expect(await worker.stop('SIGINT')).toBe(0)
    expect(worker.log().map(({ event }) => event)).toContain('merchants_file_reloaded')
  })

  it('use changed credentials for each event of a burst', async () => {
    const others = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`other-${index}`, { settings: newSettings() }])
    )
    const [before, after] = [newSettings(), newSettings()]
    const path = await write('burst.json', { ...others, shop: { settings: before } })
    const worker = startWorker(['--merchants', path, '--concurrency', '20'])
    await worker.isUp()
    const burst = async (prefix: string) => {
      const lines = Array.from({ length: 30 }, (_, index) =>
        JSON.stringify({
          type: 'identify',
          messageId: `${prefix}-${index}`,
          userId: `${prefix}-${index}`,
          traits: { email: 'c@example.com' }
        })
      )
      const input = await write('burst.ndjson', `${lines.join('\n')}\n`)
      await run('enqueue', input, '--merchant', 'shop')
    }
    await burst('first')
    await eventually(() => taken(sandbox).length === 30)
    await rename(await write('changed.json', { ...others, shop: { settings: after } }), path)
    // Changes take effect within a second.
    await delay(1000)
    await burst('second')
    await eventually(() => taken(sandbox).length === 60)
    expect(await worker.stop()).toBe(0)
    const merchants = taken(sandbox).map(({ merchant }) => merchant)
    expect(merchants.slice(0, 30)).toEqual(Array(30).fill(merchantOfSettings(before)))
    expect(merchants.slice(30)).toEqual(Array(30).fill(merchantOfSettings(after)))
  })

  it('reject invalid arguments at once, and show no password', async () => {
    const merchants = await write('open.json', {})
    await chmod(merchants, 0o644)
    const wrong: [string[], RegExp][] = [
      [['worker'], /^Missing credentials: set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET/],
      [['worker', '--merchants', merchants], /can be read by others: run "chmod 600/],
      [['worker', '--merchants', merchants, '--settings', 'x'], /cannot be used with/],
      [['worker', '--rate', 'fast'], /Expected an integer of at least 0/],
      [['worker', '--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
      [['queue', 'status', '--by', 'merchants'], /Expected "merchant", "reason" or "merchant,reason"/],
      [
        ['enqueue', EXAMPLES, '--redis', 'redis://:a-password@127.0.0.1'],
        /^Other users can see the arguments/
      ],
      [['enqueue', EXAMPLES, '--redis', 'redis://127.0.0.1:1'], /^Cannot reach Redis: connect ECONNREFUSED/],
      [['queue', 'status', '--redis', 'localhost'], /^Invalid Redis address/]
    ]
    await Promise.all(
      wrong.map(async ([args, message]) => {
        const { code, stderr } = await run(...args)
        expect([args, stderr]).toEqual([args, expect.stringMatching(message)])
        expect([args, code]).toEqual([args, 2])
        expect(stderr).not.toContain('a-password')
      })
    )
  })

  it('stop a worker without events in flight at once while Redis is away', async () => {
    const own = await startRedis()
    try {
      const worker = startWorker(['--redis', own.url], credentialsOf(newSettings()))
      await worker.isUp()
      await own.kill()
      await eventually(() => worker.log().some(({ event }) => event === 'redis_disconnected'))
      expect(await worker.stop()).toBe(0)
    } finally {
      await own.remove()
    }
  })

  it('stop a worker that cannot finish in time with exit code 1, and lose nothing', async () => {
    sandbox.injectFault({ latencyMs: 5000 })
    const input = await write('slow.ndjson', {
      type: 'identify',
      messageId: 'm-1',
      userId: 'c-1',
      traits: { email: 'a@example.com' }
    })
    await run('enqueue', input)
    const worker = startWorker(['--stop-within', '0'], credentialsOf(newSettings()))
    await worker.isUp()
    await eventually(async () => (await run('queue', 'status')).stdout.includes('1 in flight'))
    expect(await worker.stop()).toBe(1)
    expect((await run('queue', 'status')).stdout).toContain('1 in flight')
  })
})
