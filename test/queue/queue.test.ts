import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import { startSandbox } from '../../src/sandbox'
import { newSettings, noteOutput } from '../support/credentials'
import { eventually } from '../support/eventually'
import type { LogFields } from '../../src/queue'
import { anOrder, drained, failedOf, orders, QueueHarness } from '../support/queue'
import { authorizations, merchantOfSettings, taken } from '../support/sandboxed'

const harness = new QueueHarness()

describe('A queue', () => {
  it("delivers each event with its merchant's token", async () => {
    const producer = await harness.newProducer()
    await producer.add('shop-1', orders(20, 'one'))
    await producer.add('shop-2', orders(20, 'two'))
    await harness.newWorker()
    await harness.arrived(40)
    const pairs = taken(harness.sandbox).map(({ body, merchant }) => [
      (body as { orderId: string }).orderId.slice(0, 3),
      merchant
    ])
    expect(new Set(pairs.map(String))).toEqual(
      new Set(
        Object.values(harness.merchants).map((settings, index) =>
          String([['one', 'two'][index], merchantOfSettings(settings)])
        )
      )
    )
    expect(authorizations(harness.sandbox)).toHaveLength(2)
  })

  it('generates a messageId, by which retries of a custom event are deduplicated', async () => {
    const producer = await harness.newProducer()
    const properties = { email: 'a@example.com', what: 'a guide' }
    const [enqueued] = await producer.add('shop-1', [
      { type: 'track', event: 'Downloaded', userId: 'c-1', properties }
    ])
    harness.sandbox.injectFault({ drop: 'after' }, { path: '/v1/event/custom', times: 1 })
    await harness.newWorker()
    await harness.arrived(2)
    const bodies = harness.sandbox.records
      .filter(({ path }) => path === '/v1/event/custom')
      .map(({ body }) => body)
    expect(enqueued).toEqual({
      messageId: expect.stringMatching(/^[\w-]{21}$/) as string,
      id: expect.any(String) as string,
      state: 'added'
    })
    expect(bodies).toHaveLength(2)
    for (const body of bodies) expect(body).toMatchObject({ deduplicationId: enqueued?.messageId })
  })

  it('recognizes duplicates within the window, before and after delivery', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const states = async (merchant: string) =>
      (await producer.add(merchant, [anOrder('o-1')])).map(({ state }) => state)
    expect(await states('shop-1')).toEqual(['added'])
    expect(await states('shop-1')).toEqual(['duplicate'])
    await harness.newWorker()
    await harness.arrived(1)
    await drained(admin)
    expect(await states('shop-1')).toEqual(['duplicate'])
    // The same messageId of another merchant is another event.
    expect(await states('shop-2')).toEqual(['added'])
    await harness.arrived(2)
    await drained(admin)
    expect(harness.orderIds()).toEqual(['o-1', 'o-1'])
  })

  it('accepts an event again after the window', async () => {
    const producer = await harness.newProducer({ windowMs: 50 })
    await harness.newWorker()
    await producer.add('shop-1', [anOrder('o-1')])
    await harness.arrived(1)
    await eventually(async () => {
      const [again] = await producer.add('shop-1', [anOrder('o-1')])
      return again?.state === 'added'
    })
    await harness.arrived(2)
    expect(taken(harness.sandbox)[1]).toMatchObject({ duplicateOf: expect.any(String) as string })
  })

  it('keeps failed events, recognizes them when they are enqueued again, and retries them on demand', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await harness.newWorker()
    const undo = harness.sandbox.injectFault(
      { status: 422, body: { message: 'no such campaign' } },
      { path: '/v1/event/purchase' }
    )
    await producer.add('shop-1', [anOrder('o-1'), anOrder('o-2', { properties: { order_id: 'o-2' } })])
    await producer.add('shop-3', [anOrder('o-3')])
    await eventually(async () => (await admin.status()).failed === 3)
    const failed = await failedOf(admin)
    expect(
      failed.map(({ merchant, event, error, status }) => [merchant, event.messageId, error, status])
    ).toEqual(
      expect.arrayContaining([
        [
          'shop-1',
          'message-o-1',
          expect.stringMatching(/^Track Purchase: Friendbuy MAPI .*422.*no such campaign$/) as string,
          422
        ],
        [
          'shop-1',
          'message-o-2',
          expect.stringMatching(/^Track Purchase: .*missing the required field 'amount'/) as string,
          400
        ],
        ['shop-3', 'message-o-3', 'unknown merchant "shop-3"', undefined]
      ])
    )
    expect(harness.logged('event_failed')).toHaveLength(3)
    const [again] = await producer.add('shop-1', [anOrder('o-1')])
    expect(again).toMatchObject({ state: 'failed', id: failed.find(({ status }) => status === 422)?.id })

    undo()
    expect(await admin.retry({ reason: 'no such campaign' })).toBe(1)
    await harness.arrived(1)
    harness.merchants['shop-3'] = newSettings()
    expect(await admin.retry({ merchant: 'shop-3' })).toBe(1)
    await harness.arrived(2)
    expect(await admin.retry({ status: 422 })).toBe(0)
    expect(await admin.retry({ ids: failed.map(({ id }) => id) })).toBe(1)
    await eventually(async () => (await admin.status()).failed === 1)
    expect(harness.orderIds()).toEqual(['o-1', 'o-3'])
  })

  it('counts events by state, merchant and reason, without IDs of single events', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const invalid = (count: number, prefix: string) =>
      orders(count, prefix).map((order) => ({ ...order, properties: {} }))
    await producer.add('shop-1', invalid(4, 'one'))
    await producer.add('shop-2', [...invalid(2, 'two'), anOrder('refused')])
    await producer.add('unknown-shop-1', orders(1, 'three'))
    await producer.add('unknown-shop-2', orders(1, 'four'))
    const body = { message: 'no such campaign', reference: 'd3b07384-d9a0-4e9b-8c9b-1a2b3c4d5e6f' }
    harness.sandbox.injectFault({ status: 422, body }, { path: '/v1/event/purchase' })
    await harness.newWorker()
    await drained(admin)
    const failed = (group: object) => ({ state: 'failed', ...group })
    const orderId = expect.stringMatching(/^Track Purchase: .*orderId/) as string
    const both = await admin.groups()
    expect(both.others).toBe(0)
    expect(both.groups.slice(0, 2)).toEqual([
      failed({ merchant: 'shop-1', reason: orderId, events: 4 }),
      failed({ merchant: 'shop-2', reason: orderId, events: 2 })
    ])
    expect(await admin.groups({ by: ['reason'], states: ['failed'] })).toEqual({
      groups: [
        failed({ reason: orderId, events: 6 }),
        failed({ reason: 'unknown merchant', events: 2 }),
        failed({
          reason:
            'Track Purchase: Friendbuy MAPI answered 422 to POST /v1/event/purchase: no such campaign (reference …)',
          events: 1
        })
      ],
      others: 0
    })
    expect(await admin.groups({ by: ['merchant'], limit: 1 })).toEqual({
      groups: [failed({ merchant: 'shop-1', events: 4 })],
      others: 5
    })
    expect(await admin.groups({ by: ['merchant'], status: 422 })).toEqual({
      groups: [failed({ merchant: 'shop-2', events: 1 })],
      others: 0
    })
    expect(await admin.groups({ states: ['waiting', 'delayed'] })).toEqual({ groups: [], others: 0 })
  })

  it('counts delayed events by the reason of their last failure, and knows how old they are', async () => {
    const limited = await startSandbox()
    harness.closing.push(limited.close)
    // So long that none is due again before it is counted.
    limited.injectFault({ status: 429, headers: { 'retry-after': '600' } }, { path: '/v1/event/purchase' })
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('shop-1', orders(10))
    const worker = await harness.newWorker({ mapiUrl: limited.url })
    await eventually(async () => (await admin.status()).delayed === 10)
    await worker.close()
    const reason = expect.stringMatching(/^Track Purchase: Friendbuy MAPI answered 429/) as string
    expect(await admin.groups()).toEqual({
      groups: [{ state: 'delayed', merchant: 'shop-1', reason, events: 10 }],
      others: 0
    })
    const { oldestMs, oldestDelayedMs } = await admin.status()
    expect(oldestMs).toBe(0)
    expect(oldestDelayedMs).toBeGreaterThan(0)
  })

  it('retries an event without repeating what was delivered of it', async () => {
    const signUp = {
      partnerAction: 'trackSignUp',
      subscribe: 'type = "track"',
      mapping: { customerId: { '@path': '$.userId' }, email: 'a@example.com' }
    } as const
    const purchase = {
      partnerAction: 'trackPurchase',
      subscribe: 'type = "track"',
      mapping: { orderId: { '@path': '$.properties.order_id' }, amount: 1, currency: 'USD' }
    } as const
    harness.sandbox.injectFault({ status: 503 }, { path: '/v1/event/purchase', times: 2 })
    const producer = await harness.newProducer()
    const settings = newSettings()
    await harness.newWorker({ resolveMerchant: () => ({ settings, subscriptions: [signUp, purchase] }) })
    await producer.add('shop-1', [anOrder('o-1')])
    await harness.arrived(2)
    expect(harness.sandbox.records.map(({ path, status }) => [path, status])).toEqual([
      ['/v1/authorization', 200],
      ['/v1/event/account-sign-up', 201],
      ['/v1/event/purchase', 503],
      ['/v1/event/purchase', 503],
      ['/v1/event/purchase', 201]
    ])
  })

  it('pauses a merchant whose key is revoked, and no other, until it is valid again', async () => {
    const bad = newSettings()
    const good = harness.merchants['shop-1'] ?? newSettings()
    const credentials = [{ key: good.authKey, secret: good.authSecret }]
    const strict = await startSandbox({ credentials })
    harness.closing.push(strict.close)
    harness.merchants.broken = bad
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('broken', orders(100, 'broken'))
    await producer.add('shop-1', orders(50))
    const worker = await harness.newWorker({ mapiUrl: strict.url, metrics: true })
    await eventually(() => taken(strict).length >= 50)
    await eventually(async () => (await admin.status()).delayed === 100)
    const paused = async () => (await worker.metrics()).text.match(/^friendbuy_merchants?_paused.* /gm)
    expect(await paused()).toEqual([
      'friendbuy_merchants_paused ',
      'friendbuy_merchant_paused_seconds{merchant="broken"} '
    ])
    expect((await admin.status()).failed).toBe(0)
    // All events in flight share one authorization at a time.
    expect(authorizations(strict).filter(({ status }) => status === 401).length).toBeLessThan(10)
    expect(harness.logged('merchant_paused')).toMatchObject([
      { level: 'warn', fields: { merchant: 'broken', status: 401 } }
    ])
    credentials.push({ key: bad.authKey, secret: bad.authSecret })
    await eventually(() => taken(strict).length >= 150)
    await drained(admin)
    expect(taken(strict)).toHaveLength(150)
    expect(harness.logged('merchant_resumed')).toHaveLength(1)
    expect(await paused()).toEqual(['friendbuy_merchants_paused '])
  })

  it('has no more events in flight than all workers may together, or begins more a second', async () => {
    harness.sandbox.injectFault({ latencyMs: 50 })
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await harness.newWorker({ globalConcurrency: 3, ratePerSecond: 20 })
    await harness.newWorker({ globalConcurrency: 3, ratePerSecond: 20 })
    const startedAt = performance.now()
    await producer.add('shop-1', orders(40))
    let most = 0
    while (taken(harness.sandbox).length < 40) most = Math.max(most, (await admin.status()).active)
    expect(most).toBeLessThanOrEqual(3)
    expect(most).toBeGreaterThan(0)
    // Twenty at once, and twenty more a second later.
    expect(performance.now() - startedAt).toBeGreaterThan(900)
  })

  it('never shows a credential, even if MAPI repeats it', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const message = Object.values(harness.merchants['shop-1'] ?? {}).join()
    harness.sandbox.injectFault({ status: 422, body: { message } })
    await producer.add('shop-1', orders(2))
    await harness.newWorker()
    await eventually(async () => (await admin.status()).failed === 2 || (await admin.status()).delayed === 2)
    noteOutput(await harness.redis.dump())
    await delay(0)
  })
})

