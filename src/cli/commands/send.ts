import { type Command, Option } from 'commander'
import { CREDENTIALS_HELP } from '../../merchants/credentials'
import { collect, MAPI_URL_OPTION, parseDate, parseInteger, SETTINGS_OPTION } from '../arguments'
import type { ReportOptions } from '../report'
import { checkTimeRange, type TimeRange } from '../../backfill/time-range'

/** Options of `send`, as parsed by commander. */
export interface SendCommandOptions extends ReportOptions, TimeRange {
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
  csvMapping?: string
  yes?: true
}

/** Adds `send` to a program. */
export const registerSend = (program: Command): void => {
  program
    .command('send')
    .description('Send the events of files to Friendbuy.')
    .argument('<file...>', 'events as JSON or CSV, plain or gzipped; - for standard input')
    .option('--sandbox', 'send to an embedded sandbox and list every event')
    .addOption(new Option('--mapi-url <url>', MAPI_URL_OPTION).conflicts('sandbox'))
    .option('--settings <file>', SETTINGS_OPTION)
    .option('--mapping <file>', 'JSON file of subscriptions that replace the presets')
    .option('--csv-mapping <file>', 'JSON file that says what the columns of CSV become')
    .option('--custom-event <name>', 'send track events with this name as custom events; repeatable', collect)
    .option('--since <time>', 'only events with this timestamp or a later one', parseDate)
    .option('--until <time>', 'only events with this timestamp or an earlier one', parseDate)
    .option('--dry-run', 'show the calls without sending anything, as "preview" does')
    .option('--concurrency <number>', 'maximum number of events in flight', parseInteger(1, 1000), 20)
    .option('--rate <number>', 'maximum number of calls per second', parseInteger(1))
    .option('--retry-for <seconds>', 'retry an event for this long', parseInteger(0), 900)
    .option('--failed <file>', 'write events that failed permanently to this file')
    .option('--checkpoint <file>', 'save progress to this file, so that the same command resumes')
    .option('--yes', 'ask nothing: use a guessed CSV mapping, and send events older than 30 days')
    .option('--verbose', 'list every event, not only failed ones')
    .option('--quiet', 'list no events and show no progress')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
${CREDENTIALS_HELP}
Exit code: 0 all events delivered, 1 some failed, 2 invalid usage or unreadable input, 130 interrupted.

Examples:
  $ actions-friendbuy-cloud send examples/events.ndjson --sandbox --custom-event Downloaded
  $ actions-friendbuy-cloud send orders.ndjson.gz --since 2026-03-01 --until 2026-03-31
  $ actions-friendbuy-cloud send orders.ndjson --checkpoint progress.json --failed failed.ndjson
  $ actions-friendbuy-cloud send orders.ndjson --settings settings.json --mapping mapping.json --rate 50`
    )
    .action(async (files: string[], options: SendCommandOptions) => {
      checkTimeRange(options)
      // actions-core is slow to load, and the help does not need it.
      process.exitCode = options.dryRun
        ? await (await import('../run-preview.js')).runPreview(files, options)
        : await (await import('../run-send.js')).runSend(files, options)
    })
}
