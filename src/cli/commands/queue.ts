import { type Command, InvalidArgumentError } from 'commander'
import { openFailedFile } from '../../backfill/failed-file'
import { toMessage, toOneLine } from '../../messages'
import { type FailedFilter, type FailedQueuedEvent, openQueue, type QueueAdmin } from '../../queue/admin'
import type { EventGroups, GroupKey } from '../../queue/event-counts'
import { collect, parseInteger } from '../arguments'
import { eventTitle } from '../describe'
import { listenForInterruption } from '../interruption'
import { EXIT, print, printError } from '../output'
import { type QueueOptions, REDIS_HELP, toQueueLocation, withQueueOptions } from '../queue-options'

interface JsonOption {
  json?: true
}

interface GroupsOptions {
  by?: GroupKey[]
  limit?: number
}

interface FilterOptions {
  reason?: string
  merchant?: string
  status?: number
  id?: string[]
}

/** Failed events printed for people, unless they ask for more. */
const FAILED_SHOWN = 100

/** Groups printed, unless more are asked for. */
const GROUPS_SHOWN = 20

/** Adds `queue` and its commands to a program. */
export const registerQueue = (program: Command): void => {
  const queue = program.command('queue').description('Inspect and manage the queue.')
  const add = (name: string, description: string) =>
    withQueueOptions(queue.command(name).description(description)).addHelpText('after', `\n${REDIS_HELP}`)

  withGroups(add('status', 'Count the events by state.'))
    .option('--limit <number>', 'maximum number of groups', parseInteger(1), GROUPS_SHOWN)
    .option('--json', 'print one JSON object')
    .action(async (options: QueueOptions & GroupsOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printStatus(admin, options))
    })
  withGroups(withFilter(add('failed', 'List the events that failed permanently, with the reason.')))
    .option(
      '--limit <number>',
      `maximum number of events (default: ${FAILED_SHOWN}, all with --json) or groups (default: ${GROUPS_SHOWN})`,
      parseInteger(1)
    )
    .option(
      '--json',
      'print one JSON object per line, with the whole event: input for "enqueue"; with --by one object'
    )
    .action(async (options: QueueOptions & FilterOptions & GroupsOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printFailed(admin, options))
    })
  withFilter(add('retry', 'Put failed events back into the queue, with a fresh retry window.'))
    .option('--all', 'all failed events')
    .action(async ({ all, ...options }: QueueOptions & FilterOptions & { all?: true }) => {
      process.exitCode = await withQueue(options, (admin) => retry(admin, toFilter(options), all))
    })
  add('export', 'Move all waiting and delayed events from the queue to a file for "enqueue".')
    .argument('<file>', 'a new file')
    .action(async (path: string, options: QueueOptions) => {
      process.exitCode = await exportTo(path, options)
    })
  add('resume', 'Let workers start events again after an "export" was killed.').action(
    async (options: QueueOptions) => {
      process.exitCode = await withQueue(options, (admin) => admin.resume())
    }
  )
}

/** Adds an option that counts events in groups, which reads each of them. */
const withGroups = (command: Command) =>
  command.option(
    '--by <properties>',
    'count the events by merchant, reason or both: "merchant", "reason", "merchant,reason"',
    parseGroupKeys
  )

const GROUP_KEYS: readonly GroupKey[] = ['merchant', 'reason']

const isGroupKey = (text: string): text is GroupKey => GROUP_KEYS.some((key) => key === text)

const parseGroupKeys = (text: string): GroupKey[] => {
  const keys = text.split(',').map((key) => key.trim())
  if (keys.every(isGroupKey)) return keys
  throw new InvalidArgumentError('Expected "merchant", "reason" or "merchant,reason".')
}

const withFilter = (command: Command) =>
  command
    .option('--reason <text>', 'events whose reason contains this text')
    .option('--merchant <id>', 'events of this merchant')
    .option('--status <number>', 'events that failed with this status of MAPI', parseInteger(100, 599))
    .option('--id <id>', 'the event with this ID; repeatable', collect)

const toFilter = ({ reason, merchant, status, id }: FilterOptions): FailedFilter => ({
  reason,
  merchant,
  status,
  ids: id
})

