import { SingleBar } from 'cli-progress'
import { print, printError } from './output'

/** Progress of a run. */
export interface ProgressState {
  /** Completed bytes of the input. */
  bytes: number
  events: number
  failed: number
  perSecond: number
}

/** Shows progress on standard error. */
export interface Progress {
  update: (state: ProgressState) => void
  /** Prints a line to standard output, above the progress bar if there is one. */
  print: (line: string) => void
  stop: () => void
}

/** Interval of progress lines if standard error is not a terminal, in milliseconds. */
const INTERVAL_MS = 10_000

/**
 * Creates a progress bar if standard error is a terminal, and occasional lines otherwise.
 *
 * @param totalBytes size of the input, if known
 */
export const createProgress = (totalBytes: number | undefined): Progress =>
  process.stderr.isTTY ? createBar(totalBytes) : createLines()

const createBar = (totalBytes: number | undefined): Progress => {
  const known = totalBytes !== undefined && totalBytes > 0
  const bar = new SingleBar({
    format: known
      ? '{bar} {percentage}% · {events} events · {perSecond}/s · {failed} failed · {eta_formatted} left'
      : '{events} events · {perSecond}/s · {failed} failed',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false
  })
  bar.start(known ? totalBytes : 1, 0, { events: 0, perSecond: 0, failed: 0 })
  return {
    update: ({ bytes, ...payload }) => {
      bar.update(known ? Math.min(bytes, totalBytes) : 0, payload)
    },
    print: (line) => {
      // A timer redraws the bar. Until then its line must not mix with the output.
      if (process.stdout.isTTY) process.stderr.write('\r\u001b[K')
      print(line)
    },
    stop: () => {
      bar.stop()
    }
  }
}

const createLines = (): Progress => {
  let printedAt = performance.now()
  return {
    update: ({ events, failed, perSecond }) => {
      if (performance.now() - printedAt < INTERVAL_MS) return
      printedAt = performance.now()
      printError(`${events} events completed, ${failed} failed, ${perSecond}/s`)
    },
    print,
    stop: () => undefined
  }
}
