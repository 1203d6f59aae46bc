import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import { nanoid } from 'nanoid'
import { Redis } from 'ioredis'
import type { Settings } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import {
  createProducer,
  createWorker,
  type FriendbuyWorker,
  openQueue,
  type Producer,
  type ProducerOptions,
  type QueueAdmin,
  type WorkerLogger,
  type WorkerOptions
} from '../../src/queue'
import { newSettings, noteOutput } from '../support/credentials'
import { eventually } from '../support/eventually'
import { SAFE, startRedis, type TestRedis } from '../support/redis'
import { runCli } from '../support/run-cli'
import { authorizations, merchantOfSettings, taken } from '../support/sandboxed'

const anOrder = (orderId: string, more: Partial<SegmentEvent> = {}): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `message-${orderId}`,
  userId: `customer-${orderId}`,
  properties: { order_id: orderId, total: 10, currency: 'USD' },
  ...more
})

const orders = (count: number, prefix = 'order') =>
  Array.from({ length: count }, (_, index) => anOrder(`${prefix}-${index}`))

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  noteOutput(await redis.dump())
  await redis.remove()
})

let sandbox: Sandbox
let queue: string
let merchants: Record<string, Settings>
let closing: (() => Promise<unknown>)[]
let lines: { level: string; message: string; details: object }[]

beforeEach(async () => {
  sandbox = await startSandbox()
  queue = nanoid()
  merchants = { 'shop-1': newSettings(), 'shop-2': newSettings() }
  closing = []
  lines = []
})
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  await sandbox.close()
})

const take = (level: string) => (details: object, message: string) => {
  noteOutput(`${message} ${JSON.stringify(details)}`)
  lines.push({ level, message, details })
}
const logger: WorkerLogger = {
  info: take('info'),
  warn: take('warn'),
  error: take('error')
}

const newProducer = async (options: ProducerOptions = {}): Promise<Producer> => {
  const producer = await createProducer({
    redis: redis.url,
    queue,
    logger,
    ...options
  })
  closing.push(producer.close)
  return producer
}

const newWorker = async (options: Partial<WorkerOptions> = {}): Promise<FriendbuyWorker> => {
  const worker = await createWorker({
    redis: redis.url,
    queue,
    mapiUrl: sandbox.url,
    logger,
    resolveMerchant: (id) => {
      const settings = merchants[id]
      return settings && { settings, customEvents: ['Downloaded'] }
    },
    ...options
  })
  closing.push(() => worker.close(0))
  return worker
}

const newAdmin = async (): Promise<QueueAdmin> => {
  const admin = await openQueue({ redis: redis.url, queue })
  closing.push(admin.close)
  return admin
}

const orderIds = () =>
  taken(sandbox).map(({ body }) => (body as { orderId?: string; deduplicationId?: string }).orderId)

const arrived = (count: number) => eventually(() => taken(sandbox).length >= count)

/** Resolves once the queue holds nothing but failed events. */
const completed = (admin: QueueAdmin) =>
  eventually(async () => {
    const { waiting, active, delayed } = await admin.status()
    return waiting + active + delayed === 0
  })

const countFailed = async (admin: QueueAdmin) => {
  const failed = []
  for await (const one of admin.failed()) failed.push(one)
  return failed
}

