import { SingleBar } from 'cli-progress'
import { print, printError } from './output'

/** How far a run is. */
export interface ProgressState {
  /** Bytes of the input that are behind it. */
  bytes: number
  events: number
  failed: number
  perSecond: number
}

/** Shows how far a run is, on standard error. */
export interface Progress {
  update: (state: ProgressState) => void
  /** Prints a line to standard output, above the bar where there is one. */
  print: (line: string) => void
  stop: () => void
}

/** How often progress is told where standard error is no terminal, in milliseconds. */
const TELL_EVERY_MS = 10_000

/** A bar on a terminal, a line now and then elsewhere. */
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
      // The bar is drawn anew by its timer; until then its line must not be in the way.
      if (process.stdout.isTTY) process.stderr.write('\r\u001b[K')
      print(line)
    },
    stop: () => {
      bar.stop()
    }
  }
}

const createLines = (): Progress => {
  let toldAt = Date.now()
  return {
    update: ({ events, failed, perSecond }) => {
      if (Date.now() - toldAt < TELL_EVERY_MS) return
      toldAt = Date.now()
      printError(`${events} events so far, ${failed} failed, ${perSecond}/s`)
    },
    print,
    stop: () => undefined
  }
}
