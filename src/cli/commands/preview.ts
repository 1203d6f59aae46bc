import { type Command, Option } from 'commander'
import { ACTION_KEYS, type ActionKey } from '../../cloud/action-keys'
import { collect, parseDate } from '../arguments'
import type { TimeRange } from '../../backfill/time-range'

/** Options of `preview`, as commander parses them. */
export interface PreviewCommandOptions extends TimeRange {
  action?: ActionKey
  mapping?: string
  csvMapping?: string
  customEvent?: string[]
  summary?: boolean
  web?: boolean
  json?: boolean
  /** Reads what `send` would read. */
  dryRun?: boolean
}

/** Adds `preview` to a program. */
export const registerPreview = (program: Command): void => {
  program
    .command('preview')
    .description('Show the MAPI calls for events without sending them. Needs no network and no credentials.')
    .argument('<file...>', 'events as JSON or CSV, plain or gzipped; - for standard input')
    .addOption(
      new Option('--action <key>', 'preview every event with this action and its default mapping')
        .choices(ACTION_KEYS)
        .conflicts('mapping')
    )
    .option('--mapping <file>', 'JSON file of subscriptions that replace the presets')
    .option('--csv-mapping <file>', 'JSON file that says what the columns of CSV become')
    .option(
      '--custom-event <name>',
      'also preview track events with this name as custom events; repeatable',
      collect
    )
    .option('--since <time>', 'only events with this timestamp or a later one', parseDate)
    .option('--until <time>', 'only events with this timestamp or an earlier one', parseDate)
    .option('--summary', 'print only the summary by event name, which more than 10 events end with')
    .addOption(
      new Option('--web', 'show what the browser destination (direct mode) would push instead').conflicts(
        'summary'
      )
    )
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
A mapping file is an array of subscriptions as hosts save them:
[{"partnerAction": "trackPurchase", "subscribe": "type = \\"track\\" and …", "mapping": {…}}, …]
Exit code: 0 no event would fail, 1 some would fail, 2 invalid usage or unreadable input.

Examples:
  $ actions-friendbuy-cloud preview examples/events.ndjson
  $ actions-friendbuy-cloud preview examples/events.ndjson --summary
  $ actions-friendbuy-cloud preview examples/events.ndjson --custom-event Downloaded --json`
    )
    .action(async (files: string[], options: PreviewCommandOptions) => {
      // actions-core is slow to load, and the help does not need it.
      const run = options.web
        ? (await import('../run-web-preview.js')).runWebPreview
        : (await import('../run-preview.js')).runPreview
      process.exitCode = await run(files, options)
    })
}
