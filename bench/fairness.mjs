/*
 * Measures how one merchant's trouble affects others: the time from enqueueing to MAPI of events of 50 healthy merchants,
 * while one merchant has a backlog, in six situations.
 *
 *   npm run bench:fairness [-- seconds]
 *
 * It rewrites the second table of figures in docs/scale.md, and needs redis-server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { format } from 'prettier'
import { withRedis } from './redis.mjs'

const HERE = import.meta.dirname
const DIST = process.env.BENCH_DIST ?? join(HERE, '../dist')
const { createProducer, openQueue } = createRequire(import.meta.url)(join(DIST, 'queue/index.js'))
const DOCUMENT = join(HERE, '../docs/scale.md')
const TABLE = /(?<=<!-- fairness -->).*(?=<!-- \/fairness -->)/s

const HEALTHY = 50
const EVERY_MS = 50

const created = (response) =>
  response.writeHead(201).end('{"eventId":"e","createdOn":"2026-01-01T00:00:00Z"}')

/** Situations of the one merchant: its backlog, and MAPI's response to it. */
const SITUATIONS = [
  { name: 'none', backlog: 0, respond: created },
  {
    name: '429, Retry-After 5, 2,000 waiting',
    backlog: 2000,
    respond: (response) => response.writeHead(429, { 'retry-after': '5' }).end('{}')
  },
  { name: '503, 2,000 waiting', backlog: 2000, respond: (response) => response.writeHead(503).end('{}') },
  { name: 'no response, 200 waiting', backlog: 200, respond: () => undefined },
  {
    name: '201 after 5 s, 500 waiting',
    backlog: 500,
    respond: (response) => setTimeout(() => created(response), 5000)
  },
  { name: 'healthy, 10,000 waiting', backlog: 10_000, respond: created }
]

const anOrder = (id) => ({
  type: 'track',
  event: 'Order Completed',
  messageId: id,
  userId: id,
  properties: { order_id: id, total: 10, currency: 'USD' }
})

/** A MAPI that notes when each order of a healthy merchant arrives. */
const startMapi = async (arrivals, respond) => {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const body = JSON.parse(text)
    if (request.url.endsWith('/authorization')) {
      const expires = new Date(Date.now() + 1_200_000).toISOString()
      response.writeHead(200).end(JSON.stringify({ tokenType: 'Bearer', token: body.key, expires }))
    } else if (request.headers.authorization === 'Bearer backlog') respond(response)
    else {
      arrivals.set(body.orderId, performance.now())
      created(response)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const startWorker = async (args) => {
  const worker = spawn(process.execPath, [join(DIST, 'cli/main.js'), 'worker', ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  worker.stdout.resume()
  return worker
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]

const measure = async (url, folder, { name, backlog, respond }, seconds) => {
  const arrivals = new Map()
  const mapi = await startMapi(arrivals, respond)
  const ids = ['backlog', ...Array.from({ length: HEALTHY }, (_, index) => `healthy-${index}`)]
  const file = join(folder, 'merchants.json')
  const merchants = ids.map((id) => [id, { settings: { authKey: id, authSecret: 'secret' } }])
  await writeFile(file, JSON.stringify(Object.fromEntries(merchants)), { mode: 0o600 })

  const queue = `fairness-${SITUATIONS.findIndex((situation) => situation.name === name)}`
  const producer = await createProducer({ redis: url, queue })
  await producer.add(
    'backlog',
    Array.from({ length: backlog }, (_, index) => anOrder(`backlog-${index}`))
  )
  const mapiUrl = `http://127.0.0.1:${mapi.address().port}`
  const where = ['--redis', url, '--queue', queue, '--mapi-url', mapiUrl]
  const worker = await startWorker(['--merchants', file, ...where])
  const admin = await openQueue({ redis: url, queue })
  // Measures from when the worker runs.
  await producer.add('healthy-0', [anOrder('first')])
  while (!arrivals.has('first') && (await admin.status()).waiting > backlog) await delay(20)

  const enqueuedAt = new Map()
  const adding = []
  const end = performance.now() + seconds * 1000
  for (let index = 0; performance.now() < end; index += 1) {
    const id = `probe-${index}`
    enqueuedAt.set(id, performance.now())
    adding.push(producer.add(`healthy-${index % HEALTHY}`, [anOrder(id)]))
    await delay(EVERY_MS)
  }
  await Promise.all(adding)
  const giveUpAt = performance.now() + 120_000
  const isMissing = (id) => !arrivals.has(id)
  while ([...enqueuedAt.keys()].some(isMissing) && performance.now() < giveUpAt) await delay(50)
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await Promise.all([producer.close(), admin.close()])
  mapi.closeAllConnections()
  mapi.close()
  const times = [...enqueuedAt].map(([id, at]) => (arrivals.get(id) ?? Infinity) - at).sort((a, b) => a - b)
  return { name, p50: percentile(times, 0.5), p95: percentile(times, 0.95), max: times.at(-1) }
}

const toTime = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)

const main = async () => {
  const seconds = Number(process.argv[2] ?? 20)
  const folder = await mkdtemp(join(tmpdir(), 'actions-friendbuy-cloud-fairness-'))
  const rows = []
  try {
    await withRedis(folder, async (url) => {
      for (const situation of SITUATIONS) {
        const { name, p50, p95, max } = await measure(url, folder, situation, seconds)
        rows.push([name, toTime(p50), toTime(p95), toTime(max)])
        console.error(rows.at(-1).join(' | '))
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const table = [['backlog of the one merchant', 'p50', 'p95', 'max'], ['---', '--:', '--:', '--:'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
  const machine = `${availableParallelism()} cores of ${cpus()[0].model}`
  const head = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${machine}, one worker with 32 events in flight.`
  const report = await format(`${head}\n\n${table}\n`, { parser: 'markdown' })
  console.log(report)
  if (process.env.BENCH_DIST) return
  const document = await readFile(DOCUMENT, 'utf8')
  await writeFile(
    DOCUMENT,
    document.replace(TABLE, () => `\n\n${report}\n`)
  )
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 2
})
