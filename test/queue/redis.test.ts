import { Redis } from 'ioredis'
import { openQueue } from '../../src/queue'
import { eventually } from '../support/eventually'
import { orders, QueueHarness } from '../support/queue'
import { SAFE, startRedis } from '../support/redis'

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
