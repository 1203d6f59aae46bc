import { once } from 'node:events'
import type { Cluster, Redis } from 'ioredis'
import { toMessage, toOneLine } from '../messages'
import { load } from './optional-peer'
import type { QueueLocation } from './connection-options'
import type { WorkerLogger } from './logger'

/** A connection to Redis. */
export type RedisConnection = Redis | Cluster

/** Where Redis is when nobody says. */
const DEFAULT_REDIS = 'redis://127.0.0.1:6379'

/** The name of the queue within its prefix, which has the name that people know it by. */
export const QUEUE = 'events'

/**
 * The prefix of the keys of a queue. It is a hash tag, so that they all are on one node of a Redis Cluster.
 *
 * @throws TypeError when the name has other characters
 */
export const keyPrefix = ({ queue = 'friendbuy' }: QueueLocation): string => {
  if (/^[\w-]{1,64}$/.test(queue)) return `{${queue}}`
  throw new TypeError('The name of a queue has up to 64 letters, digits, "-" and "_".')
}

/**
 * A connection to Redis, which waits for it where it is away: now, and each time that it goes.
 *
 * @param log is told when Redis goes, and when it is back
 * @throws Error saying what to install; TypeError for an address that is none of Redis, or a name of a queue that is none
 */
export const connect = async (
  location: QueueLocation,
  log?: Pick<WorkerLogger, 'info' | 'warn'>
): Promise<RedisConnection> => {
  const { redis = DEFAULT_REDIS } = location
  // A name that is none is told before there is a connection to close.
  keyPrefix(location)
  // Nothing else of ioredis has what is asked of such a connection.
  const connection = typeof redis === 'function' ? (redis() as RedisConnection) : await connectTo(redis)
  let isAway = false
  const onDisconnect = (reason: string) => {
    if (!isAway) log?.warn({ reason }, 'Redis is away: waiting for it')
    isAway = true
  }
  connection.on('error', (error: unknown) => {
    onDisconnect(reasonOf(error))
  })
  connection.on('close', () => {
    // Who ends it by intent does not wait for it.
    if (connection.status !== 'end') onDisconnect('the connection is closed')
  })
  connection.on('ready', () => {
    if (isAway) log?.info({}, 'Redis is back')
    isAway = false
  })
  return connection
}

const connectTo = async (addresses: string): Promise<RedisConnection> => {
  const urls = addresses.split(',').map(toUrl)
  const [first = toUrl(DEFAULT_REDIS)] = urls
  const { Redis, Cluster } = await load('ioredis', () => import('ioredis'))
  // A command waits for Redis however often it goes; BullMQ wants it like this.
  const options = { maxRetriesPerRequest: null }
  if (urls.length === 1) return new Redis(first.href, options)
  return new Cluster(
    urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      redisOptions: {
        ...options,
        username: decodeURIComponent(first.username),
        password: decodeURIComponent(first.password),
        ...(first.protocol === 'rediss:' && { tls: {} })
      }
    }
  )
}

const toUrl = (address: string): URL => {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined
  // Its words may not repeat the address, which may hold a password.
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname) {
    throw new TypeError('The address of Redis must be like redis://127.0.0.1:6379')
  }
  return url
}

/**
 * Resolves when Redis answers.
 *
 * @throws Error saying why it does not, after `withinMs` milliseconds
 */
export const waitForReady = async (connection: RedisConnection, withinMs: number): Promise<void> => {
  let last: unknown
  const note = (error: unknown) => {
    last = error
  }
  connection.on('error', note)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, withinMs, 'late')
  })
  try {
    if ((await Promise.race([connection.ping(), late])) !== 'late') return
    const reason = last === undefined ? 'it does not answer' : reasonOf(last)
    throw new Error(`Redis cannot be reached: ${reason}. Is it running, and is its address right?`)
  } finally {
    clearTimeout(timer)
    connection.off('error', note)
  }
}

/** Whether Redis is there at this moment, which a connection that looks open does not know. */
export const isReachable = async (connection: RedisConnection): Promise<boolean> => {
  if (connection.status === 'ready') {
    // Whichever comes first, and also where either fails, the connection knows how it stands.
    await Promise.race([connection.ping(), once(connection, 'close')]).catch(() => undefined)
  }
  return connection.status === 'ready'
}

/** Ends a connection. One that has ended would hold the process up for two seconds. */
export const disconnect = (connection: RedisConnection): void => {
  if (connection.status !== 'end') connection.disconnect()
}

/** Why a connection failed. Where each address of a host was tried, the error has a code and no words. */
const reasonOf = (error: unknown) =>
  toOneLine(toMessage(error) || ((error as NodeJS.ErrnoException).code ?? 'unknown'))

/** What is risky about the settings of a Redis: a line each, for its operator. */
export const findRisks = async (connection: RedisConnection): Promise<string[]> => {
  const info = await connection.info()
  const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = value('maxmemory_policy')
  return [
    ...(value('aof_enabled') === '0'
      ? [
          'Redis keeps no append-only file: events that were enqueued are lost when it ends. Set "appendonly yes".'
        ]
      : []),
    ...(policy !== undefined && policy !== 'noeviction'
      ? [
          `Redis may throw events away when its memory is full (maxmemory-policy ${policy}). Set "maxmemory-policy noeviction".`
        ]
      : [])
  ]
}
