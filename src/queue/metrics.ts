import type * as promClient from 'prom-client'
import { type Outcome, toDropKind } from '../host/deliver'
import type { AttemptResult } from './attempt'
import type { PausedMerchant } from './circuit-breakers'
import { toStatusClass } from './failure-class'
import { importOptional } from './optional-peer'
import type { QueueStatus } from './event-counts'
import { version } from './version'

/** State of a worker, for gauges. */
export interface WorkerState {
  isReady: boolean
  paused: readonly PausedMerchant[]
  /** State of the queue; undefined if Redis did not respond. */
  queue?: QueueStatus
}

/** Metrics of a worker. */
export interface Metrics {
  /** Counts a call, or a refusal before one. */
  outcome: (outcome: Outcome) => void
  /** Counts an attempt by its result, and its duration in milliseconds. */
  attempt: (result: AttemptResult, durationMs: number) => void
  /** Counts values of a merchant's event that no mapping reads. */
  notMapped: (merchant: string, count: number) => void
  /** Counts an authorization. */
  authorization: () => void
  /** All metrics, in Prometheus' text format. */
  text: (state: WorkerState) => Promise<string>
  readonly contentType: string
}

/** Counts nothing. */
export const noMetrics: Omit<Metrics, 'text' | 'contentType'> = {
  outcome: () => undefined,
  attempt: () => undefined,
  notMapped: () => undefined,
  authorization: () => undefined
}

/** Maximum number of merchants with a series each, in one metric; all of them are counted. */
const MAX_MERCHANT_SERIES = 100

/**
 * Creates metrics for Prometheus.
 *
 * @throws Error saying what to install
 */
export const createMetrics = async (): Promise<Metrics> => {
  const client = await importOptional('prom-client', () => import('prom-client'))
  const register = new client.Registry()
  client.collectDefaultMetrics({ register })
  const counters = createCounters(client, register)
  const notMapped = createNotMappedCounters(client, register)
  const setWorker = createWorkerGauges(client, register)
  const setQueue = createQueueGauges(client, register)
  return {
    ...counters,
    notMapped: notMapped.count,
    text: (state) => {
      notMapped.setMerchants()
      setWorker(state)
      setQueue(state)
      return register.metrics()
    },
    contentType: register.contentType
  }
}

type PromClient = typeof promClient

const createCounters = ({ Counter, Histogram }: PromClient, register: promClient.Registry) => {
  const registers: [promClient.Registry] = [register]
  const events = new Counter({
    name: 'friendbuy_events_total',
    help: 'Attempts to deliver queued events, by result: delivered, unmatched (no subscription matches), failed (permanently) or delayed.',
    labelNames: ['outcome'],
    registers
  })
  // From 0 on, so that Prometheus sees the first increase.
  for (const outcome of ['delivered', 'unmatched', 'failed', 'delayed']) events.inc({ outcome }, 0)
  const failures = new Counter({
    name: 'friendbuy_failures_total',
    help: 'Attempts that did not deliver an event, by outcome (failed: permanently, delayed: retried later), reason and class of the HTTP status.',
    labelNames: ['outcome', 'reason', 'status_class'],
    registers
  })
  const calls = new Counter({
    name: 'friendbuy_calls_total',
    help: 'MAPI calls with an event, by action and status; calls without a response have the status none.',
    labelNames: ['action', 'status'],
    registers
  })
  const dropped = new Counter({
    name: 'friendbuy_dropped_values_total',
    help: 'Values dropped from delivered events, by reason.',
    labelNames: ['reason'],
    registers
  })
  const authorizations = new Counter({
    name: 'friendbuy_authorizations_total',
    help: 'MAPI calls for a token.',
    registers
  })
  const seconds = new Histogram({
    name: 'friendbuy_event_seconds',
    help: 'Duration of an attempt.',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers
  })
  return {
    outcome: ({ action, status, error, dropped: values }: Outcome) => {
      calls.inc({ action, status: status ?? 'none' })
      if (error === undefined) for (const { reason } of values) dropped.inc({ reason: toDropKind(reason) })
    },
    attempt: (result: AttemptResult, durationMs: number) => {
      events.inc({ outcome: result.status })
      seconds.observe(durationMs / 1000)
      if (result.status !== 'failed' && result.status !== 'delayed') return
      const { status: outcome, kind: reason, httpStatus } = result
      failures.inc({ outcome, reason, status_class: toStatusClass(httpStatus) })
    },
    authorization: () => {
      authorizations.inc()
    }
  }
}

