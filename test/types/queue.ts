/** Compiled by `npm run typecheck`, never run: whose connections the queue takes. */
import { Cluster, Redis } from 'ioredis'
import type { QueueLocation } from '../../src/queue'

export const locations: QueueLocation[] = [
  { redis: 'redis://127.0.0.1:6379' },
  { redis: () => new Redis({ sentinels: [{ host: '127.0.0.1', port: 26379 }], name: 'main' }) },
  { redis: () => new Cluster([{ host: '127.0.0.1', port: 7000 }]) },
  // @ts-expect-error -- a connection itself would be closed with the first that uses it
  { redis: new Redis() },
  // @ts-expect-error -- a client of node-redis
  { redis: () => ({ isOpen: true, isReady: true, sendCommand: () => Promise.resolve('PONG') }) }
]
