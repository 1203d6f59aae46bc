import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FairSchedule } from '../../src/queue/fair-schedule'
import { openBullQueue } from '../../src/queue/bull-queue'
import { connect, disconnect } from '../../src/queue/redis'
import { eventually } from '../support/eventually'
import { drained, orders, QueueHarness } from '../support/queue'

const harness = new QueueHarness()

/** Order IDs, in the order in which MAPI got them. */
let arrived: string[]
/** Orders of the merchant "big" without a response, now and at most. */
let open: number
let mostOpen: number

const created = (response: ServerResponse) => response.writeHead(201).end('{}')

/** A MAPI that responds to the orders of the merchant "big" as told, and to all others at once. */
const startMapi = async (respondToBig: (response: ServerResponse) => unknown): Promise<string> => {
  const server: Server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      const body = JSON.parse(text) as { key: string; orderId: string }
      if (request.url?.endsWith('/authorization')) {
        const expires = new Date(Date.now() + 1_200_000).toISOString()
        response.end(JSON.stringify({ tokenType: 'Bearer', token: `token of ${body.key}`, expires }))
        return
      }
      arrived.push(body.orderId)
      if (request.headers.authorization !== 'Bearer token of big') {
        created(response)
        return
      }
      open += 1
      mostOpen = Math.max(mostOpen, open)
      response.on('close', () => (open -= 1))
      respondToBig(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  harness.closing.unshift(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const resolveMerchant = (id: string) => ({ settings: { authKey: id, authSecret: 'secret' } })

beforeEach(() => {
  arrived = []
  open = 0
  mostOpen = 0
})

describe('A merchant with a backlog', () => {
  it('leaves half of a worker, and its turn, to others while it is healthy', async () => {
    const mapiUrl = await startMapi((response) => setTimeout(() => created(response), 2))
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('big', orders(600, 'big'))
    await harness.newWorker({ mapiUrl, resolveMerchant, concurrency: 8 })
    await eventually(() => arrived.length > 100)
    const before = arrived.length
    for (let index = 0; index < 10; index += 1) {
      await producer.add(`small-${index}`, orders(1, `small-${index}`))
    }
    await eventually(() => arrived.filter((id) => id.startsWith('small')).length === 10)
    const lastSmall = arrived.findLastIndex((id) => id.startsWith('small'))
    expect(lastSmall - before).toBeLessThan(300)
    await drained(admin)
    expect(new Set(arrived).size).toBe(610)
    expect(arrived).toHaveLength(610)
    expect(mostOpen).toBe(4)
  })

  it('leaves half of a worker to others while MAPI trickles or never responds for it, and each call ends', async () => {
    let calls = 0
    const mapiUrl = await startMapi((response) => {
      calls += 1
      if (calls % 2 === 0) return
      response.writeHead(201)
      const trickle = setInterval(() => response.write(' '), 1000)
      response.on('close', () => {
        clearInterval(trickle)
      })
    })
    const producer = await harness.newProducer()
    const admin = await harness.newAdmin()
    await producer.add('big', orders(60, 'big'))
    await harness.newWorker({ mapiUrl, resolveMerchant, concurrency: 8 })
    await eventually(() => open === 4)
    for (let index = 0; index < 20; index += 1) {
      await producer.add(`small-${index}`, orders(1, `small-${index}`))
    }
    await eventually(() => arrived.filter((id) => id.startsWith('small')).length === 20)
    // None of the first calls had ended, and no slot was free.
    expect(arrived.filter((id) => id.startsWith('big'))).toHaveLength(4)
    await eventually(() => arrived.filter((id) => id.startsWith('big')).length >= 8)
    const { waiting, active, delayed, failed } = await admin.status()
    expect([waiting + active + delayed, failed]).toEqual([60, 0])
    expect(mostOpen).toBe(4)
  }, 40_000)
})

describe('The order of a queue', () => {
  it("gives each merchant 16 events a round, and keeps each merchant's own order", async () => {
    const mapiUrl = await startMapi(created)
    const producer = await harness.newProducer()
    await producer.add('big', orders(40, 'big'))
    await producer.add('small', orders(3, 'small'))
    await producer.add('big', orders(10, 'more'))
    await harness.newWorker({ mapiUrl, resolveMerchant, concurrency: 1 })
    await eventually(() => arrived.length === 53)
    const big = [...orders(40, 'big'), ...orders(10, 'more')].map(({ properties }) => properties?.order_id)
    const small = orders(3, 'small').map(({ properties }) => properties?.order_id)
    expect(arrived).toEqual([...big.slice(0, 16), ...small, ...big.slice(16)])
  })

  it('starts a new merchant in the current round, and the rounds again once the queue is empty', async () => {
    const redis = await connect({ redis: harness.redis.url, queue: harness.queue })
    const queue = await openBullQueue({ queue: harness.queue }, redis)
    harness.closing.push(() => {
      disconnect(redis)
    })
    const schedule = new FairSchedule(queue, redis)
    const add = async (merchant: string, count: number) => {
      const rounds = await schedule.reserve(merchant, count)
      for (const priority of rounds)
        await queue.add('event', { merchant, event: { type: 'track' } }, { priority })
      return rounds
    }
    expect(await add('big', 20)).toEqual([...Array<number>(16).fill(1), 2, 2, 2, 2])
    const first = await queue.getJobs(['prioritized'], 0, 15, true)
    for (const job of first) await job.remove()
    expect(await add('new', 1)).toEqual([2])
    expect(await add('big', 13)).toEqual([...Array<number>(12).fill(2), 3])
    await queue.obliterate()
    expect(await add('big', 1)).toEqual([1])
  })
})