describe('A queue', () => {
  it('delivers each event under the token of its merchant', async () => {
    const producer = await newProducer()
    await producer.add('shop-1', orders(20, 'one'))
    await producer.add('shop-2', orders(20, 'two'))
    await newWorker()
    await arrived(40)
    const pairs = taken(sandbox).map(({ body, merchant }) => [
      (body as { orderId: string }).orderId.slice(0, 3),
      merchant
    ])
    expect(new Set(pairs.map(String))).toEqual(
      new Set(
        Object.values(merchants).map((settings, index) =>
          String([['one', 'two'][index], merchantOfSettings(settings)])
        )
      )
    )
    expect(authorizations(sandbox)).toHaveLength(2)
  })

  it('gives an event without a messageId one, which a custom event carries however often it is tried', async () => {
    const producer = await newProducer()
    const [enqueued] = await producer.add('shop-1', [
      {
        type: 'track',
        event: 'Downloaded',
        userId: 'c-1',
        properties: { email: 'a@example.com', what: 'a guide' }
      }
    ])
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/custom', times: 1 })
    await newWorker()
    await arrived(2)
    const bodies = sandbox.records.filter(({ path }) => path === '/v1/event/custom').map(({ body }) => body)
    expect(enqueued).toEqual({
      messageId: expect.stringMatching(/^[\w-]{21}$/) as string,
      id: expect.any(String) as string,
      state: 'added'
    })
    expect(bodies).toHaveLength(2)
    for (const body of bodies) expect(body).toMatchObject({ deduplicationId: enqueued?.messageId })
  })

  it('knows an event that comes again within the window, before and after it was delivered', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    const states = async (merchant: string) =>
      (await producer.add(merchant, [anOrder('o-1')])).map(({ state }) => state)
    expect(await states('shop-1')).toEqual(['added'])
    expect(await states('shop-1')).toEqual(['duplicate'])
    await newWorker()
    await arrived(1)
    await completed(admin)
    expect(await states('shop-1')).toEqual(['duplicate'])
    // The same messageId of another merchant is another event.
    expect(await states('shop-2')).toEqual(['added'])
    await arrived(2)
    await completed(admin)
    expect(orderIds()).toEqual(['o-1', 'o-1'])
  })

  it('takes an event again after the window', async () => {
    const producer = await newProducer({ windowMs: 50 })
    await newWorker()
    await producer.add('shop-1', [anOrder('o-1')])
    await arrived(1)
    await eventually(async () => {
      const [again] = await producer.add('shop-1', [anOrder('o-1')])
      return again?.state === 'added'
    })
    await arrived(2)
    expect(taken(sandbox)[1]).toMatchObject({
      duplicateOf: expect.any(String) as string
    })
  })

  it('keeps what cannot succeed, says so to who enqueues it again, and tries it again when told to', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    await newWorker()
    const undo = sandbox.injectFault(
      { status: 422, body: { message: 'no such campaign' } },
      { path: '/v1/event/purchase' }
    )
    await producer.add('shop-1', [anOrder('o-1'), anOrder('o-2', { properties: { order_id: 'o-2' } })])
    await producer.add('shop-3', [anOrder('o-3')])
    await eventually(async () => (await admin.status()).failed === 3)
    const failed = await countFailed(admin)
    expect(
      failed.map(({ merchant, event, error, status }) => [merchant, event.messageId, error, status])
    ).toEqual(
      expect.arrayContaining([
        [
          'shop-1',
          'message-o-1',
          'Track Purchase: Friendbuy MAPI answered 422 to POST /v1/event/purchase: no such campaign',
          422
        ],
        [
          'shop-1',
          'message-o-2',
          expect.stringMatching(/^Track Purchase: .*missing the required field 'amount'/) as string,
          400
        ],
        ['shop-3', 'message-o-3', 'there is no merchant "shop-3"', undefined]
      ])
    )
    expect(lines.filter(({ message }) => message === 'an event failed for good')).toHaveLength(3)
    const [again] = await producer.add('shop-1', [anOrder('o-1')])
    expect(again).toMatchObject({
      state: 'failed',
      id: failed.find(({ status }) => status === 422)?.id
    })

    undo()
    expect(await admin.retry({ reason: 'no such campaign' })).toBe(1)
    await arrived(1)
    merchants['shop-3'] = newSettings()
    expect(await admin.retry({ merchant: 'shop-3' })).toBe(1)
    await arrived(2)
    expect(await admin.retry({ status: 422 })).toBe(0)
    expect(await admin.retry({ ids: failed.map(({ id }) => id) })).toBe(1)
    await eventually(async () => (await admin.status()).failed === 1)
    expect(orderIds()).toEqual(['o-1', 'o-3'])
  })

  it('tries again what may succeed later, without repeating what was delivered', async () => {
    const signUp = {
      partnerAction: 'trackSignUp',
      subscribe: 'type = "track"',
      mapping: {
        customerId: { '@path': '$.userId' },
        email: 'a@example.com'
      }
    } as const
    const purchase = {
      partnerAction: 'trackPurchase',
      subscribe: 'type = "track"',
      mapping: {
        orderId: { '@path': '$.properties.order_id' },
        amount: 1,
        currency: 'USD'
      }
    } as const
    sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase', times: 2 })
    const producer = await newProducer()
    await newWorker({
      resolveMerchant: () => ({
        settings: merchants['shop-1'] ?? newSettings(),
        subscriptions: [signUp, purchase]
      })
    })
    await producer.add('shop-1', [anOrder('o-1')])
    await arrived(2)
    expect(sandbox.records.map(({ path, status }) => [path, status])).toEqual([
      ['/v1/authorization', 200],
      ['/v1/event/account-sign-up', 201],
      ['/v1/event/purchase', 503],
      ['/v1/event/purchase', 503],
      ['/v1/event/purchase', 201]
    ])
  })

  it('holds back a merchant whose key is revoked, and nobody else, until it is good again', async () => {
    const bad = newSettings()
    const good = merchants['shop-1'] ?? newSettings()
    const known = [{ key: good.authKey, secret: good.authSecret }]
    const strict = await startSandbox({ credentials: known })
    closing.push(strict.close)
    merchants.broken = bad
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('broken', orders(100, 'broken'))
    await producer.add('shop-1', orders(50))
    await newWorker({ mapiUrl: strict.url })
    await eventually(() => taken(strict).length >= 50)
    await eventually(async () => (await admin.status()).delayed === 100)
    expect((await admin.status()).failed).toBe(0)
    // As many as were under way at once may have asked, all of them by one authorization each time.
    expect(authorizations(strict).filter(({ status }) => status === 401).length).toBeLessThan(10)
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        message: 'the events of this merchant wait',
        details: { merchant: 'broken', status: 401 }
      }
    ])
    known.push({ key: bad.authKey, secret: bad.authSecret })
    await eventually(() => taken(strict).length >= 150)
    await completed(admin)
    expect(taken(strict)).toHaveLength(150)
  })

  it('delivers the events of a customer in their order, and holds up no other customer', async () => {
    const producer = await newProducer({ ordered: true })
    const admin = await newAdmin()
    sandbox.injectFault({ status: 503 }, { share: 0.2 })
    const events = Array.from({ length: 60 }, (_, index) =>
      anOrder(`o-${String(index).padStart(2, '0')}`, {
        userId: `c-${index % 3}`
      })
    )
    await producer.add('shop-1', events)
    await newWorker()
    await arrived(60)
    await completed(admin)
    const bodies = taken(sandbox).map(({ body }) => body as { orderId: string; customerId: string })
    for (const customer of ['c-0', 'c-1', 'c-2']) {
      const ids = bodies.filter(({ customerId }) => customerId === customer).map(({ orderId }) => orderId)
      expect(ids).toHaveLength(20)
      expect(ids).toEqual(ids.toSorted())
    }
  })

  it('lets the next event of a customer go when the one before it has failed, or was known already', async () => {
    const producer = await newProducer({ ordered: true })
    await producer.add('shop-1', [
      anOrder('o-1', { userId: 'c', properties: { order_id: 'o-1' } }),
      anOrder('o-2', { userId: 'c' })
    ])
    await producer.add('shop-1', [anOrder('o-2', { userId: 'c' }), anOrder('o-3', { userId: 'c' })])
    await newWorker()
    await arrived(2)
    expect(orderIds()).toEqual(['o-2', 'o-3'])
  })

  it('keeps the place of an event whose try broke off', async () => {
    const producer = await newProducer({ ordered: true })
    await producer.add('shop-1', [anOrder('o-1', { userId: 'c' }), anOrder('o-2', { userId: 'c' })])
    const outage = sandbox.injectFault({ status: 422 }, { path: '/v1/event/purchase' })
    await newWorker({
      logger: {
        ...logger,
        warn: (details, message) => {
          if (message === 'an event failed for good') throw new Error('the disk is full')
          logger.warn(details, message)
        }
      }
    })
    const brokenOff = () => lines.filter(({ message }) => message.startsWith('a try at an event broke off'))
    await eventually(() => brokenOff().length > 0)
    outage()
    await delay(300)
    expect(brokenOff()).toMatchObject([{ details: { error: 'the disk is full' } }])
    expect(orderIds()).toEqual([])
  })

  it('begins no more events a second than it may, whatever the number of workers', async () => {
    const producer = await newProducer()
    await producer.add('shop-1', orders(40))
    await newWorker({ ratePerSecond: 20 })
    await newWorker({ ratePerSecond: 20 })
    const begunAt = Date.now()
    await arrived(40)
    // Twenty at once, and twenty more a second later.
    expect(Date.now() - begunAt).toBeGreaterThan(900)
  })

  it('has no more events under way than all workers may together', async () => {
    sandbox.injectFault({ latencyMs: 50 })
    const producer = await newProducer()
    const admin = await newAdmin()
    await newWorker({ globalConcurrency: 3 })
    await newWorker({ globalConcurrency: 3 })
    await producer.add('shop-1', orders(30))
    let most = 0
    while (taken(sandbox).length < 30) most = Math.max(most, (await admin.status()).active)
    expect(most).toBeLessThanOrEqual(3)
    expect(most).toBeGreaterThan(0)
  })

  it('lets events in only as long as it has room', async () => {
    const producer = await newProducer({ maxQueued: 10 })
    await producer.add('shop-1', orders(10, 'first'))
    const waiting = new AbortController()
    const refused = producer.add('shop-1', orders(5, 'refused'), {
      signal: waiting.signal
    })
    await eventually(() =>
      lines.some(({ message }) => message === 'the queue is full: waiting for the workers')
    )
    waiting.abort()
    await expect(refused).rejects.toThrow('aborted')
    const more = producer.add('shop-1', orders(5, 'second'))
    await newWorker()
    await more
    await arrived(15)
    expect(orderIds().filter((id) => id?.startsWith('refused'))).toEqual([])
  })

  it('lets more events in than it has room for, a few at a time, while others stay', async () => {
    const producer = await newProducer({ maxQueued: 2 })
    const admin = await newAdmin()
    await newWorker({
      resolveMerchant: (id) => {
        if (id === 'away') throw new Error('the settings are elsewhere')
        return { settings: merchants[id] ?? newSettings() }
      }
    })
    await producer.add('away', orders(1, 'stays'))
    await eventually(async () => (await admin.status()).delayed === 1)
    await producer.add('shop-1', orders(5))
    await arrived(5)
  })

  it('refuses what is no event, before it takes any of the others', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    const events = [anOrder('o-1'), { type: 'tracked' } as unknown as SegmentEvent]
    await expect(producer.add('shop-1', events)).rejects.toThrow(
      '[1] is not an event: "type" is not one of track, identify'
    )
    expect((await admin.status()).waiting).toBe(0)
  })

  it('takes nothing from a producer that is closed, and says so', async () => {
    const producer = await newProducer()
    await producer.add('shop-1', orders(1))
    await producer.close()
    await expect(producer.add('shop-1', orders(2))).rejects.toThrow(/closed/)
  })

  it('gives out what waits, so that it can be enqueued again', async () => {
    const producer = await newProducer({ ordered: true })
    const admin = await newAdmin()
    await producer.add('shop-1', orders(3))
    const kept: string[] = []
    const full = admin.drain(({ event: { messageId = '' } }) => {
      if (kept.length === 2) return Promise.reject(new Error('the disk is full'))
      kept.push(messageId)
      return Promise.resolve()
    })
    await expect(full).rejects.toThrow('the disk is full')
    expect((await admin.status()).waiting).toBe(1)
    expect(await admin.drain(() => Promise.resolve())).toBe(1)
    expect(kept.toSorted()).toEqual(expect.arrayContaining([kept[0], kept[1]]))
    await newWorker()
    expect((await producer.add('shop-1', orders(3))).map(({ state }) => state)).toEqual([
      'added',
      'added',
      'added'
    ])
    await arrived(3)
  })

  it('goes on when the giving out is ended early, or after one that was killed', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('shop-1', orders(3))
    const ending = new AbortController()
    const taken = await admin.drain(
      () => {
        ending.abort()
        return Promise.resolve()
      },
      { signal: ending.signal }
    )
    expect(taken).toBe(1)
    expect(await admin.status()).toMatchObject({ waiting: 2, isPaused: false })

    const killed = admin.drain(() => new Promise(() => undefined))
    await eventually(async () => (await admin.status()).isPaused)
    await newWorker()
    await eventually(() => lines.some(({ message }) => message.startsWith('the queue is paused')))
    await admin.resume()
    await arrived(2)
    expect(await admin.status()).toMatchObject({ waiting: 0, isPaused: false })
    void killed
  })

  it('finishes what is under way when it closes, and takes no more', async () => {
    sandbox.injectFault({ latencyMs: 200 })
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('shop-1', orders(100))
    const worker = await newWorker({ concurrency: 10 })
    await eventually(async () => (await admin.status()).active === 10)
    expect(worker.isReady()).toBe(true)
    const closed = worker.close()
    expect(worker.isReady()).toBe(false)
    expect(await closed).toBe(true)
    const { waiting, active } = await admin.status()
    expect([active, waiting + taken(sandbox).length]).toEqual([0, 100])
    expect(taken(sandbox).length).toBeLessThan(60)
  })

  it('says so when it could not finish in time', async () => {
    sandbox.injectFault({ latencyMs: 3000 })
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('shop-1', orders(1))
    const worker = await newWorker()
    await eventually(async () => (await admin.status()).active === 1)
    expect(await worker.close(100)).toBe(false)
  })

  it('gives up after its time, and keeps the event', async () => {
    sandbox.injectFault({ status: 500 })
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('shop-1', orders(1))
    await newWorker({ maxRetryAgeMs: 300 })
    await eventually(async () => (await admin.status()).failed === 1)
    expect(await countFailed(admin)).toMatchObject([
      {
        error: expect.stringMatching(
          /^given up after 0 s: Track Purchase: Friendbuy MAPI answered 500/
        ) as string
      }
    ])
  })

  it('counts for Prometheus, where it is asked to', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    await producer.add('shop-1', [...orders(3), anOrder('bad', { properties: {} })])
    const worker = await newWorker({ metrics: true })
    await arrived(3)
    await completed(admin)
    const { text } = await worker.metrics()
    for (const line of [
      'friendbuy_events_total{outcome="delivered"} 3',
      'friendbuy_events_total{outcome="failed"} 1',
      'friendbuy_calls_total{action="trackPurchase",status="201"} 3',
      'friendbuy_authorizations_total 1',
      'friendbuy_event_seconds_count 4',
      'friendbuy_queue_events{state="failed"} 1'
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    await expect((await newWorker()).metrics()).rejects.toThrow('start it with "metrics"')
  })
})

