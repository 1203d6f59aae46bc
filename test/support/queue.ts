import type { SegmentEvent } from '@segment/actions-core'
import { nanoid } from 'nanoid'
import type { Settings } from '../../src'
import {
  createProducer,
  createWorker,
  type FailedFilter,
  type FailedQueuedEvent,
  type FriendbuyWorker,
  type LogEvent,
  type LogFields,
  openQueue,
  type Producer,
  type ProducerOptions,
  type QueueAdmin,
  type WorkerLogger,
  type WorkerOptions
} from '../../src/queue'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings, noteOutput } from './credentials'
import { eventually } from './eventually'
import { startRedis, type TestRedis } from './redis'
import { taken } from './sandboxed'

/** An Order Completed event. */
export const anOrder = (orderId: string, more: Partial<SegmentEvent> = {}): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `message-${orderId}`,
  userId: `customer-${orderId}`,
  properties: { order_id: orderId, total: 10, currency: 'USD' },
  ...more
})

/** As many orders, with IDs that begin with a prefix. */
export const orders = (count: number, prefix = 'order'): SegmentEvent[] =>
  Array.from({ length: count }, (_, index) => anOrder(`${prefix}-${index}`))

/** Resolves once a queue holds nothing but failed events. */
export const drained = (admin: QueueAdmin, withinMs?: number): Promise<void> =>
  eventually(async () => {
    const { waiting, active, delayed } = await admin.status()
    return waiting + active + delayed === 0
  }, withinMs)

/** Failed events, by default all of them. */
export const failedOf = async (admin: QueueAdmin, filter?: FailedFilter): Promise<FailedQueuedEvent[]> => {
  const failed = []
  for await (const one of admin.failed(filter)) failed.push(one)
  return failed
}

/** A Redis for all tests of a file; a sandbox and a queue for each test. Everything is closed after each test. */
export class QueueHarness {
  redis!: TestRedis
  sandbox!: Sandbox
  queue!: string
  merchants!: Record<string, Settings>
  closing: (() => unknown)[] = []
  lines: { level: string; fields: LogFields; message: string }[] = []

  readonly logger: WorkerLogger = {
    info: this.#noter('info'),
    warn: this.#noter('warn'),
    error: this.#noter('error')
  }

  constructor() {
    beforeAll(async () => {
      this.redis = await startRedis()
    })
    afterAll(async () => {
      noteOutput(await this.redis.dump())
      await this.redis.remove()
    })
    beforeEach(async () => {
      this.sandbox = await startSandbox()
      this.queue = nanoid()
      this.merchants = { 'shop-1': newSettings(), 'shop-2': newSettings() }
      this.closing = []
      this.lines = []
    })
    afterEach(async () => {
      for (const close of this.closing.toReversed()) await close()
      await this.sandbox.close()
    })
  }

  async newProducer(options: ProducerOptions = {}): Promise<Producer> {
    const { queue, logger } = this
    const producer = await createProducer({ redis: this.redis.url, queue, logger, ...options })
    this.closing.push(producer.close)
    return producer
  }

  async newWorker(options: Partial<WorkerOptions> = {}): Promise<FriendbuyWorker> {
    const { queue, logger } = this
    const worker = await createWorker({
      redis: this.redis.url,
      queue,
      mapiUrl: this.sandbox.url,
      logger,
      resolveMerchant: (id) => {
        const settings = this.merchants[id]
        return settings && { settings, customEvents: ['Downloaded'] }
      },
      ...options
    })
    this.closing.push(() => worker.close(0))
    return worker
  }

  async newAdmin(): Promise<QueueAdmin> {
    const admin = await openQueue({ redis: this.redis.url, queue: this.queue })
    this.closing.push(admin.close)
    return admin
  }

  /** Order IDs that MAPI accepted, in their order. */
  orderIds(): (string | undefined)[] {
    return taken(this.sandbox).map(({ body }) => (body as { orderId?: string }).orderId)
  }

  /** Resolves once MAPI has accepted so many calls. */
  arrived(count: number): Promise<void> {
    return eventually(() => taken(this.sandbox).length >= count)
  }

  /** Log lines of an event. */
  logged(event: LogEvent): QueueHarness['lines'] {
    return this.lines.filter(({ fields }) => fields.event === event)
  }

  #noter(level: string) {
    return (fields: LogFields, message: string) => {
      noteOutput(`${message} ${JSON.stringify(fields)}`)
      this.lines.push({ level, fields, message })
    }
  }
}
