import type { Command } from 'commander'
import { openFailedFile } from '../../backfill/failed-file'
import { toMessage, toOneLine } from '../../messages'
import { type FailedFilter, openQueue, type QueueAdmin } from '../../queue/admin'
import { collect, parseInteger } from '../arguments'
import { eventTitle } from '../describe'
import { listenForInterruption } from '../interruption'
import { EXIT, print, printError } from '../output'
import { type QueueOptions, REDIS_HELP, toQueueLocation, withQueueOptions } from '../queue-options'

interface JsonOption {
  json?: true
}

interface FilterOptions {
  reason?: string
  merchant?: string
  status?: number
  id?: string[]
}

/** Adds `queue` and its commands to a program. */
export const registerQueue = (program: Command): void => {
  const queue = program.command('queue').description('Inspect and manage the queue.')
  const add = (name: string, description: string) =>
    withQueueOptions(queue.command(name).description(description)).addHelpText('after', `\n${REDIS_HELP}`)

  add('status', 'Count the events by state.')
    .option('--json', 'print one JSON object')
    .action(async ({ json, ...options }: QueueOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printStatus(admin, json))
    })
  withFilter(add('failed', 'List the events that failed permanently, with the reason.'))
    .option('--json', 'print one JSON object per line, with the whole event: input for "enqueue"')
    .action(async ({ json, ...options }: QueueOptions & FilterOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printFailed(admin, toFilter(options), json))
    })
  withFilter(add('retry', 'Put failed events back into the queue, with the whole retry time again.'))
    .option('--all', 'all failed events')
    .action(async ({ all, ...options }: QueueOptions & FilterOptions & { all?: true }) => {
      process.exitCode = await withQueue(options, (admin) => retry(admin, toFilter(options), all))
    })
  add('export', 'Take all waiting and delayed events out of the queue, into a file for "enqueue".')
    .argument('<file>', 'a new file')
    .action(async (path: string, options: QueueOptions) => {
      process.exitCode = await exportTo(path, options)
    })
  add('resume', 'Let workers start events again, after an "export" that was killed.').action(
    async (options: QueueOptions) => {
      process.exitCode = await withQueue(options, (admin) => admin.resume())
    }
  )
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

const printStatus = async (admin: QueueAdmin, json = false) => {
  const status = await admin.status()
  if (json) {
    print(JSON.stringify(status))
    return
  }
  const { waiting, active, delayed, failed, oldestMs } = status
  print(`${waiting} waiting${waiting > 0 ? `, the oldest for ${Math.round(oldestMs / 1000)} s` : ''}`)
  print(`${active} in flight`)
  print(`${delayed} delayed, to be retried or behind others of their merchant or customer`)
  print(`${failed} failed`)
  if (status.isPaused) {
    printError(
      'The queue is paused: a "queue export" is running, or was killed. Run "queue resume" to end that.'
    )
  }
  status.risks.forEach(printError)
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

const printFailed = async (admin: QueueAdmin, filter: FailedFilter, json = false) => {
  let failed = 0
  for await (const one of admin.failed(filter)) {
    failed += 1
    if (json) {
      print(JSON.stringify(one))
      continue
    }
    const { id, merchant, event, error, failedAt } = one
    print(
      `${id}  ${new Date(failedAt).toISOString()}  ${toOneLine(merchant)}  ${toOneLine(eventTitle(event))}`
    )
    print(`        ${toOneLine(error)}`)
  }
  if (!json) print(`${failed} failed`)
}