describe('A Redis', () => {
  it('that is killed in the middle has lost no event that was acknowledged', async () => {
    const own = await startRedis()
    closing.push(own.remove)
    const producer = await newProducer({ redis: own.url })
    await newWorker({ redis: own.url, concurrency: 4 })
    sandbox.injectFault({ latencyMs: 20 })
    const acknowledged = await producer.add('shop-1', orders(200))
    await arrived(20)
    await own.kill()
    const later = producer.add('shop-1', orders(10, 'later'))
    await eventually(() => lines.some(({ message }) => message === 'Redis is away: waiting for it'))
    await own.start()
    expect(acknowledged).toHaveLength(200)
    expect(await later).toHaveLength(10)
    await eventually(() => new Set(orderIds()).size === 210)
    expect(lines.map(({ message }) => message)).toContain('Redis is back')
  })

  it('that is away leaves the counting that needs none', async () => {
    const own = await startRedis()
    closing.push(own.remove)
    const worker = await newWorker({ redis: own.url, metrics: true })
    await eventually(() => worker.isReady())
    expect((await worker.metrics()).text).toContain('friendbuy_queue_events{state="waiting"} 0')
    await own.kill()
    await eventually(() => !worker.isReady())
    const { text } = await worker.metrics()
    expect(text).toContain('friendbuy_authorizations_total 0')
    expect(text).not.toContain('friendbuy_queue_events{')
    await own.start()
    await eventually(() => worker.isReady())
    // Its other connection may not be back yet.
    expect(await worker.close()).toBe(true)
  })

  it('with risky settings is named at the start', async () => {
    const own = await startRedis(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'])
    // BullMQ has a line of its own for it.
    jest.spyOn(console, 'warn').mockReturnValue()
    closing.push(own.remove)
    const admin = await openQueue({ redis: own.url, queue })
    closing.push(admin.close)
    const risks = [
      'Redis keeps no append-only file: events that were enqueued are lost when it ends. Set "appendonly yes".',
      'Redis may throw events away when its memory is full (maxmemory-policy allkeys-lru). Set "maxmemory-policy noeviction".'
    ]
    expect((await admin.status()).risks).toEqual(risks)
    await newWorker({ redis: own.url })
    await eventually(() => lines.length >= 2)
    expect(lines.map(({ level, message }) => [level, message])).toEqual(risks.map((risk) => ['warn', risk]))
    expect((await (await newAdmin()).status()).risks).toEqual([])
  })

  it('may be a cluster', async () => {
    const own = await startRedis(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', ...SAFE])
    closing.push(own.remove)
    const node = new Redis(own.url)
    await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await eventually(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))
    node.disconnect()
    const nodes = `${own.url},${own.url}`
    const producer = await newProducer({ redis: nodes, ordered: true })
    await newWorker({ redis: nodes })
    await producer.add('shop-1', orders(20))
    await arrived(20)
  })

  it('that is not there is named to a person, without the password', async () => {
    const away = { redis: 'redis://:a-password@127.0.0.1:1', queue }
    await expect(openQueue(away)).rejects.toThrow(
      /^Redis cannot be reached: connect ECONNREFUSED 127.0.0.1:1. Is it running, and is its address right\?$/
    )
    await expect(openQueue({ redis: 'http://:a-password@127.0.0.1', queue })).rejects.toThrow(
      /^The address of Redis must be like redis:\/\/127.0.0.1:6379$/
    )
    await expect(openQueue({ queue: 'a queue' })).rejects.toThrow('letters, digits')
  })

  it('never holds a credential, whatever the workers went through', async () => {
    const producer = await newProducer()
    const admin = await newAdmin()
    sandbox.injectFault({
      status: 422,
      body: { message: Object.values(merchants['shop-1'] ?? {}).join() }
    })
    await producer.add('shop-1', orders(2))
    await newWorker()
    await eventually(async () => (await admin.status()).failed === 2 || (await admin.status()).delayed === 2)
    noteOutput(await redis.dump())
    await delay(0)
  })
})

describe('Files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'friendbuy-queue-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('of events that were taken out of a queue are input again, each for its merchant', async () => {
    const producer = await newProducer()
    await producer.add('shop-1', orders(2, 'one'))
    await producer.add('shop-2', orders(2, 'two'))
    const env = { REDIS_URL: redis.url }
    const file = join(folder, 'drained.ndjson')
    const drained = await runCli(['queue', 'drain', file, '--queue', queue], {
      env
    })
    expect(drained).toEqual({ code: 0, stdout: '4 taken out\n', stderr: '' })
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(4)
    const back = await runCli(['enqueue', file, '--queue', queue], { env })
    expect(back).toEqual({ code: 0, stdout: '4 enqueued\n', stderr: '' })
    await newWorker()
    await arrived(4)
    expect(new Set(taken(sandbox).map(({ merchant }) => merchant)).size).toBe(2)
  })
})
