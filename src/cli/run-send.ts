import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { toMessage } from '../messages'
import { toAccount } from '../cloud/settings'
import { createSender, type SenderOptions } from '../host/deliver'
import { toMapiUrl } from '../mapi/account'
import { openRun } from '../backfill/run'
import { REHEARSAL, type RunTarget } from '../backfill/run-identity'
import { RateLimit } from '../backfill/rate-limit'
import type { EventLine } from '../events/read-events'
import { type FinalOutcome, MAX_PAUSE_MS, sendEvents, UnauthorizedError } from '../backfill/send-events'
import { countDelivered, countFailed, type Tally } from '../backfill/tally'
import { createTimeFilter } from '../backfill/time-range'
import { findNotMapped } from '../host/not-mapped'
import { type FriendbuySubscription, presetSubscriptions } from '../host/subscriptions'
import { readCredentials } from '../merchants/credentials'
import { confirm } from './ask'
import { createOldEventGuard } from './old-events'
import { EXIT, plural, printError } from './output'
import type { SendCommandOptions } from './commands/send'
import { readInputOfOneAccount } from './read-input'
import { Report, toLineBytes } from './report'
import { listenForInterruption } from './interruption'
import { warnOfEnvironment } from './mapi-options'
import { readMappingFile } from '../merchants/mapping-file'

/** Account and MAPI that the events go to. `close` stops the sandbox that was started for them. */
interface Target extends Pick<SenderOptions, 'settings' | 'mapiUrl'> {
  /** What a checkpoint belongs to. */
  identity: Pick<RunTarget, 'mapiUrl' | 'account'>
  close: () => Promise<void>
}

/**
 * Sends the events of files and prints their outcomes.
 *
 * @param files their paths, `-` for standard input
 * @returns the exit code
 */
export const runSend = async (files: readonly string[], options: SendCommandOptions): Promise<number> => {
  let close = () => Promise.resolve()
  const interruption = listenForInterruption()
  try {
    const target = await openTarget(options)
    close = target.close
    return await sendFiles(files, target, options, interruption.signal)
  } catch (error) {
    if (interruption.signal.aborted) return EXIT.interrupted
    printError(toMessage(error))
    return EXIT.usage
  } finally {
    interruption.stopListening()
    await close()
  }
}

const openTarget = async (options: SendCommandOptions): Promise<Target> => {
  if (options.sandbox) {
    // Slow to load, and needed here only.
    const { startSandbox } = await import('../sandbox/index.js')
    const { url, close } = await startSandbox()
    const settings = { authKey: randomUUID(), authSecret: randomUUID() }
    return { settings, mapiUrl: url, identity: { mapiUrl: REHEARSAL, account: '' }, close }
  }
  const settings = await readCredentials(options, process.env)
  warnOfEnvironment(settings.authSecret, options.mapiUrl)
  const { mapiUrl, key } = toAccount(settings, toMapiUrl(options.mapiUrl))
  return {
    settings,
    mapiUrl: options.mapiUrl,
    identity: { mapiUrl, account: key },
    close: () => Promise.resolve()
  }
}

const sendFiles = async (
  files: readonly string[],
  { settings, mapiUrl, identity }: Target,
  options: SendCommandOptions,
  signal: AbortSignal
): Promise<number> => {
  const { mapping, customEvent: customEvents, since, until, concurrency } = options
  const subscriptions = mapping === undefined ? presetSubscriptions : await readMappingFile(mapping)
  const isConfirmed = options.sandbox === true || options.yes === true
  const sender = createSender({ settings, mapiUrl, subscriptions, customEvents, connections: concurrency })
  let isOpen = false
  let resumedBytes = 0
  const run = await openRun({
    files,
    // A resumed run reads what earlier ones completed before it is open.
    lines: readInputOfOneAccount(files, {
      csvMapping: options.csvMapping,
      isConfirmed,
      signal,
      onLine: ({ raw }) => {
        if (!isOpen) resumedBytes += toLineBytes(raw)
      }
    }),
    target: { ...identity, subscriptions, customEvents, since, until },
    signal,
    checkpoint: options.checkpoint,
    failed: options.failed,
    findNotMapped: ({ event, action }) =>
      findNotMapped(
        event,
        sender
          .subscriptionsFor(event)
          .filter(({ partnerAction }) => action === undefined || partnerAction === action)
      )
  })
  isOpen = true
  const verbose = options.verbose ?? options.sandbox
  const { tally } = run
  const totalBytes = await toTotalBytes(files)
  const report = new Report(
    { ...options, verbose },
    { tally, files, totalBytes, resumedBytes, mapping, subscriptions, since, until }
  )
  const eventsBefore = tally.events
  if (eventsBefore > 0 && !options.quiet) printError(describeResumption(eventsBefore))
  const toSkipReason = createTimeFilter(options)
  const incomplete = new Map<number, EventLine>()
  const begin = (line: EventLine) => {
    report.begun(line)
    incomplete.set(line.index, line)
  }
  const complete = async (line: EventLine, outcomes: readonly FinalOutcome[]) => {
    await run.complete(line, outcomes)
    incomplete.delete(line.index)
    report.completed(line, outcomes)
  }
  const failures: unknown[] = []
  const onError = (error: unknown) => failures.push(error)
  await sendEvents(run.lines, {
    sender,
    begin,
    progressOf: run.progressOf,
    advance: run.advance,
    admit: options.sandbox ? undefined : createAdmission(isConfirmed, incomplete),
    complete,
    concurrency,
    maxRetryAgeMs: options.retryFor * 1000,
    rate: new RateLimit(options.rate),
    wants: (event) => toSkipReason(event) === undefined,
    onRetryAfter: reportPauseOnce(),
    signal
  }).catch(onError)
  await run.close().catch(onError)
  const isStopped = signal.aborted || failures.length > 0
  if (!isStopped && eventsBefore > 0 && tally.events === eventsBefore) printError('Nothing left to send.')
  report.end(failures.length === 0 || tally.events > 0)
  if (isStopped) {
    if (failures.length > 0) printError(toMessage(failures[0]))
    const hasBegun = incomplete.size > 0 || tally.events > eventsBefore
    printError(hasBegun ? describeStop([...incomplete.values()], options) : 'Nothing was sent.')
  }
  const repair = isStopped ? undefined : describeRepair(tally, options)
  if (repair !== undefined) printError(repair)
  if (signal.aborted) return EXIT.interrupted
  if (failures.length > 0) return failures[0] instanceof UnauthorizedError ? EXIT.failed : EXIT.usage
  return countFailed(tally) === 0 ? EXIT.delivered : EXIT.failed
}

