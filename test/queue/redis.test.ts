import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openQueue } from '../../src/queue'
import { eventually } from '../support/eventually'
import { drained, orders, QueueHarness } from '../support/queue'
import { SAFE, startRedis, startRedisRelay, type TestRedis } from '../support/redis'
import { taken } from '../support/sandboxed'

const harness = new QueueHarness()

const newRedis = async (settings?: readonly string[]) => {
  const redis = await startRedis(settings)
  harness.closing.push(redis.remove)
  return redis
}

describe('A Redis', () => {
  it('that is killed loses no acknowledged event', async () => {
    const redis = await newRedis()
    const producer = await harness.newProducer({ redis: redis.url })
    await harness.newWorker({ redis: redis.url, concurrency: 4 })
    harness.sandbox.injectFault({ latencyMs: 20 })
    const acknowledged = await producer.add('shop-1', orders(200))
    await harness.arrived(20)
    await redis.kill()
    const later = producer.add('shop-1', orders(10, 'later'))
    await eventually(() => harness.logged('redis_disconnected').length === 2)
    await redis.start()
    expect(acknowledged).toHaveLength(200)
    expect(await later).toHaveLength(10)
    await eventually(() => new Set(harness.orderIds()).size === 210)
    expect(harness.logged('redis_connected')).toHaveLength(2)
  })

  it('that is away leaves the metrics that need none', async () => {
    const redis = await newRedis()
    const worker = await harness.newWorker({ redis: redis.url, metrics: true })
    await eventually(() => worker.isReady())
    expect((await worker.metrics()).text).toContain('friendbuy_queue_events{state="waiting"} 0')
    await redis.kill()
    await eventually(() => !worker.isReady())
    const { text } = await worker.metrics()
    expect(text).toContain('friendbuy_authorizations_total 0')
    expect(text).not.toContain('friendbuy_queue_events{')
    await redis.start()
    await eventually(() => worker.isReady())
    // Its blocking connection may not be back yet.
    expect(await worker.close()).toBe(true)
  })

  it('with risky settings is reported at the start', async () => {
    const redis = await newRedis(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'])
    // BullMQ warns as well.
    jest.spyOn(console, 'warn').mockReturnValue()
    const admin = await openQueue({ redis: redis.url })
    harness.closing.push(admin.close)
    const risks = [
      'Redis keeps no append-only file: enqueued events are lost when it stops. Set "appendonly yes".',
      'Redis may evict events when its memory is full (maxmemory-policy allkeys-lru). Set "maxmemory-policy noeviction".'
    ]
    expect((await admin.status()).risks).toEqual(risks)
    await harness.newWorker({ redis: redis.url })
    await eventually(() => harness.logged('redis_risk').length === 2)
    expect(harness.lines.map(({ level, message }) => [level, message])).toEqual(
      risks.map((risk) => ['warn', risk])
    )
    expect((await (await harness.newAdmin()).status()).risks).toEqual([])
  })

  it('may be a cluster', async () => {
    const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', ...SAFE]
    const redis = await newRedis(cluster)
    const node = new Redis(redis.url)
    await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await eventually(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))
    node.disconnect()
    const nodes = `${redis.url},${redis.url}`
    const producer = await harness.newProducer({ redis: nodes, ordered: true })
    await harness.newWorker({ redis: nodes })
    await producer.add('shop-1', orders(20))
    await harness.arrived(20)
  })

  it('that cannot be reached is reported without its password', async () => {
    await expect(openQueue({ redis: 'redis://:a-password@127.0.0.1:1' })).rejects.toThrow(
      /^Cannot reach Redis: connect ECONNREFUSED 127.0.0.1:1. Check that it is running and that the address is right\.$/
    )
    await expect(openQueue({ redis: 'http://:a-password@127.0.0.1' })).rejects.toThrow(
      /^Invalid Redis address: expected one such as redis:\/\/127.0.0.1:6379\.$/
    )
    await expect(openQueue({ queue: 'a queue' })).rejects.toThrow('letters, digits')
  })
})

