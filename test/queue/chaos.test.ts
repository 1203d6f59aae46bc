/*
 * Everything at once: workers that are killed and stopped, a Redis that dies, a MAPI with faults and limits, a merchant
 * whose key is revoked, events that cannot succeed. The test suite runs it small, `npm run chaos` large and with figures.
 */
import { type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentEvent } from '@segment/actions-core'
import { merchantOf, type SandboxRecord, startSandbox } from '../../src/sandbox'
import { createProducer, openQueue } from '../../src/queue'
import { newSettings } from '../support/credentials'
import { eventually } from '../support/eventually'
import { drained, failedOf } from '../support/queue'
import { startRedis } from '../support/redis'
import { startCli } from '../support/run-cli'

const isLarge = process.env.CHAOS !== undefined
const EVENTS = isLarge ? 20_000 : 600
const MERCHANTS = isLarge ? 50 : 10
const POISON = isLarge ? 50 : 10
const WORKERS = 4
const CONCURRENCY = 32
const TIMEOUT_MS = isLarge ? 600_000 : 150_000

/** Events of each kind in turn. Their bodies contain their number. */
const anEvent = (index: number): SegmentEvent => {
  const id = `id-${index}`
  const base = { messageId: `message-${index}`, userId: id }
  const email = `${id}@example.com`
  if (index % 10 === 0) return { ...base, type: 'identify', traits: { email } }
  if (index % 10 === 1)
    return {
      ...base,
      type: 'track',
      event: 'Signed Up',
      properties: { email }
    }
  if (index % 10 < 4)
    return {
      ...base,
      type: 'track',
      event: 'Downloaded',
      properties: { email, what: 'a guide' }
    }
  const properties = { order_id: id, total: 10, currency: 'USD' }
  return { ...base, type: 'track', event: 'Order Completed', properties }
}

/** An event that cannot be delivered: it lacks required fields. */
const poisonEvent = (index: number): SegmentEvent => {
  const base = { messageId: `poison-${index}`, userId: `poison-${index}` }
  if (index % 2 === 0) return { ...base, type: 'identify', traits: {} }
  return { ...base, type: 'track', event: 'Order Completed', properties: { order_id: `poison-${index}` } }
}

const customerIdOf = ({ body }: SandboxRecord) => (body as { customerId: string }).customerId

it(
  "In chaos, each event arrives at least once, with its merchant's token",
  async () => {
    const merchants = Array.from({ length: MERCHANTS }, (_, index) => ({
      id: `shop-${index}`,
      settings: newSettings()
    }))
    const merchantAt = (index: number) => merchants[index % MERCHANTS] as (typeof merchants)[number]
    const credentials = merchants.map(({ settings: { authKey: key, authSecret: secret } }) => ({
      key,
      secret
    }))
    const redis = await startRedis()
    const sandbox = await startSandbox({ credentials, keep: 10 * EVENTS })
    const folder = await mkdtemp(join(tmpdir(), 'friendbuy-chaos-'))
    const file = join(folder, 'merchants.json')
    const entries = merchants.map(({ id, settings }) => [id, { settings, customEvents: ['Downloaded'] }])
    await writeFile(file, JSON.stringify(Object.fromEntries(entries)), {
      mode: 0o600
    })
    const workers = new Map<ChildProcess, Promise<number | null>>()
    const startWorker = () => {
      const args = ['--merchants', file, '--mapi-url', sandbox.url, '--redis', redis.url]
      const worker = startCli(['worker', ...args, '--concurrency', String(CONCURRENCY)])
      workers.set(worker, new Promise((resolve) => worker.on('close', resolve)))
      return worker
    }
    const ended = new AbortController()
    try {
      sandbox.injectFault({ status: 500 }, { share: 0.02 })
      const limiting = (async () => {
        while (!ended.signal.aborted) {
          const undo = sandbox.injectFault({ status: 429, headers: { 'retry-after': '1' } }, { share: 0.5 })
          await delay(300)
          undo()
          await delay(2000)
        }
      })()

      const [first, second] = [startWorker(), startWorker()]
      for (let more = 2; more < WORKERS; more += 1) startWorker()

      const producer = await createProducer({ redis: redis.url })
      const enqueue = async () => {
        for (const [number, { id }] of merchants.entries()) {
          const own = Array.from({ length: EVENTS / MERCHANTS }, (_, index) =>
            anEvent(index * MERCHANTS + number)
          )
          const poison = Array.from({ length: POISON / MERCHANTS }, (_, index) =>
            poisonEvent(index * MERCHANTS + number)
          )
          await producer.add(id, [...own, ...poison])
        }
      }
      const startedAt = Date.now()
      const enqueued = enqueue()
      const taken = () =>
        sandbox.records.filter(({ path, status }) => path !== '/v1/authorization' && status === 201)
      const delivered = (share: number) => eventually(() => taken().length >= share * EVENTS, TIMEOUT_MS)

      // One merchant's credentials stay revoked until near the end.
      const [revoked] = credentials.splice(0, 1)
      await delivered(0.15)
      first.kill('SIGKILL')
      await delivered(0.3)
      second.kill('SIGTERM')
      expect(await workers.get(second)).toBe(0)
      await delivered(0.45)
      await redis.kill()
      await delay(1000)
      await redis.start()
      await enqueued
      await delivered(0.85)
      if (revoked) credentials.push(revoked)

      const admin = await openQueue({ redis: redis.url })
      await drained(admin, TIMEOUT_MS)
      const seconds = (Date.now() - startedAt) / 1000
      ended.abort()
      await limiting

      const times = new Map<string, number>()
      for (const record of taken()) {
        const id = customerIdOf(record)
        times.set(id, (times.get(id) ?? 0) + 1)
        const { settings } = merchantAt(Number(id.slice(3)))
        expect(record.merchant).toBe(merchantOf({ key: settings.authKey, secret: settings.authSecret }))
      }
      const lost = Array.from({ length: EVENTS }, (_, index) => `id-${index}`).filter((id) => !times.has(id))
      const duplicates = [...times.values()].reduce((sum, count) => sum + count - 1, 0)
      const failed = (await failedOf(admin)).map(({ event }) => event.messageId ?? '')
      await admin.close()
      await producer.close()
      if (isLarge) {
        const figures = {
          events: EVENTS,
          lost: lost.length,
          failed: failed.length,
          duplicates,
          seconds
        }
        process.stdout.write(`${JSON.stringify(figures)}\n`)
      }
      expect(lost).toEqual([])
      expect(failed.toSorted()).toEqual(
        Array.from({ length: POISON }, (_, index) => `poison-${index}`).toSorted()
      )
      expect(duplicates).toBeLessThanOrEqual(WORKERS * CONCURRENCY)
    } finally {
      ended.abort()
      for (const worker of workers.keys()) worker.kill()
      await Promise.all(workers.values())
      await sandbox.close()
      await redis.remove()
      await rm(folder, { recursive: true })
    }
  },
  TIMEOUT_MS
)
