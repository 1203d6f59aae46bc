import type { Command } from 'commander'
import type { SegmentEvent } from '@segment/actions-core'
import type { EventLine } from '../../events/read-events'
import { toMessage, toOneLine } from '../../messages'
import { openQueue } from '../../queue/admin'
import type { QueueLocation } from '../../queue/connection-options'
import { createProducer, type Enqueued, type Producer } from '../../queue/producer'
import { parseInteger } from '../arguments'
import { confirm } from '../ask'
import { listenForInterruption } from '../interruption'
import { ErrorLimit } from '../error-limit'
import { createOldEventGuard } from '../old-events'
import { EXIT, plural, print, printError } from '../output'
import { endStatus, hasStatusLine, showStatus } from '../status-line'
import { toPlace } from '../place'
import {
  ONLY_MERCHANT,
  type QueueOptions,
  REDIS_HELP,
  standardErrorLogger,
  toQueueLocation,
  withQueueOptions
} from '../queue-options'
import { readInput } from '../read-input'

/** Options of `enqueue`, as parsed by commander. */
export interface EnqueueCommandOptions extends QueueOptions {
  merchant: string
  ordered?: true
  /** In seconds. */
  window: number
  maxQueued: number
  csvMapping?: string
  yes?: true
}

/** Events enqueued together. */
const BATCH = 500

/** Merchants whose events are added at the same time: each takes two round trips to Redis. */
const MERCHANTS_AT_ONCE = 8

/** Adds `enqueue` to a program. */
export const registerEnqueue = (program: Command): void => {
  withQueueOptions(
    program
      .command('enqueue')
      .description('Enqueue the events of files for the workers.')
      .argument('<file...>', 'event files, as for "send"; - for standard input')
  )
    .option('--merchant <id>', "merchant ID for events that don't specify one", ONLY_MERCHANT)
    .option('--csv-mapping <file>', 'JSON file that says what the columns of CSV become')
    .option('--yes', 'ask nothing: use a guessed CSV mapping, and enqueue events older than 30 days')
    .option('--ordered', 'deliver the events of one customer in order, one after the other')
    .option(
      '--window <seconds>',
      'deduplication window: an event whose messageId was enqueued within it is not added again',
      parseInteger(1),
      86_400
    )
    .option(
      '--max-queued <number>',
      'wait while more than this many events are queued',
      parseInteger(1),
      100_000
    )
    .addHelpText(
      'after',
      `
A line {"merchant": "shop-2", "event": {"type": "track", …}} is for that merchant; any other one is for --merchant.
${REDIS_HELP}
Exit code: 0 all events are queued, 1 some lines are invalid, 2 invalid usage, unreadable input or no Redis,
130 interrupted.

Examples:
  $ actions-friendbuy-cloud enqueue examples/events.ndjson --yes
  $ actions-friendbuy-cloud enqueue orders.ndjson --merchant shop-1 --ordered`
    )
    .action(async (files: string[], options: EnqueueCommandOptions) => {
      process.exitCode = await runEnqueue(files, options)
    })
}

/** Number of lines by result. */
type Tally = Record<Enqueued['state'] | 'invalid', number>

/**
 * Enqueues the events of files and prints how many.
 *
 * @param files their paths, `-` for standard input
 * @returns the exit code
 */
export const runEnqueue = async (
  files: readonly string[],
  { merchant, ordered, window, maxQueued, csvMapping, yes, ...options }: EnqueueCommandOptions
): Promise<number> => {
  const tally: Tally = { added: 0, duplicate: 0, failed: 0, invalid: 0 }
  const { signal, stopListening } = listenForInterruption()
  try {
    const location = toQueueLocation(options, process.env)
    await checkQueue(location)
    const windowMs = window * 1000
    const producer = await createProducer({
      ...location,
      ordered,
      maxQueued,
      windowMs,
      logger: standardErrorLogger
    })
    try {
      const isConfirmed = yes === true
      const lines = readInput(files, { csvMapping, isConfirmed, signal })
      await enqueueFiles(lines, producer, { merchant, isConfirmed, tally, signal })
    } finally {
      await producer.close()
    }
  } catch (error) {
    if (!signal.aborted) {
      printError(toMessage(error))
      return EXIT.usage
    }
  } finally {
    stopListening()
    endStatus()
    if (Object.values(tally).some((count) => count > 0)) print(describeTally(tally))
  }
  if (signal.aborted) {
    printError(
      `Interrupted: run the same command again to continue. Events with a messageId are not enqueued twice.`
    )
    return EXIT.interrupted
  }
  return tally.invalid === 0 ? EXIT.delivered : EXIT.failed
}

/** Fails fast, before any file is read, if Redis is unreachable; prints its risky settings. */
const checkQueue = async (location: QueueLocation) => {
  const admin = await openQueue(location)
  for (const risk of (await admin.status()).risks) printError(risk)
  await admin.close()
}

interface EnqueueFilesOptions {
  /** Merchant of events that name none. */
  merchant: string
  /** True if old events are enqueued without a question. */
  isConfirmed: boolean
  tally: Tally
  signal: AbortSignal
}

const enqueueFiles = async (
  lines: AsyncIterable<EventLine>,
  producer: Producer,
  { merchant: defaultMerchant, isConfirmed, tally, signal }: EnqueueFilesOptions
) => {
  /** Events of the current batch, by merchant. */
  const batch = new Map<string, SegmentEvent[]>()
  let size = 0
  const limit = new ErrorLimit()
  const showProgress = createProgressStatus(tally)
  const guard = createOldEventGuard({ confirm: (question) => confirm(question, isConfirmed) })
  const flush = async () => {
    const merchants = batch.entries()
    const addNext = async () => {
      for (const [merchant, events] of merchants) {
        for (const { state } of await producer.add(merchant, events, { signal })) tally[state] += 1
      }
    }
    await Promise.all(Array.from({ length: MERCHANTS_AT_ONCE }, addNext))
    batch.clear()
    size = 0
    showProgress()
  }
  for await (const line of lines) {
    if (signal.aborted) return
    if ('error' in line) {
      if (limit.admit(line.error)) printError(`${toPlace(line)}: ${toOneLine(line.error)}`)
      tally.invalid += 1
      continue
    }
    const { merchant = defaultMerchant, event } = line
    // Only the worker knows the merchant's mapping. With the presets, an identify event updates a customer.
    const admission = guard(line, event.type === 'identify')
    if (admission) await admission
    const events = batch.get(merchant)
    if (events) events.push(event)
    else batch.set(merchant, [event])
    size += 1
    if (size === BATCH) await flush()
  }
  limit.describe().forEach(printError)
  if (!signal.aborted) await flush()
}

/** Creates a function that shows the counts below all output, if there is a terminal. */
const createProgressStatus = (tally: Tally) => {
  const startedAt = performance.now()
  return () => {
    if (!hasStatusLine()) return
    const events = tally.added + tally.duplicate + tally.failed
    const perSecond = Math.round((events * 1000) / Math.max(performance.now() - startedAt, 1))
    showStatus(`${plural(events, 'event')} · ${perSecond}/s`)
  }
}

const describeTally = ({ added, duplicate, failed, invalid }: Tally) =>
  [
    `${added} enqueued`,
    ...(duplicate > 0 ? [plural(duplicate, 'duplicate')] : []),
    ...(failed > 0
      ? [`${failed} failed before (run "queue failed" for the reasons, "queue retry" to retry)`]
      : []),
    ...(invalid > 0 ? [`${invalid} invalid`] : [])
  ].join(', ')