const withQueue = async (
  options: QueueOptions,
  work: (admin: QueueAdmin) => Promise<void>
): Promise<number> => {
  try {
    const admin = await openQueue(toQueueLocation(options, process.env))
    try {
      await work(admin)
    } finally {
      await admin.close()
    }
    return EXIT.delivered
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
}

const printStatus = async (admin: QueueAdmin, { by, limit, json }: GroupsOptions & JsonOption) => {
  const status = await admin.status()
  const counted = by && (await admin.groups({ by, limit }))
  if (json) {
    print(JSON.stringify({ ...status, ...counted }))
    return
  }
  const { waiting, active, delayed, failed, oldestMs, oldestDelayedMs } = status
  print(`${waiting} waiting${describeOldest(waiting, oldestMs)}`)
  print(`${active} in flight`)
  print(
    `${delayed} delayed${describeOldest(delayed, oldestDelayedMs)}, to be retried or behind others of their merchant or customer`
  )
  print(`${failed} failed`)
  if (counted) printGroups(counted)
  if (status.isPaused) {
    printError(
      'The queue is paused: a "queue export" is running, or was killed. Run "queue resume" to end that.'
    )
  }
  status.risks.forEach(printError)
}

const describeOldest = (events: number, ageMs: number) =>
  events > 0 ? `, the oldest enqueued ${Math.round(ageMs / 1000)} s ago` : ''

/** Prints groups in columns. */
const printGroups = ({ groups, others }: EventGroups) => {
  if (groups.length === 0) return
  const rows = [
    ['events', 'state', 'merchant', 'reason'],
    ...groups.map(({ events, state, merchant = '-', reason = '-' }) => [
      String(events),
      state,
      toOneLine(merchant),
      toOneLine(reason)
    ])
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  print('')
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
  if (others > 0) print(`${others} events in other groups: pass --limit for more`)
}

const retry = async (admin: QueueAdmin, filter: FailedFilter, all = false) => {
  if (!all && Object.values(filter).every((value) => value === undefined)) {
    throw new Error('Select the events to retry: pass --all, --reason, --merchant, --status or --id.')
  }
  print(`${await admin.retry(filter)} put back into the queue`)
}

const exportTo = async (path: string, options: QueueOptions) => {
  const { signal, stopListening } = listenForInterruption()
  const code = await withQueue(options, async (admin) => {
    const file = await openFailedFile(path)
    try {
      const exported = await admin.export(
        ({ merchant, event }) => file.write({ event, error: 'exported from the queue', merchant }),
        { signal }
      )
      print(`${exported} exported${signal.aborted ? ', the rest stays in the queue' : ''}`)
    } finally {
      await file.close()
    }
  })
  stopListening()
  return signal.aborted ? EXIT.interrupted : code
}

const printFailed = async (admin: QueueAdmin, options: FilterOptions & GroupsOptions & JsonOption) => {
  const { by, limit, json } = options
  if (by) {
    await printFailedGroups(admin, options)
    return
  }
  const most = limit ?? (json ? Infinity : FAILED_SHOWN)
  let failed = 0
  for await (const one of admin.failed(toFilter(options))) {
    if (failed === most) {
      if (!json) print(`${failed} shown: pass --limit for more, or --by merchant,reason for an overview`)
      return
    }
    failed += 1
    print(json ? JSON.stringify(one) : describeFailed(one))
  }
  if (!json) print(`${failed} failed`)
}

const printFailedGroups = async (
  admin: QueueAdmin,
  { by, limit, json, id, ...filter }: FilterOptions & GroupsOptions & JsonOption
) => {
  if (id) throw new Error('--by cannot be used with --id.')
  const { reason, merchant, status } = filter
  const counted = await admin.groups({ by, limit, reason, merchant, status, states: ['failed'] })
  if (json) print(JSON.stringify(counted))
  else {
    const failed = counted.groups.reduce((sum, { events }) => sum + events, counted.others)
    print(`${failed} failed`)
    printGroups(counted)
  }
}

const describeFailed = ({ id, merchant, event, error, failedAt }: FailedQueuedEvent) =>
  [
    `${id}  ${new Date(failedAt).toISOString()}  ${toOneLine(merchant)}  ${toOneLine(eventTitle(event))}`,
    `        ${toOneLine(error)}`
  ].join('\n')