/** Creates a function that asks a person about a line; until there is an answer, the line is not in flight. */
const createAdmission = (isConfirmed: boolean, inFlight: Map<number, EventLine>) => {
  const guard = createOldEventGuard({ confirm: (question) => confirm(question, isConfirmed) })
  return (line: EventLine, subscriptions: readonly FriendbuySubscription[]) => {
    const isUpdate = subscriptions.every(({ partnerAction }) => partnerAction === 'trackCustomer')
    const decision = guard(line, isUpdate)
    if (!decision) return undefined
    inFlight.delete(line.index)
    return decision.then(() => {
      inFlight.set(line.index, line)
    })
  }
}

/** Pauses up to this length need no explanation, in milliseconds. */
const NOTABLE_PAUSE_MS = 30_000

/** Creates a callback that says once why the run pauses. */
const reportPauseOnce = () => {
  let isTold = false
  return (askedMs: number) => {
    if (isTold || askedMs <= NOTABLE_PAUSE_MS) return
    isTold = true
    const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
    const limit =
      askedMs > MAX_PAUSE_MS
        ? `; a pause lasts ${seconds(MAX_PAUSE_MS)} at most, and then it is asked again`
        : ''
    printError(`Friendbuy MAPI asks for a pause of ${seconds(askedMs)} (Retry-After)${limit}.`)
  }
}

/** Describes what a resumed run does not repeat. */
const describeResumption = (events: number) =>
  `Resuming: earlier runs completed ${plural(events, 'event')}, which the summary includes.`

/** Describes where a run stopped early and how to resume. */
const describeStop = (incomplete: readonly EventLine[], { checkpoint }: SendCommandOptions) => {
  if (checkpoint !== undefined) return 'Stopped early: run the same command to resume.'
  const places = toRanges(incomplete)
  return `Stopped early.${places && ` Begun, but not completed: ${places}.`}`
}

/** Describes how to send what failed, without sending the rest twice. Undefined if there is nothing to say. */
const describeRepair = (tally: Tally, { failed, sandbox, quiet, json }: SendCommandOptions) => {
  if (countFailed(tally) === 0 || sandbox || quiet || json) return undefined
  if (failed !== undefined)
    return `Failed events are in ${failed}: fix them in a copy, and pass that to send.`
  if (countDelivered(tally) === 0) return undefined
  return 'Failed events were not kept, as there is no --failed file. Send only those again: a second run over this input repeats the delivered ones.'
}

/** Lists lines in order, such as `a.ndjson:3-20, b.ndjson:1`. */
const toRanges = (lines: readonly EventLine[]) => {
  const ranges: { source: string; first: number; last: number }[] = []
  for (const { source, line } of [...lines].sort((one, other) => one.index - other.index)) {
    const range = ranges.at(-1)
    if (range?.source === source && line <= range.last + 1) range.last = line
    else ranges.push({ source, first: line, last: line })
  }
  return ranges
    .map(({ source, first, last }) => `${source}:${first}${last > first ? `-${last}` : ''}`)
    .join(', ')
}

/** Returns the input's size in bytes, or undefined if that says nothing about the events left: streams and gzip. */
const toTotalBytes = async (files: readonly string[]): Promise<number | undefined> => {
  let bytes = 0
  for (const file of files) {
    if (file === '-' || file.endsWith('.gz')) return undefined
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return undefined
    bytes += found.size
  }
  return bytes
}
