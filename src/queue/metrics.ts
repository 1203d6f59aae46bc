import type { Registry } from 'prom-client'
import type { Outcome } from '../host/deliver'
import type { AttemptResult } from './attempt'
import { load } from './optional-peer'

/** Counts what a worker does. */
export interface Metrics {
  /** A call, or a refusal before one, and how long it took in milliseconds. */
  outcome: (outcome: Outcome) => void
  /** What became of an event after a try, and how long the try took, in milliseconds. */
  verdict: (verdict: AttemptResult['status'], durationMs: number) => void
  authorization: () => void
  /** How many events are in the queue, by state; a state that is missing is not known. */
  depth: (counts: Readonly<Record<string, number>>) => void
  /** All of it, in Prometheus' text format. */
  text: () => Promise<string>
  readonly contentType: string
}

/** Counts nothing. */
export const noMetrics: Omit<Metrics, 'text' | 'contentType' | 'depth'> = {
  outcome: () => undefined,
  verdict: () => undefined,
  authorization: () => undefined
}

/**
 * Metrics for Prometheus.
 *
 * @throws Error saying what to install
 */
export const createMetrics = async (): Promise<Metrics> => {
  const prometheus = await load('prom-client', () => import('prom-client'))
  const registers: [Registry] = [new prometheus.Registry()]
  const [register] = registers
  prometheus.collectDefaultMetrics({ register })

  const events = new prometheus.Counter({
    name: 'friendbuy_events_total',
    help: 'Tries at queued events, by what became of the event: delivered, unmatched (no subscription is for it), failed (for good) or delayed.',
    labelNames: ['outcome'],
    registers
  })
  const calls = new prometheus.Counter({
    name: 'friendbuy_calls_total',
    help: 'Calls of MAPI with an event, by action and status; those that were never answered have the status none.',
    labelNames: ['action', 'status'],
    registers
  })
  const authorizations = new prometheus.Counter({
    name: 'friendbuy_authorizations_total',
    help: 'Calls of MAPI for a token.',
    registers
  })
  const seconds = new prometheus.Histogram({
    name: 'friendbuy_event_seconds',
    help: 'How long a try at an event took.',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers
  })
  const queued = new prometheus.Gauge({
    name: 'friendbuy_queue_events',
    help: 'Events in the queue of all workers, by state.',
    labelNames: ['state'],
    registers
  })
  return {
    outcome: ({ action, status }) => {
      calls.inc({ action, status: status ?? 'none' })
    },
    verdict: (outcome, durationMs) => {
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