describe('An ordered queue', () => {
  it("keeps each customer's order through retries", async () => {
    const producer = await harness.newProducer({ ordered: true })
    const admin = await harness.newAdmin()
    harness.sandbox.injectFault({ status: 503 }, { share: 0.2 })
    const events = Array.from({ length: 60 }, (_, index) =>
      anOrder(`o-${String(index).padStart(2, '0')}`, { userId: `c-${index % 3}` })
    )
    await producer.add('shop-1', events)
    await harness.newWorker()
    await harness.arrived(60)
    await drained(admin)
    const bodies = taken(harness.sandbox).map(({ body }) => body as { orderId: string; customerId: string })
    for (const customer of ['c-0', 'c-1', 'c-2']) {
      const ids = bodies.filter(({ customerId }) => customerId === customer).map(({ orderId }) => orderId)
      expect(ids).toHaveLength(20)
      expect(ids).toEqual(ids.toSorted())
    }
  })

  it('delivers the next event after one that failed, or was a duplicate', async () => {
    const producer = await harness.newProducer({ ordered: true })
    await producer.add('shop-1', [
      anOrder('o-1', { userId: 'c', properties: { order_id: 'o-1' } }),
      anOrder('o-2', { userId: 'c' })
    ])
    await producer.add('shop-1', [anOrder('o-2', { userId: 'c' }), anOrder('o-3', { userId: 'c' })])
    await harness.newWorker()
    await harness.arrived(2)
    expect(harness.orderIds()).toEqual(['o-2', 'o-3'])
  })

  it('keeps the place of an event whose attempt was interrupted', async () => {
    const producer = await harness.newProducer({ ordered: true })
    await producer.add('shop-1', [anOrder('o-1', { userId: 'c' }), anOrder('o-2', { userId: 'c' })])
    const undo = harness.sandbox.injectFault({ status: 422 }, { path: '/v1/event/purchase' })
    const { logger } = harness
    await harness.newWorker({
      logger: {
        ...logger,
        warn: (fields, message) => {
          if (fields.event === 'event_failed') throw new Error('the disk is full')
          logger.warn(fields, message)
        }
      }
    })
    await eventually(() => harness.logged('attempt_interrupted').length > 0)
    undo()
    await delay(300)
    expect(harness.logged('attempt_interrupted')).toMatchObject([{ fields: { error: 'the disk is full' } }])
    expect(harness.orderIds()).toEqual([])
  })
})

