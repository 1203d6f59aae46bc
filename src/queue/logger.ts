/** Stable names of the events that producers and workers log. */
export type LogEvent =
  | 'attempt_failed'
  | 'attempt_interrupted'
  | 'event_delivered'
  | 'event_failed'
  | 'event_stalled'
  | 'merchant_paused'
  | 'merchant_resumed'
  | 'merchants_file_invalid'
  | 'merchants_file_reloaded'
  | 'misspelling_suspected'
  | 'order_delayed'
  | 'queue_error'
  | 'queue_full'
  | 'queue_paused'
  | 'queue_recovered'
  | 'redis_connected'
  | 'redis_disconnected'
  | 'redis_risk'
  | 'values_dropped'
  | 'values_not_mapped'
  | 'worker_started'
  | 'worker_stopped'

/** Fields of a log line: the stable name of the event, and its details. */
export interface LogFields {
  /** Stable name of the event. */
  event: LogEvent
  [detail: string]: unknown
}

/** Receives structured log lines; pino's loggers fit. */
export interface WorkerLogger {
  /**
   * Logs each attempt.
   *
   * @default none
   */
  debug?: (fields: LogFields, message: string) => void
  /** Logs normal operation. */
  info: (fields: LogFields, message: string) => void
  /** Logs what an operator may want to look into. */
  warn: (fields: LogFields, message: string) => void
  /** Logs what an operator has to look into. */
  error: (fields: LogFields, message: string) => void
}

/** Logs nothing. */
export const silentLogger: WorkerLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined
}
