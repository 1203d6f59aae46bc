/*
 * Measures the queue: events enqueued per second, Redis' memory and processor time per event, and events delivered per
 * second by 1, 2 and 4 workers.
 *
 *   npm run bench:queue [-- events]
 *
 * It rewrites the first table of figures in docs/scale.md, and needs redis-server.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { format } from 'prettier'
import events from './events.js'
import { withMapi } from './mapi.mjs'
import { withRedis } from './redis.mjs'

const { createProducer, openQueue } = createRequire(import.meta.url)('actions-friendbuy-cloud/queue')
const HERE = import.meta.dirname
const DOCUMENT = join(HERE, '../docs/scale.md')
const TABLE = /(?<=<!-- bench -->).*(?=<!-- \/bench -->)/s

const WORKERS = [1, 2, 4]

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** A number of Redis' INFO. */
const infoOf = async (redis, section, name) =>
  Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await redis.info(section))[1])

/** Memory used by Redis, in bytes. */
const memoryOf = (redis) => infoOf(redis, 'memory', 'used_memory')

/** Processor time of Redis' main thread, in µs. */
const processorOf = async (redis) => {
  const user = await infoOf(redis, 'cpu', 'used_cpu_user_main_thread')
  const system = await infoOf(redis, 'cpu', 'used_cpu_sys_main_thread')
  return (user + system) * 1e6
}

/** Enqueues orders, and returns the duration in seconds. */
const enqueue = async (url, queue, count) => {
  const producer = await createProducer({ redis: url, queue, maxQueued: Infinity })
  const orders = events.orders(count)
  const begunAt = performance.now()
  await producer.add('default', orders)
  const seconds = (performance.now() - begunAt) / 1000
  await producer.close()
  return seconds
}

/** Lets workers empty the queue, and returns the events per second between the first tenth and the last event. */
const deliver = async (url, queue, workers, { execArgv, env }, count) => {
  const { authKey, authSecret } = events.settingsOf(1)
  const admin = await openQueue({ redis: url, queue })
  const children = Array.from({ length: workers }, () =>
    fork(join(HERE, '../dist/cli/main.js'), ['worker', '--redis', url, '--queue', queue], {
      execArgv,
      env: { ...env, FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
  )
  let begun
  for (;;) {
    const { waiting, active, delayed } = await admin.status()
    const left = waiting + active + delayed
    if (left <= 0.9 * count) begun ??= { at: performance.now(), left }
    if (left === 0) break
    await delay(50)
  }
  const rate = (begun.left / (performance.now() - begun.at)) * 1000
  await admin.close()
  await Promise.all(
    children.map((child) => {
      child.kill()
      return once(child, 'exit')
    })
  )
  return rate
}

const main = async () => {
  const count = Number(process.argv[2] ?? 20_000)
  const rows = await withMapi((mapi) =>
    withRedis(mapi.folder, async (url, redis) => {
      const figures = []
      for (const workers of WORKERS) {
        const queue = `bench-${workers}`
        const before = await memoryOf(redis)
        const processorBefore = await processorOf(redis)
        const seconds = await enqueue(url, queue, count)
        const waiting = await memoryOf(redis)
        const rate = await deliver(url, queue, workers, mapi, count)
        const after = await memoryOf(redis)
        figures.push({
          enqueued: count / seconds,
          waiting: (waiting - before) / count,
          after: (after - before) / count,
          processor: ((await processorOf(redis)) - processorBefore) / count,
          workers,
          rate
        })
        console.error(`Workers: ${workers}. Events per second: ${number.format(rate)}`)
      }
      const [{ enqueued, waiting, after, processor }] = figures
      return [
        ['events enqueued per second, by one producer', enqueued],
        ['bytes of Redis per waiting event', waiting],
        ['bytes of Redis per delivered event, within the deduplication window', after],
        ["µs of Redis' processor time per event, enqueued and delivered", processor],
        ...figures.map(({ workers, rate }) => [
          `events delivered per second, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
          rate
        ])
      ]
    })
  )
  const table = [['figure', ''], ['---', '---'], ...rows.map(([name, value]) => [name, number.format(value)])]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
  const machine = `${availableParallelism()} cores of ${cpus()[0].model}`
  const head = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${machine}, ${count} events.`
  const report = await format(`${head}\n\n${table}\n`, { parser: 'markdown' })
  console.log(report)
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