describe('A Redis that does not respond', () => {
  it('makes workers unready and producers reject, once for each a log line, until it responds', async () => {
    const redis = await newRedis()
    const worker = await harness.newWorker({ redis: redis.url, metrics: true })
    const producer = await harness.newProducer({ redis: redis.url, timeoutMs: 500 })
    await producer.add('shop-1', orders(5))
    await harness.arrived(5)
    await eventually(() => worker.isReady())
    redis.suspend()
    await expect(producer.add('shop-1', orders(5, 'late'))).rejects.toThrow(
      /^Redis did not respond within 0\.5 s, and may have stored events\. Repeat the call/
    )
    const aborting = new AbortController()
    const aborted = producer.add('shop-1', orders(5, 'late'), { signal: aborting.signal })
    aborting.abort()
    await expect(aborted).rejects.toThrow(/aborted/)
    await eventually(() => !worker.isReady())
    const askedAt = performance.now()
    expect((await worker.metrics()).text).not.toContain('friendbuy_queue_events{')
    expect(performance.now() - askedAt).toBeLessThan(3000)
    // Long enough for several attempts to reconnect.
    await eventually(() => harness.logged('redis_disconnected').length === 2)
    await delay(8000)
    redis.resume()
    await eventually(() => worker.isReady())
    const again = await producer.add('shop-1', orders(5, 'late'))
    expect(again).toHaveLength(5)
    await eventually(() => harness.orderIds().filter((id) => id?.startsWith('late')).length === 5)
    await eventually(() => harness.logged('redis_connected').length === 2)
    expect(harness.logged('redis_disconnected')).toHaveLength(2)
    expect(harness.lines.filter(({ level }) => level === 'error')).toEqual([])
  }, 60_000)

  it('is connected to again if the network swallows what is sent over a connection', async () => {
    const redis = await newRedis()
    const relay = await startRedisRelay(redis.port)
    harness.closing.push(relay.close)
    const worker = await harness.newWorker({ redis: relay.url })
    await eventually(() => worker.isReady())
    relay.swallow()
    const producer = await harness.newProducer({ redis: redis.url })
    await producer.add('shop-1', orders(20))
    await harness.arrived(20)
    await eventually(() => worker.isReady())
  }, 60_000)
})

describe('A failover behind one address', () => {
  it('is followed by workers and producers, although the old primary keeps its connections', async () => {
    const [old, next] = [await newRedis(), await newRedis()]
    const relay = await startRedisRelay(old.port)
    harness.closing.push(relay.close)
    await next.call('REPLICAOF', '127.0.0.1', old.port)
    await eventually(async () => String(await next.call('INFO', 'replication')).includes('link_status:up'))
    const worker = await harness.newWorker({ redis: relay.url })
    const producer = await harness.newProducer({ redis: relay.url })
    await producer.add('shop-1', orders(5, 'before'))
    await harness.arrived(5)
    await eventually(() => worker.isReady())
    relay.target(next.port)
    await next.call('REPLICAOF', 'NO', 'ONE')
    await old.call('REPLICAOF', '127.0.0.1', next.port)
    expect(await producer.add('shop-1', orders(20, 'after'))).toHaveLength(20)
    await eventually(() => new Set(harness.orderIds()).size === 25)
    await eventually(() => worker.isReady())
    expect(harness.logged('redis_disconnected').length).toBeLessThanOrEqual(4)
  }, 60_000)

  it('makes a worker unready while the address is a read-only replica', async () => {
    const [redis, primary] = [await newRedis(), await newRedis()]
    const worker = await harness.newWorker({ redis: redis.url })
    await eventually(() => worker.isReady())
    await redis.call('REPLICAOF', '127.0.0.1', primary.port)
    await eventually(() => !worker.isReady())
    await delay(3000)
    expect(worker.isReady()).toBe(false)
    expect(harness.logged('redis_disconnected')).toHaveLength(1)
    await redis.call('REPLICAOF', 'NO', 'ONE')
    await eventually(() => worker.isReady())
    expect(harness.logged('redis_connected')).toHaveLength(1)
  }, 60_000)
})

describe('A Redis without memory', () => {
  const refusalsOf = async (redis: TestRedis) =>
    Number(/^total_error_replies:(\d+)/m.exec(String(await redis.call('INFO', 'stats')))?.[1])

  it('makes a worker pause with one log line, and continue with one', async () => {
    const redis = await newRedis()
    const producer = await harness.newProducer({ redis: redis.url })
    await producer.add('shop-1', orders(100))
    await redis.call('CONFIG', 'SET', 'maxmemory', 1)
    await harness.newWorker({ redis: redis.url })
    await eventually(() => harness.logged('queue_error').length > 0)
    const before = await refusalsOf(redis)
    await delay(4000)
    expect((await refusalsOf(redis)) - before).toBeLessThan(20)
    await redis.call('CONFIG', 'SET', 'maxmemory', 0)
    await harness.arrived(100)
    await eventually(() => harness.logged('queue_recovered').length > 0)
    expect(harness.lines.map(({ level, fields }) => [level, fields.event])).toEqual([
      ['error', 'queue_error'],
      ['info', 'queue_recovered']
    ])
    expect(harness.logged('queue_error')[0]?.fields.error).toMatch(/OOM/)
    expect(taken(harness.sandbox)).toHaveLength(100)
  }, 60_000)

  it('neither loses nor doubles the events in flight', async () => {
    const redis = await newRedis()
    const producer = await harness.newProducer({ redis: redis.url })
    await producer.add('shop-1', orders(300))
    harness.sandbox.injectFault({ latencyMs: 20 })
    await harness.newWorker({ redis: redis.url })
    await harness.arrived(50)
    await redis.call('CONFIG', 'SET', 'maxmemory', 1)
    await eventually(() => harness.logged('queue_error').length > 0)
    await delay(2000)
    await redis.call('CONFIG', 'SET', 'maxmemory', 0)
    const admin = await openQueue({ redis: redis.url, queue: harness.queue })
    harness.closing.push(admin.close)
    await drained(admin)
    expect(harness.orderIds().toSorted()).toEqual(
      orders(300)
        .map(({ properties }) => properties?.order_id)
        .toSorted()
    )
  }, 60_000)
})
