/**
 * A connection of ioredis: its Redis or its Cluster. Only what tells these from other clients is named, and not their
 * own types, so that a project without ioredis can compile what uses this package.
 */
export interface IoredisConnection {
  readonly status: string
  readonly isCluster: boolean
  defineCommand: (name: string, definition: { lua: string }) => void
  disconnect: () => void
}

/** Where the queue is. */
export interface QueueLocation {
  /**
   * The address of Redis, such as `rediss://:password@redis.example.com:6380`. Several, separated by commas, are nodes
   * of one Redis Cluster. A function makes a connection of ioredis by itself, for Sentinel and the like; it must set
   * `maxRetriesPerRequest` to null. Default: `redis://127.0.0.1:6379`.
   */
  redis?: string | (() => IoredisConnection)
  /** The name of the queue: letters, digits, `-` and `_`. Default: `friendbuy`. */
  queue?: string
}
