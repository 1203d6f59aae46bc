import type { Outcome } from '../../src/host/deliver'
import { createMetrics, type WorkerState } from '../../src/queue/metrics'

const idle: WorkerState = { isReady: true, paused: [] }

/** Samples of our own metrics, without Node's. */
const samplesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('friendbuy_'))

const delivered: Outcome = { action: 'trackPurchase', path: '/v1/event/purchase', status: 201, dropped: [] }

describe('Metrics', () => {
  it('classify failures by outcome, reason and status class', async () => {
    const metrics = await createMetrics()
    const failure = { reason: 'a reason with an ID', completed: [] }
    metrics.attempt({ status: 'failed', kind: 'invalid_event', httpStatus: 422, ...failure }, 20)
    metrics.attempt({ status: 'failed', kind: 'merchant_unknown', ...failure }, 20)
    metrics.attempt({ status: 'delayed', delayMs: 1, kind: 'unavailable', httpStatus: 503, ...failure }, 20)
    metrics.attempt({ status: 'delivered' }, 20)
    const samples = samplesOf(await metrics.text(idle))
    expect(samples.filter((line) => line.startsWith('friendbuy_failures_total'))).toEqual([
      'friendbuy_failures_total{outcome="failed",reason="invalid_event",status_class="4xx"} 1',
      'friendbuy_failures_total{outcome="failed",reason="merchant_unknown",status_class="none"} 1',
      'friendbuy_failures_total{outcome="delayed",reason="unavailable",status_class="5xx"} 1'
    ])
  })

  it('count dropped values of delivered events by reason, without names from events', async () => {
    const metrics = await createMetrics()
    const dropped = [
      { name: 'a', reason: 'overridden by sku' },
      { name: 'b', reason: 'overridden by product_id' },
      { name: 'pageUrl', reason: 'not supported by MAPI' }
    ] as const
    metrics.outcome({ ...delivered, dropped })
    metrics.outcome({ ...delivered, status: 503, error: 'down', dropped })
    const samples = samplesOf(await metrics.text(idle))
    expect(samples.filter((line) => line.startsWith('friendbuy_dropped_values_total'))).toEqual([
      'friendbuy_dropped_values_total{reason="overridden"} 2',
      'friendbuy_dropped_values_total{reason="not supported by MAPI"} 1'
    ])
  })

  it('count all paused merchants, and name the 100 that are paused for longest', async () => {
    const metrics = await createMetrics()
    const paused = Array.from({ length: 500 }, (_, index) => ({
      merchant: `shop-${index}`,
      forMs: index * 1000
    }))
    const samples = samplesOf(await metrics.text({ ...idle, paused }))
    expect(samples).toContain('friendbuy_merchants_paused 500')
    const named = samples.filter((line) => line.startsWith('friendbuy_merchant_paused_seconds'))
    expect(named).toHaveLength(100)
    expect(named[0]).toBe('friendbuy_merchant_paused_seconds{merchant="shop-499"} 499')
    expect(samplesOf(await metrics.text(idle)).join('\n')).not.toContain('shop-')
  })

  it('count values that no mapping reads, and name the 100 merchants with the most', async () => {
    const metrics = await createMetrics()
    const ofShops = async () =>
      samplesOf(await metrics.text(idle)).filter((line) => line.includes('_not_mapped_'))
    for (let shop = 1; shop <= 101; shop += 1) metrics.notMapped(`shop-${shop}`, shop)
    const before = await ofShops()
    expect(before).toHaveLength(101)
    expect(before).toContain('friendbuy_not_mapped_values_total 5151')
    expect(before).toContain('friendbuy_merchant_not_mapped_values_total{merchant="shop-101"} 101')
    expect(before.join()).not.toContain('"shop-1"')
    metrics.notMapped('shop-1', 200)
    const after = await ofShops()
    expect(after).toHaveLength(101)
    expect(after).toContain('friendbuy_merchant_not_mapped_values_total{merchant="shop-1"} 201')
    expect(after).toContain('friendbuy_merchant_not_mapped_values_total{merchant="shop-101"} 101')
  })

  it('leave out the state of a queue that is unknown', async () => {
    const metrics = await createMetrics()
    const queue = {
      waiting: 3,
      active: 2,
      delayed: 1,
      failed: 4,
      oldestMs: 1500,
      oldestDelayedMs: 60_000,
      isPaused: true,
      risks: ['one']
    }
    const ofQueue = async (state: WorkerState) =>
      samplesOf(await metrics.text(state)).filter((line) => /_(queue|redis)_/.test(line))
    expect(await ofQueue({ ...idle, queue })).toEqual([
      'friendbuy_queue_events{state="waiting"} 3',
      'friendbuy_queue_events{state="active"} 2',
      'friendbuy_queue_events{state="delayed"} 1',
      'friendbuy_queue_events{state="failed"} 4',
      'friendbuy_queue_oldest_event_age_seconds{state="waiting"} 1.5',
      'friendbuy_queue_oldest_event_age_seconds{state="delayed"} 60',
      'friendbuy_queue_paused 1',
      'friendbuy_redis_risks 1'
    ])
    expect(await ofQueue(idle)).toEqual([])
  })

  it('say which version runs, and if it accepts events', async () => {
    const metrics = await createMetrics()
    const samples = samplesOf(await metrics.text({ ...idle, isReady: false }))
    expect(samples).toContain('friendbuy_worker_ready 0')
    expect(samples).toContain(
      `friendbuy_build_info{version="development",node_version="${process.versions.node}"} 1`
    )
  })
})
