import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { toMessage } from '../../messages'
import { createSender, type SenderOptions } from '../../host/deliver'
import { openRun } from '../../backfill/run'
import { RateLimit } from '../../backfill/rate-limit'
import { type EventLine, readEvents } from '../../events/read-events'
import { UnauthorizedError, type FinalOutcome, sendEvents } from '../../backfill/send-events'
import { countFailed } from '../../backfill/tally'
import { presetSubscriptions } from '../../host/subscriptions'
import { parseDate, collect, parseInteger } from '../arguments'
import { CREDENTIALS_HELP, readCredentials } from '../../merchants/credentials'
import { EXIT, printError } from '../output'
import { runPreview } from './preview'
import { createReport, type ReportOptions } from '../report'
import { timeFilter, type TimeOptions } from '../time-filter'
import { listenForInterruption } from '../interruption'
import { readMappingFile } from '../../merchants/mapping-file'

/** The options of `send`, as commander gives them. */
export interface SendCommandOptions extends ReportOptions, TimeOptions {
  sandbox?: true
  mapiUrl?: string
  settings?: string
  mapping?: string
  customEvent?: string[]
  dryRun?: true
  concurrency: number
  rate?: number
  /** In seconds. */
  retryFor: number
  failed?: string
  checkpoint?: string
}

/** Adds `send` to a program. */
export const registerSend = (program: Command): void => {
  program
    .command('send')
    .description('Send the events of files to Friendbuy.')
    .argument(
      '<file...>',
      'newline-delimited JSON or a JSON array of events, plain or gzipped; - for standard input'
    )
    .option('--sandbox', 'send to a sandbox within this process, and list every event')
    .addOption(
      new Option('--mapi-url <url>', "another MAPI than Friendbuy's, such as a running sandbox").conflicts(
        'sandbox'
      )
    )
    .option('--settings <file>', 'a JSON file of credentials that only its owner may read')
    .option('--mapping <file>', 'a JSON file of subscriptions in place of the presets')
    .option(
      '--custom-event <name>',
      'send track events of this name as custom events; may be repeated',
      collect
    )
    .option('--since <time>', 'only events whose timestamp is at this time or later', parseDate)
    .option('--until <time>', 'only events whose timestamp is at this time or earlier', parseDate)
    .option('--dry-run', 'show what the events become, and send nothing')
    .option('--concurrency <number>', 'how many events are under way at once', parseInteger(1, 1000), 20)
    .option('--rate <number>', 'how many calls a second at most', parseInteger(1))
    .option('--retry-for <seconds>', 'how long an event is tried again', parseInteger(0), 900)
    .option('--failed <file>', 'write each event that failed for good there')
    .option('--checkpoint <file>', 'keep the progress there: the same command goes on where it stopped')
    .option('--verbose', 'list every event, and not only those that failed')
    .option('--quiet', 'list no event and show no progress')
    .option('--json', 'one JSON object a line, for programs')
    .addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 all delivered, 1 some not, 2 wrong usage or unreadable input, 130 interrupted.

Example:
  $ actions-friendbuy-cloud send examples/events.ndjson --sandbox --custom-event Downloaded`
    )
    .action(async (files: string[], options: SendCommandOptions) => {
      process.exitCode = options.dryRun ? await runPreview(files, options) : await runSend(files, options)
    })
}

/** Where the events go; `close` ends what was started for that. */
interface Target extends Pick<SenderOptions, 'settings' | 'mapiUrl'> {
  close: () => Promise<void>
}

/**
 * Sends the events of files and prints what became of them.
 *
 * @param files their paths, `-` for standard input
 * @returns the exit code
 */
export const runSend = async (files: readonly string[], options: SendCommandOptions): Promise<number> => {
  let close = () => Promise.resolve()
  try {
    const target = await targetOf(options)
    close = target.close
    return await sendFiles(files, target, options)
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  } finally {
    await close()
  }
}

const targetOf = async (options: SendCommandOptions): Promise<Target> => {
  if (options.sandbox) {
    // It is not needed otherwise, and slow to load.
    const { startSandbox } = await import('../../sandbox/index.js')
    const { url, close } = await startSandbox()
    return { settings: { authKey: randomUUID(), authSecret: randomUUID() }, mapiUrl: url, close }
  }
  const settings = await readCredentials(options, process.env)
  return { settings, mapiUrl: options.mapiUrl, close: () => Promise.resolve() }
}

const sendFiles = async (
  files: readonly string[],
  target: Target,
  options: SendCommandOptions
): Promise<number> => {
  const subscriptions =
    options.mapping === undefined ? presetSubscriptions : await readMappingFile(options.mapping)
  const sender = createSender({
    ...target,
    subscriptions,
    customEvents: options.customEvent,
    connections: options.concurrency
  })
  const run = await openRun(files, options)
  const report = createReport(
    { ...options, verbose: options.verbose ?? options.sandbox },
    run.tally,
    await sizeOf(files)
  )
  const interruption = listenForInterruption()
  const incomplete = new Map<number, EventLine>()

  const complete = async (line: EventLine, outcomes: readonly FinalOutcome[]) => {
    await run.complete(line, outcomes)
    incomplete.delete(line.index)
    report.completed(line, outcomes)
  }
  async function* lines() {
    for await (const line of readEvents(files)) {
      if (run.isCompleted(line.index)) continue
      report.begun(line)
      incomplete.set(line.index, line)
      yield line
    }
  }

  let problem: { error: unknown } | undefined
  const note = (error: unknown) => {
    problem ??= { error }
  }
  await sendEvents(lines(), {
    sender,
    complete,
    concurrency: options.concurrency,
    maxRetryAgeMs: options.retryFor * 1000,
    rate: new RateLimit(options.rate),
    wants: timeFilter(options),
    signal: interruption.signal
  }).catch(note)
  await run.close().catch(note)
  interruption.stopListening()
  report.end(!problem || run.tally.events > 0)
  if (interruption.signal.aborted || problem) {
    if (problem) printError(toMessage(problem.error))
    printError(describeStop([...incomplete.values()], options))
  }
  if (interruption.signal.aborted) return EXIT.interrupted
  if (problem) return problem.error instanceof UnauthorizedError ? EXIT.failed : EXIT.usage
  return countFailed(run.tally) === 0 ? EXIT.delivered : EXIT.failed
}

/** Where a run that came to an early end stopped, and how to go on. */
const describeStop = (incomplete: readonly EventLine[], { checkpoint }: SendCommandOptions) => {
  if (checkpoint !== undefined) return 'Stopped early: the same command goes on from here.'
  const places = incomplete.map(({ source, line }) => `${source}:${line}`).join(', ')
  return `Stopped early, and nothing further was begun.${places && ` Begun, but not delivered: ${places}.`}`
}

/** How large the input is in bytes, where that says how many events are left: not for a stream, nor for gzip. */
const sizeOf = async (files: readonly string[]): Promise<number | undefined> => {
  let bytes = 0
  for (const file of files) {
    if (file === '-' || file.endsWith('.gz')) return undefined
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return undefined
    bytes += found.size
  }
  return bytes
}
