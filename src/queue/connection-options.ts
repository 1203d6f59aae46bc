/**
 * A connection of ioredis: its Redis or its Cluster. Only what tells these from other clients is named, and not their
 * own types, so that a project without ioredis can compile code that uses this package.
 */
export interface IoredisConnection {
  /** State of the connection, such as `ready`. */
  readonly status: string
  /** Tells a Cluster from a single Redis. */
  readonly isCluster: boolean
  /** Registers a Lua script. */
  defineCommand: (name: string, definition: { lua: string }) => void
  /** Closes the connection. */
  disconnect: () => void
}

/** Location of the queue. */
export interface QueueLocation {
  /**
   * Address of Redis, such as `rediss://:password@redis.example.com:6380`. Several addresses, separated by commas, are
   * nodes of one Redis Cluster. A function creates an ioredis connection of its own, for Sentinel and the like; it must
   * set `maxRetriesPerRequest` to null.
   *
   * @default 'redis://127.0.0.1:6379'
   */
  redis?: string | (() => IoredisConnection)
  /**
   * Name of the queue: letters, digits, `-` and `_`.
   *
   * @default 'friendbuy'
   */
  queue?: string
}
