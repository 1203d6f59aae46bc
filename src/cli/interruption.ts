import { setMaxListeners } from 'node:events'
import { EXIT, printError } from './output'
import { endStatus, eraseEcho } from './status-line'

/** Cooperative cancellation by SIGINT or SIGTERM. */
export interface Interruption {
  /** Aborts on the first SIGINT or SIGTERM. */
  signal: AbortSignal
  stopListening: () => void
}

/** Listens for SIGINT and SIGTERM: the first one aborts the signal, the second one ends the process at once. */
export const listenForInterruption = (): Interruption => {
  const controller = new AbortController()
  // Each event that waits for a retry or for the rate limit adds a listener.
  setMaxListeners(0, controller.signal)
  const interrupt = (name: NodeJS.Signals) => {
    eraseEcho()
    if (controller.signal.aborted) exitAtOnce(name)
    printError('Stopping after the calls in flight. Press Ctrl-C again to quit immediately.')
    controller.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return {
    signal: controller.signal,
    stopListening: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    }
  }
}

/** Ends the process, also if a file operation is blocked (a device, a network drive), which process.exit waits for. */
const exitAtOnce = (name: NodeJS.Signals) => {
  endStatus()
  if (process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))) {
    // The default action of a signal needs no thread of this process.
    process.removeAllListeners(name)
    process.kill(process.pid, name)
  }
  process.exit(EXIT.interrupted)
}