describe('A producer', () => {
  it('waits while the queue is full', async () => {
    const producer = await harness.newProducer({ maxQueued: 10 })
    await producer.add('shop-1', orders(10, 'first'))
    const waiting = new AbortController()
    const refused = producer.add('shop-1', orders(5, 'refused'), { signal: waiting.signal })
    await eventually(() => harness.logged('queue_full').length > 0)
    waiting.abort()
    await expect(refused).rejects.toThrow('aborted')
    const more = producer.add('shop-1', orders(5, 'second'))
    await harness.newWorker()
    await more
    await harness.arrived(15)
    expect(harness.orderIds().filter((id) => id?.startsWith('refused'))).toEqual([])
  })

  it('adds more events than the capacity, while others stay in the queue', async () => {
    const producer = await harness.newProducer({ maxQueued: 2 })
    const admin = await harness.newAdmin()
    await harness.newWorker({
      resolveMerchant: (id) => {
        if (id === 'away') throw new Error('the database is down')
        return { settings: harness.merchants[id] ?? newSettings() }
      }
    })
    await producer.add('away', orders(1, 'stays'))
    await eventually(async () => (await admin.status()).delayed === 1)
    await producer.add('shop-1', orders(5))
    await harness.arrived(5)
  })

  it('rejects an invalid event before it adds any other', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const events = [anOrder('o-1'), { type: 'tracked' } as unknown as SegmentEvent]
    await expect(producer.add('shop-1', events)).rejects.toThrow(
      /^events\[1\] is not an event: "type" is not one of/
    )
    expect((await admin.status()).waiting).toBe(0)
  })

  it('adds nothing once it is closed', async () => {
    const producer = await harness.newProducer()
    await producer.add('shop-1', orders(1))
    await producer.close()
    await expect(producer.add('shop-1', orders(2))).rejects.toThrow(/closed/)
  })
})

