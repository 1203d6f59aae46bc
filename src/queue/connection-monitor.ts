import type { Redis } from 'ioredis'
import { toOneLine } from '../messages'
import type { WorkerLogger } from './logger'
import { describeError, type RedisConnection } from './redis'

/** Interval of the checks, in milliseconds. */
const CHECK_MS = 1000

/** Consecutive checks without a response after which a connection is replaced. */
const MAX_UNANSWERED = 5

/**
 * Watches a connection: logs one line when it is lost and one when it is back, and replaces it when Redis stops
 * responding or has become a read-only replica.
 */
export class ConnectionMonitor {
  readonly #connection: RedisConnection
  readonly #logger: WorkerLogger
  readonly #timer: NodeJS.Timeout
  #isLost = false
  #hasResponded = false
  /** Checks since the last response. */
  #unanswered = 0
  /** Checks while the connection is being established. */
  #connecting = 0
  #isChecking = false
  #isReplica = false
  /** Number of times that the connection was closed. */
  #closed = 0

  constructor(connection: RedisConnection, logger: WorkerLogger) {
    this.#connection = connection
    this.#logger = logger
    connection.on('error', (error: unknown) => {
      this.#lose(describeError(error))
    })
    connection.on('close', () => {
      this.#closed += 1
      this.#isChecking = false
      // A connection that is closed on purpose has ended by now.
      if (connection.status !== 'end') this.#lose('connection closed')
    })
    connection.on('end', () => {
      this.stop()
    })
    connection.on('ready', () => void this.#check())
    if (!connection.isCluster) this.#leaveReplicas(connection as Redis)
    this.#timer = setInterval(() => {
      this.#tick()
    }, CHECK_MS).unref()
  }

  /** Tells whether Redis responded to the last checks, and accepts writes. */
  get isHealthy(): boolean {
    return this.#connection.status === 'ready' && this.#hasResponded && !this.#isLost
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Makes the connection, and its duplicates, reconnect and repeat a command that a replica or a loading Redis refused. */
  #leaveReplicas({ options }: Redis) {
    options.reconnectOnError ??= ({ message }) => {
      if (!/\b(READONLY|LOADING) /.test(message)) return false
      this.#lose(toOneLine(message))
      return 2
    }
  }

  #tick() {
    // Checks are counted, not timed: if this process was busy, responses are not late but unread.
    const { status } = this.#connection
    this.#connecting = status === 'connect' ? this.#connecting + 1 : 0
    this.#unanswered = status === 'ready' && this.#isChecking ? this.#unanswered + 1 : 0
    const isStuck = Math.max(this.#unanswered, this.#connecting) >= MAX_UNANSWERED
    if (isStuck) this.#lose(`no response for ${MAX_UNANSWERED} s`)
    if (isStuck || this.#isReplica) this.#reconnect()
    else if (status === 'ready' && !this.#isChecking) void this.#check()
  }

  async #check() {
    const closed = this.#closed
    this.#isChecking = true
    const reply = await this.#ask().catch(() => undefined)
    if (closed !== this.#closed) return
    this.#isChecking = false
    this.#unanswered = 0
    if (reply === undefined) return
    this.#hasResponded = true
    this.#isReplica = /^role:slave/m.test(reply)
    if (this.#isReplica) this.#lose('Redis is a read-only replica')
    else if (this.#isLost) {
      this.#isLost = false
      this.#logger.info({ event: 'redis_connected' }, 'connected to Redis again')
    }
  }

  #ask(): Promise<string> {
    return this.#connection.isCluster ? this.#connection.ping() : this.#connection.info('replication')
  }

  #lose(reason: string) {
    if (!this.#isLost) {
      this.#logger.warn({ event: 'redis_disconnected', reason }, 'lost the connection to Redis: reconnecting')
    }
    this.#isLost = true
  }

  #reconnect() {
    this.#connecting = 0
    this.#unanswered = 0
    this.#isChecking = false
    this.#isReplica = false
    this.#connection.disconnect(true)
  }
}
