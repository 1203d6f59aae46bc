import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A redis-server of a test's own. */
export interface TestRedis {
  url: string
  /** Ends it at once, as a loss of power does to a process. */
  kill: () => Promise<void>
  /** Starts it again, with what it has on disk. */
  start: () => Promise<void>
  /** Every key with its value, as text. */
  dump: () => Promise<string>
  /** Ends it and removes what it has on disk. */
  remove: () => Promise<void>
}

/** Settings under which it loses nothing. */
export const SAFE = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']

/** Starts a redis-server on a free port, in a folder of its own. */
export const startRedis = async (settings: readonly string[] = SAFE): Promise<TestRedis> => {
  const folder = await mkdtemp(join(tmpdir(), 'friendbuy-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined

  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings]
    server = spawn('redis-server', args, { stdio: 'ignore' })
    await answers(url)
  }
  const kill = async () => {
    if (server?.exitCode !== null || server.signalCode !== null) return
    const closed = once(server, 'close')
    server.kill('SIGKILL')
    await closed
  }
  await start()
  return {
    url,
    start,
    kill,
    dump: () => dump(url),
    remove: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Resolves once a server has read what it has on disk, and answers. */
const answers = async (url: string) => {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  redis.on('error', () => undefined)
  await redis.ping()
  redis.disconnect()
}

const dump = async (url: string) => {
  const redis = new Redis(url)
  const lines = []
  for (const key of await redis.keys('*')) {
    const value = {
      hash: () => redis.hgetall(key),
      list: () => redis.lrange(key, 0, -1),
      set: () => redis.smembers(key),
      stream: () => redis.xrange(key, '-', '+'),
      string: () => redis.get(key),
      zset: () => redis.zrange(key, 0, '-1')
    }[await redis.type(key)]
    lines.push(`${key} ${JSON.stringify(await value?.())}`)
  }
  redis.disconnect()
  return lines.join('\n')
}
