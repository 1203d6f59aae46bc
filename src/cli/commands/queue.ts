import type { Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { openFailedFile } from '../../backfill/failed-file'
import { type FailedFilter, openQueue, type QueueAdmin } from '../../queue/admin'
import { collect, parseInteger } from '../arguments'
import { eventTitle } from '../describe'
import { EXIT, print, printError } from '../output'
import { listenForInterruption } from '../interruption'
import { toQueueLocation, type QueueOptions, REDIS_HELP, withQueueOptions } from '../queue-options'

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
  const queue = program.command('queue').description('Look after the queue.')

  withQueueOptions(queue.command('status').description('Say how many events are in which state.'))
    .option('--json', 'one JSON object, for programs')
    .addHelpText('after', `\n${REDIS_HELP}`)
    .action(async ({ json, ...options }: QueueOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printStatus(admin, json))
    })

  withFilter(
    withQueueOptions(
      queue.command('failed').description('List the events that failed for good, with the reason.')
    )
  )
    .option('--json', 'one JSON object a line with the whole event: input for "enqueue"')
    .addHelpText('after', `\n${REDIS_HELP}`)
    .action(async ({ json, ...options }: QueueOptions & FilterOptions & JsonOption) => {
      process.exitCode = await withQueue(options, (admin) => printFailed(admin, toFilter(options), json))
    })

  withFilter(
    withQueueOptions(
      queue.command('retry').description('Put failed events back, to be tried for a whole new time.')
    )
  )
    .option('--all', 'all of them')
    .addHelpText('after', `\n${REDIS_HELP}`)
    .action(async ({ all, ...options }: QueueOptions & FilterOptions & { all?: true }) => {
      process.exitCode = await withQueue(options, async (admin) => {
        const filter = toFilter(options)
        if (!all && Object.values(filter).every((value) => value === undefined)) {
          throw new Error('Say which: --all, --reason, --merchant, --status or --id.')
        }
        print(`${await admin.retry(filter)} put back`)
      })
    })

  withQueueOptions(
    queue
      .command('drain')
      .description('Take all events that wait out of the queue, into a file that "enqueue" takes.')
      .argument('<file>', 'a new file')
  )
    .addHelpText('after', `\n${REDIS_HELP}`)
    .action(async (path: string, options: QueueOptions) => {
      const { signal, stopListening } = listenForInterruption()
      const code = await withQueue(options, async (admin) => {
        const file = await openFailedFile(path)
        try {
          const taken = await admin.drain(
            ({ merchant, event }) => file.write({ event, error: 'taken out of the queue', merchant }),
            { signal }
          )
          print(signal.aborted ? `${taken} taken out, and the rest left` : `${taken} taken out`)
        } finally {
          await file.close()
        }
      })
      stopListening()
      process.exitCode = signal.aborted ? EXIT.interrupted : code
    })

  withQueueOptions(
    queue.command('resume').description('Have workers begin events again, after a "drain" that was killed.')
  )
    .addHelpText('after', `\n${REDIS_HELP}`)
    .action(async (options: QueueOptions) => {
      process.exitCode = await withQueue(options, (admin) => admin.resume())
    })
}

const withFilter = (command: Command) =>
  command
    .option('--reason <text>', 'those with this in their reason')
    .option('--merchant <id>', 'those of this merchant')
    .option('--status <number>', "those with this status of MAPI's", parseInteger(100, 599))
    .option('--id <id>', 'the one with this ID; may be repeated', collect)

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
  const { risks, ...status } = await admin.status()
  if (json) {
    print(JSON.stringify({ ...status, risks }))
    return
  }
  const { waiting, active, delayed, failed, oldestMs } = status
  print(`${waiting} waiting${waiting > 0 ? `, the oldest for ${Math.round(oldestMs / 1000)} s` : ''}`)
  print(`${active} under way`)
  print(`${delayed} waiting for another try, for their merchant or for their turn`)
  print(`${failed} failed`)
  if (status.isPaused) {
    printError('The queue is paused: a "queue drain" is under way, or was killed. "queue resume" ends that.')
  }
  risks.forEach(printError)
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
