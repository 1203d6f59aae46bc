import { once } from 'node:events'
import type { Cluster, Redis } from 'ioredis'
import { toMessage, toOneLine } from '../messages'
import type { QueueLocation } from './connection-options'
import { withDeadline } from './deadline'
import { importOptional } from './optional-peer'

/** A connection to Redis. */
export type RedisConnection = Redis | Cluster

/** Default Redis URL. */
const DEFAULT_REDIS = 'redis://127.0.0.1:6379'

/** Idle time before TCP probes a connection, in milliseconds. */
const KEEP_ALIVE_MS = 10_000

/** BullMQ's name of the queue. The name chosen by the operator is in the prefix of its keys. */
export const QUEUE = 'events'

/**
 * Prefix of a queue's keys: a hash tag, so that all of them are on one node of a Redis Cluster.
 *
 * @throws TypeError if the name has other characters
 */
export const keyPrefix = ({ queue = 'friendbuy' }: QueueLocation): string => {
  if (/^[\w-]{1,64}$/.test(queue)) return `{${queue}}`
  throw new TypeError('Invalid queue name: expected up to 64 letters, digits, "-" and "_".')
}

/**
 * Opens a connection to Redis that waits and reconnects whenever Redis is unreachable, now or later.
 *
 * @throws Error saying what to install; TypeError if the address or the queue's name is invalid
 */
export const connect = async (location: QueueLocation): Promise<RedisConnection> => {
  const { redis = DEFAULT_REDIS } = location
  // Checks the name before there is a connection to close.
  keyPrefix(location)
  // Only ioredis' own classes have what IoredisConnection asks for.
  const connection = typeof redis === 'function' ? (redis() as RedisConnection) : await connectTo(redis)
  // Without a listener, an error would end the process. ConnectionMonitor reports them.
  connection.on('error', () => undefined)
  return connection
}

const connectTo = async (addresses: string): Promise<RedisConnection> => {
  const urls = addresses.split(',').map(toUrl)
  const [first = toUrl(DEFAULT_REDIS)] = urls
  const { Redis, Cluster } = await importOptional('ioredis', () => import('ioredis'))
  // BullMQ requires maxRetriesPerRequest: commands wait for Redis, however often the connection is lost.
  const options = { maxRetriesPerRequest: null, keepAlive: KEEP_ALIVE_MS }
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

/**
 * Describes the servers of a location, such as `redis.example.com:6379`, without user and password.
 *
 * @throws TypeError if the address is invalid
 */
export const describeServers = ({ redis = DEFAULT_REDIS }: QueueLocation): string =>
  typeof redis === 'function'
    ? 'custom'
    : redis
        .split(',')
        .map(toUrl)
        .map(({ hostname, port }) => `${hostname}:${port || '6379'}`)
        .join(',')

const toUrl = (address: string): URL => {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined
  // The message must not repeat the address, which may hold a password.
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname) {
    throw new TypeError('Invalid Redis address: expected one such as redis://127.0.0.1:6379.')
  }
  return url
}

/**
 * Resolves once Redis responds.
 *
 * @throws Error with the reason if it does not within `withinMs` milliseconds
 */
export const waitForReady = async (connection: RedisConnection, withinMs: number): Promise<void> => {
  let last: unknown
  const note = (error: unknown) => {
    last = error
  }
  connection.on('error', note)
  try {
    await withDeadline(connection.ping(), withinMs, () => {
      const reason = last === undefined ? 'no response' : describeError(last)
      throw new Error(
        `Cannot reach Redis: ${reason}. Check that it is running and that the address is right.`
      )
    })
  } finally {
    connection.off('error', note)
  }
}

/** Tells whether Redis responds. A connection that looks open proves nothing. */
export const isReachable = async (connection: RedisConnection): Promise<boolean> => {
  if (connection.status === 'ready') {
    // Whichever comes first, and even if both fail, the connection's status is then up to date.
    await Promise.race([connection.ping(), once(connection, 'close')]).catch(() => undefined)
  }
  return connection.status === 'ready'
}

/** Closes a connection. Closing it twice would hold up the process for two seconds. */
export const disconnect = (connection: RedisConnection): void => {
  if (connection.status !== 'end') connection.disconnect()
}

/** The reason of a failed connection. If each address of a host was tried, the error has a code and no message. */
export const describeError = (error: unknown): string =>
  toOneLine(toMessage(error) || ((error as NodeJS.ErrnoException).code ?? 'unknown'))

/** Risky settings of a Redis server, one message each. */
export const findRisks = async (connection: RedisConnection): Promise<string[]> => {
  const info = await connection.info()
  const setting = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = setting('maxmemory_policy')
  return [
    ...(setting('aof_enabled') === '0'
      ? ['Redis keeps no append-only file: enqueued events are lost when it stops. Set "appendonly yes".']
      : []),
    ...(policy !== undefined && policy !== 'noeviction'
      ? [
          `Redis may evict events when its memory is full (maxmemory-policy ${policy}). Set "maxmemory-policy noeviction".`
        ]
      : [])
  ]
}
