import type { Registry } from 'prom-client'
import type { Outcome } from '../host/deliver'
import type { AttemptResult } from './attempt'
import type { EventCounts } from './bull-queue'
import { importOptional } from './optional-peer'

/** Counters of a worker. */
export interface Metrics {
  /** Counts a call, or a refusal before one. */
  outcome: (outcome: Outcome) => void
  /** Counts an attempt by its result, and its duration in milliseconds. */
  attempt: (status: AttemptResult['status'], durationMs: number) => void
  /** Counts an authorization. */
  authorization: () => void
  /** Sets the number of events in the queue by state; a missing state is unknown. */
  depth: (counts: Partial<EventCounts>) => void
  /** All metrics, in Prometheus' text format. */
  text: () => Promise<string>
  readonly contentType: string
}

/** Counts nothing. */
export const noMetrics: Omit<Metrics, 'text' | 'contentType' | 'depth'> = {
  outcome: () => undefined,
  attempt: () => undefined,
  authorization: () => undefined
}

/**
 * Creates metrics for Prometheus.
 *
 * @throws Error saying what to install
 */
export const createMetrics = async (): Promise<Metrics> => {
  const { Registry, Counter, Histogram, Gauge, collectDefaultMetrics } = await importOptional(
    'prom-client',
    () => import('prom-client')
  )
  const register = new Registry()
  const registers: [Registry] = [register]
  collectDefaultMetrics({ register })

  const events = new Counter({
    name: 'friendbuy_events_total',
    help: 'Attempts to deliver queued events, by result: delivered, unmatched (no subscription matches), failed (permanently) or delayed.',
    labelNames: ['outcome'],
    registers
  })
  const calls = new Counter({
    name: 'friendbuy_calls_total',
    help: 'MAPI calls with an event, by action and status; calls without a response have the status none.',
    labelNames: ['action', 'status'],
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
  const queued = new Gauge({
    name: 'friendbuy_queue_events',
    help: 'Events in the queue of all workers, by state.',
    labelNames: ['state'],
    registers
  })
  return {
    outcome: ({ action, status }) => {
      calls.inc({ action, status: status ?? 'none' })
    },
    attempt: (outcome, durationMs) => {
      events.inc({ outcome })
      seconds.observe(durationMs / 1000)
    },
    authorization: () => {
      authorizations.inc()
    },
    depth: (counts) => {
      queued.reset()
      for (const [state, count] of Object.entries(counts)) queued.set({ state }, count)
    },
    text: () => register.metrics(),
    contentType: register.contentType
  }
}