/** Creates the counters of values that no mapping reads. Their names come from events: none is a label. */
const createNotMappedCounters = ({ Counter }: PromClient, register: promClient.Registry) => {
  const registers: [promClient.Registry] = [register]
  const values = new Counter({
    name: 'friendbuy_not_mapped_values_total',
    help: 'Properties and traits of delivered events that no mapping reads.',
    registers
  })
  const ofMerchants = new Counter({
    name: 'friendbuy_merchant_not_mapped_values_total',
    help: 'Properties and traits of delivered events that no mapping reads, by merchant. Only the 100 merchants with the most have a series.',
    labelNames: ['merchant'],
    registers
  })
  const counts = new Map<string, number>()
  return {
    count: (merchant: string, count: number) => {
      values.inc(count)
      counts.set(merchant, (counts.get(merchant) ?? 0) + count)
    },
    setMerchants: () => {
      ofMerchants.reset()
      const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, MAX_MERCHANT_SERIES)
      for (const [merchant, count] of most) ofMerchants.inc({ merchant }, count)
    }
  }
}

/** Creates the gauges of the worker, and returns a function that sets them. */
const createWorkerGauges = ({ Gauge }: PromClient, register: promClient.Registry) => {
  const registers: [promClient.Registry] = [register]
  const build = new Gauge({
    name: 'friendbuy_build_info',
    help: 'Version of the worker and of Node. The value is 1.',
    labelNames: ['version', 'node_version'],
    registers
  })
  build.set({ version, node_version: process.versions.node }, 1)
  const ready = new Gauge({
    name: 'friendbuy_worker_ready',
    help: '1 while the worker accepts events, as /readyz says; else 0.',
    registers
  })
  const pausedMerchants = new Gauge({
    name: 'friendbuy_merchants_paused',
    help: 'Merchants that this worker has paused (circuit open).',
    registers
  })
  const pausedSeconds = new Gauge({
    name: 'friendbuy_merchant_paused_seconds',
    help: 'Time since this worker paused the merchant. Only paused merchants have a series, and at most the 100 longest paused.',
    labelNames: ['merchant'],
    registers
  })
  return ({ isReady, paused }: WorkerState) => {
    ready.set(isReady ? 1 : 0)
    pausedMerchants.set(paused.length)
    pausedSeconds.reset()
    const longest = paused.toSorted((one, other) => other.forMs - one.forMs).slice(0, MAX_MERCHANT_SERIES)
    for (const { merchant, forMs } of longest) pausedSeconds.set({ merchant }, forMs / 1000)
  }
}

/** Creates the gauges of the queue, and returns a function that sets them. */
const createQueueGauges = ({ Gauge }: PromClient, register: promClient.Registry) => {
  const registers: [promClient.Registry] = [register]
  const queued = new Gauge({
    name: 'friendbuy_queue_events',
    help: 'Events in the queue of all workers, by state.',
    labelNames: ['state'],
    registers
  })
  const oldest = new Gauge({
    name: 'friendbuy_queue_oldest_event_age_seconds',
    help: 'Time since the oldest event was enqueued, among the next 200 of a state: waiting or delayed; 0 without events.',
    labelNames: ['state'],
    registers
  })
  const stopped = new Gauge({
    name: 'friendbuy_queue_paused',
    help: '1 while no worker starts an event: an export is running, or was killed.',
    registers
  })
  const risks = new Gauge({
    name: 'friendbuy_redis_risks',
    help: 'Settings of Redis that may lose events; "queue status" names them.',
    registers
  })
  return ({ queue }: WorkerState) => {
    queued.reset()
    if (!queue) {
      // An unknown value is not 0.
      oldest.reset()
      for (const gauge of [stopped, risks]) gauge.remove()
      return
    }
    const { waiting, active, delayed, failed } = queue
    const counts = { waiting, active, delayed, failed }
    for (const [state, count] of Object.entries(counts)) queued.set({ state }, count)
    oldest.set({ state: 'waiting' }, queue.oldestMs / 1000)
    oldest.set({ state: 'delayed' }, queue.oldestDelayedMs / 1000)
    stopped.set(queue.isPaused ? 1 : 0)
    risks.set(queue.risks.length)
  }
}
