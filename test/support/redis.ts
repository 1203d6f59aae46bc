import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A redis-server of a single test. */
export interface TestRedis {
  url: string
  port: number
  /** Kills it. */
  kill: () => Promise<void>
  /** Starts it again, with its data on disk. */
  start: () => Promise<void>
  /** Stops it from responding: the process is suspended. */
  suspend: () => void
  /** Lets it respond again. */
  resume: () => void
  /** Sends a command. */
  call: (command: string, ...args: (string | number)[]) => Promise<unknown>
  /** Every key with its value, as text. */
  dump: () => Promise<string>
  /** Kills it and removes its data. */
  remove: () => Promise<void>
}

/** Settings with which it loses nothing. */
export const SAFE = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']

/** Starts a redis-server on a free port, in its own folder. */
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
    port,
    start,
    kill,
    suspend: () => server?.kill('SIGSTOP'),
    resume: () => server?.kill('SIGCONT'),
    call: async (command, ...args) => {
      const redis = new Redis(url)
      try {
        return await redis.call(command, ...args)
      } finally {
        redis.disconnect()
      }
    },
    dump: () => dump(url),
    remove: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** A port of this machine that nothing listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Resolves once a server has loaded its data, and responds. */
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

/** A relay in front of Redis: its address stays while servers change. */
export interface RedisRelay {
  url: string
  /** Sends new connections to another server. */
  target: (port: number) => void
  /** Swallows everything that is sent over the present connections. */
  swallow: () => void
  close: () => void
}

/** Starts a relay in front of a redis-server. */
export const startRedisRelay = async (port: number): Promise<RedisRelay> => {
  let target = port
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, redis],
      [redis, client]
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined).pipe(to)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: (next) => {
      target = next
    },
    swallow: () => {
      for (const socket of sockets) socket.unpipe().resume()
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}
