import type { Command } from 'commander'
import type { SegmentEvent } from '@segment/actions-core'
import { toMessage, toOneLine } from '../../messages'
import { readEvents } from '../../events/read-events'
import { openQueue } from '../../queue/admin'
import { createProducer, type Enqueued } from '../../queue/producer'
import { parseInteger } from '../arguments'
import { EXIT, print, printError, toVisible } from '../output'
import { listenForInterruption } from '../interruption'
import {
  toQueueLocation,
  type QueueOptions,
  REDIS_HELP,
  toStandardError,
  withQueueOptions
} from '../queue-options'

/** The options of `enqueue`, as commander gives them. */
export interface EnqueueCommandOptions extends QueueOptions {
  merchant: string
  ordered?: true
  /** In seconds. */
  window: number
  maxQueued: number
}

/** The merchant of who has one. */
export const ONLY_MERCHANT = 'default'

/** So many events go to Redis together. */
const TOGETHER = 500

/** Adds `enqueue` to a program. */
export const registerEnqueue = (program: Command): void => {
  withQueueOptions(
    program
      .command('enqueue')
      .description('Put the events of files into the queue that workers deliver from.')
      .argument('<file...>', 'files of events, as "send" takes them; - for standard input')
  )
    .option('--merchant <id>', 'whose events these are, where a line does not say', ONLY_MERCHANT)
    .option('--ordered', 'deliver the events of one customer one after the other')
    .option(
      '--window <seconds>',
      'for how long an event that comes again, by its messageId, is known',
      parseInteger(1),
      86_400
    )
    .option(
      '--max-queued <number>',
      'wait while more events than these are in the queue',
      parseInteger(1),
      100_000
    )
    .addHelpText(
      'after',
      `
${REDIS_HELP}
Exit code: 0 all are in the queue, 1 some lines are no events, 2 wrong usage, unreadable input or no Redis,
130 interrupted.

Example:
  $ actions-friendbuy-cloud enqueue examples/events.ndjson`
    )
    .action(async (files: string[], options: EnqueueCommandOptions) => {
      process.exitCode = await runEnqueue(files, options)
    })
}

/**
 * Puts the events of files into the queue and prints how many.
 *
 * @param files their paths, `-` for standard input
 * @returns the exit code
 */
export const runEnqueue = async (
  files: readonly string[],
  { merchant: defaultMerchant, ordered, window, maxQueued, ...options }: EnqueueCommandOptions
): Promise<number> => {
  const tally = { added: 0, duplicate: 0, failed: 0, invalid: 0 }
  const note = (enqueued: readonly Enqueued[]) => {
    for (const { state } of enqueued) tally[state] += 1
  }
  const interruption = listenForInterruption()
  const { signal } = interruption
  let last = { source: '', line: 0 }
  try {
    const location = toQueueLocation(options, process.env)
    // Who has a person before it says at once that there is no Redis.
    const admin = await openQueue(location)
    for (const risk of (await admin.status()).risks) printError(risk)
    await admin.close()
    const producer = await createProducer({
      ...location,
      ordered,
      maxQueued,
      windowMs: window * 1000,
      logger: toStandardError
    })
    try {
      /** The events that go to Redis together, by merchant. */
      const waiting = new Map<string, SegmentEvent[]>()
      let count = 0
      const flush = async () => {
        for (const [merchant, events] of waiting) note(await producer.add(merchant, events, { signal }))
        waiting.clear()
        count = 0
      }
      for await (const line of readEvents(files)) {
        if (signal.aborted) break
        if ('error' in line) {
          printError(`${line.source}:${line.line}: ${toOneLine(line.error)}`)
          tally.invalid += 1
          continue
        }
        const { merchant = defaultMerchant, event } = line
        const events = waiting.get(merchant)
        if (events) events.push(event)
        else waiting.set(merchant, [event])
        count += 1
        last = line
        if (count === TOGETHER) await flush()
      }
      if (!signal.aborted) await flush()
    } finally {
      await producer.close()
    }
  } catch (error) {
    if (!signal.aborted) printError(toMessage(error))
    if (!signal.aborted) return EXIT.usage
  } finally {
    interruption.stopListening()
    if (tally.added + tally.duplicate + tally.failed + tally.invalid > 0) print(describe(tally))
  }
  if (signal.aborted) {
    printError(
      `Stopped before the end of ${toVisible(last.source)}: the same command goes on, and adds no event twice that has a messageId.`
    )
    return EXIT.interrupted
  }
  return tally.invalid === 0 ? EXIT.delivered : EXIT.failed
}

const describe = ({ added, duplicate, failed, invalid }: Record<Enqueued['state'] | 'invalid', number>) =>
  [
    `${added} enqueued`,
    ...(duplicate > 0 ? [`${duplicate} known already`] : []),
    ...(failed > 0
      ? [`${failed} known already and failed ("queue failed" says why, "queue retry" tries again)`]
      : []),
    ...(invalid > 0 ? [`${invalid} are no events`] : [])
  ].join(', ')
