import { setMaxListeners } from 'node:events'
import { EXIT, printError } from './output'

/** The wish of a person, or of the system, that a run stops. */
export interface Interruption {
  /** Aborts at the first SIGINT or SIGTERM. */
  signal: AbortSignal
  stopListening: () => void
}

/** Listens for SIGINT and SIGTERM: the first one asks the run to stop, a second one ends the process at once. */
export const listenForInterruption = (): Interruption => {
  const controller = new AbortController()
  // Each event that waits for its next try, or for the rate, listens too.
  setMaxListeners(0, controller.signal)
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    printError('Stopping: what is under way is finished. Once more ends it at once.')
    controller.abort()
    // Nobody waits for events that may never come.
    process.stdin.destroy()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return {
    signal: controller.signal,
    stopListening: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    }
  }
}