describe('An export', () => {
  it('keeps what could not be written, and lets the rest be enqueued again', async () => {
    const producer = await harness.newProducer({ ordered: true })
    const admin = await harness.newAdmin()
    await producer.add('shop-1', orders(3))
    const kept: string[] = []
    const full = admin.export(({ event: { messageId = '' } }) => {
      if (kept.length === 2) return Promise.reject(new Error('the disk is full'))
      kept.push(messageId)
      return Promise.resolve()
    })
    await expect(full).rejects.toThrow('the disk is full')
    expect(await admin.status()).toMatchObject({ waiting: 1, isPaused: false })
    expect(await admin.export(() => Promise.resolve())).toBe(1)
    expect(new Set(kept).size).toBe(2)
    await harness.newWorker()
    const states = (await producer.add('shop-1', orders(3))).map(({ state }) => state)
    expect(states).toEqual(['added', 'added', 'added'])
    await harness.arrived(3)
  })

  it('leaves the rest if it is stopped early, and the queue paused if it is killed', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('shop-1', orders(3))
    const stopping = new AbortController()
    const stop = () => {
      stopping.abort()
      return Promise.resolve()
    }
    expect(await admin.export(stop, { signal: stopping.signal })).toBe(1)
    expect(await admin.status()).toMatchObject({ waiting: 2, isPaused: false })

    void admin.export(() => new Promise(() => undefined))
    await eventually(async () => (await admin.status()).isPaused)
    await harness.newWorker()
    await eventually(() => harness.logged('queue_paused').length > 0)
    await admin.resume()
    await harness.arrived(2)
    expect(await admin.status()).toMatchObject({ waiting: 0, isPaused: false })
  })
})

describe('A worker', () => {
  it('finishes the events in flight when it is closed, and accepts no more', async () => {
    harness.sandbox.injectFault({ latencyMs: 200 })
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('shop-1', orders(100))
    const worker = await harness.newWorker({ concurrency: 10 })
    await eventually(async () => (await admin.status()).active === 10)
    expect(worker.isReady()).toBe(true)
    const closed = worker.close()
    expect(worker.isReady()).toBe(false)
    expect(await closed).toBe(true)
    // Events beyond the merchant's share of the slots are delayed.
    const { waiting, delayed, active } = await admin.status()
    expect([active, waiting + delayed + taken(harness.sandbox).length]).toEqual([0, 100])
    expect(taken(harness.sandbox).length).toBeLessThan(60)
  })

  it('reports that it could not finish in time', async () => {
    harness.sandbox.injectFault({ latencyMs: 3000 })
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('shop-1', orders(1))
    const worker = await harness.newWorker()
    await eventually(async () => (await admin.status()).active === 1)
    expect(await worker.close(100)).toBe(false)
  })

  it('logs no line for a delivered event, except at debug level', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const withDropped = (orderId: string) =>
      anOrder(orderId, {
        properties: { order_id: orderId, total: 10, currency: 'USD', loyalty_status: 'platinum', tax: 1 }
      })
    await producer.add('shop-1', [withDropped('1'), anOrder('bad', { properties: {} })])
    const worker = await harness.newWorker()
    await drained(admin)
    await worker.close()
    const logged = () => harness.lines.map(({ level, fields }) => [level, fields.event])
    expect(logged()).toEqual([['warn', 'event_failed']])
    const lines: [string, LogFields][] = []
    const debug = (fields: LogFields) => {
      lines.push([fields.event, fields])
    }
    await producer.add('shop-1', [withDropped('2'), anOrder('bad-too', { properties: {} })])
    await harness.newWorker({ logger: { ...harness.logger, debug } })
    await drained(admin)
    const merchant = 'shop-1'
    const action = 'trackPurchase'
    expect(lines.map(([event]) => event).sort()).toEqual([
      'attempt_failed',
      'event_delivered',
      'values_dropped',
      'values_not_mapped'
    ])
    expect(Object.fromEntries(lines)).toMatchObject({
      event_delivered: { merchant, messageId: 'message-2', action, status: 201 },
      attempt_failed: { merchant, messageId: 'message-bad-too', action, status: 400 },
      values_dropped: { merchant, messageId: 'message-2', action },
      values_not_mapped: { merchant, messageId: 'message-2', names: ['tax'] }
    })
  })

  it('counts for Prometheus if asked to', async () => {
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    const properties = { order_id: 'taxed', total: 10, currency: 'USD', tax: 1, shipping: 2 }
    const taxed = anOrder('taxed', { properties })
    await producer.add('shop-1', [...orders(2), taxed, anOrder('bad', { properties: {} })])
    const worker = await harness.newWorker({ metrics: true })
    await harness.arrived(3)
    await drained(admin)
    const { text } = await worker.metrics()
    for (const line of [
      'friendbuy_events_total{outcome="delivered"} 3',
      'friendbuy_events_total{outcome="failed"} 1',
      'friendbuy_calls_total{action="trackPurchase",status="201"} 3',
      'friendbuy_not_mapped_values_total 2',
      'friendbuy_merchant_not_mapped_values_total{merchant="shop-1"} 2',
      'friendbuy_authorizations_total 1',
      'friendbuy_event_seconds_count 4',
      'friendbuy_queue_events{state="failed"} 1',
      'friendbuy_queue_oldest_event_age_seconds{state="waiting"} 0',
      'friendbuy_failures_total{outcome="failed",reason="invalid_event",status_class="4xx"} 1',
      'friendbuy_merchants_paused 0',
      'friendbuy_worker_ready 1'
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    await expect((await harness.newWorker()).metrics()).rejects.toThrow(/"metrics: true"/)
  })
})
