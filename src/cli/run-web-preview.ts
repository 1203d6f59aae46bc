import { createTimeFilter } from '../backfill/time-range'
import type { EventLine } from '../events/read-events'
import { readJsonFile } from '../merchants/json-file'
import { toMessage, toOneLine } from '../messages'
import { webActions } from '../web/action-fields'
import { isWebActionKey, WEB_ACTION_KEYS, WEB_PRESET_ACTIONS } from '../web/action-keys'
import { createWebPreview, type WebEventPreview } from '../web/preview'
import type { WebSubscription } from '../web/subscriptions'
import { isRecord } from '../values'
import type { PreviewCommandOptions } from './commands/preview'
import { createHint, eventTitle, toJson } from './describe'
import { colors, EXIT, plural, print, printError, toVisible } from './output'
import { readInput } from './read-input'
import { flatten } from './run-preview'

/**
 * Prints what the browser destination would push for the events of files.
 *
 * @param files paths, `-` for standard input
 * @returns the exit code
 */
export const runWebPreview = async (
  files: readonly string[],
  options: PreviewCommandOptions
): Promise<number> => {
  const tally = { events: 0, pushed: 0, failed: 0 }
  try {
    const preview = createWebPreview(options.action ?? (await readSubscriptions(options)))
    const toSkipReason = createTimeFilter(options)
    const toHint = createHint(options)
    for await (const line of readInput(files, { csvMapping: options.csvMapping, isConfirmed: true })) {
      if ('event' in line && toSkipReason(line.event)) continue
      const previews = 'event' in line ? preview(line.event) : []
      tally.events += 1
      if ('error' in line || previews.some(({ error }) => error)) tally.failed += 1
      else if (previews.length > 0) tally.pushed += 1
      if (options.json) print(JSON.stringify(toJson(line, { previews })))
      else [...describe(line, previews, toHint), ''].forEach(print)
    }
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  const { events, pushed, failed } = tally
  if (!options.json) {
    print(
      `${plural(events, 'event')}: ${pushed} would be pushed, ${failed} would fail, ${events - pushed - failed} unmatched`
    )
  }
  return failed === 0 ? EXIT.delivered : EXIT.failed
}

/** @throws Error naming the mapping file if it is not a list of subscriptions of the browser destination */
const readSubscriptions = async ({
  mapping,
  customEvent = []
}: PreviewCommandOptions): Promise<WebSubscription[]> => {
  const saved =
    mapping === undefined ? WEB_PRESET_ACTIONS.map(toSubscription) : await readMappingFile(mapping)
  const { defaultSubscription } = webActions.trackCustomEvent
  // A name in a condition cannot hold a double quote.
  const custom = customEvent.map((name) => ({
    partnerAction: 'trackCustomEvent',
    subscribe: `${defaultSubscription} and event = "${name}"`
  }))
  return [...saved, ...custom]
}

const toSubscription = (partnerAction: (typeof WEB_PRESET_ACTIONS)[number]): WebSubscription => ({
  partnerAction,
  subscribe: webActions[partnerAction].defaultSubscription
})

const EXPECTED = 'an array of { partnerAction, subscribe, mapping }'

const readMappingFile = async (path: string): Promise<WebSubscription[]> => {
  const value = await readJsonFile(path, { expected: EXPECTED })
  if (!Array.isArray(value)) throw new Error(`Invalid mapping file ${path}: expected ${EXPECTED}.`)
  return value.map((entry: unknown, index) => {
    const { partnerAction, subscribe, mapping, enabled } = isRecord(entry) ? entry : {}
    if (!isWebActionKey(partnerAction)) {
      throw new Error(
        `Invalid mapping file ${path} at [${index}].partnerAction: expected one of ${WEB_ACTION_KEYS.join(', ')}.`
      )
    }
    return {
      partnerAction,
      subscribe: typeof subscribe === 'string' ? subscribe : '',
      enabled: enabled !== false,
      ...(isRecord(mapping) && { mapping })
    }
  })
}

/** Formats a line of the input and its pushes for a terminal. */
const describe = (
  line: EventLine,
  previews: readonly WebEventPreview[],
  toHint: ReturnType<typeof createHint>
): string[] => {
  const place = colors.dim(`${line.source === '-' ? 'standard input' : toVisible(line.source)}:${line.line}`)
  if ('error' in line) return [place, colors.red(`  fails: ${toOneLine(line.error)}`)]
  return [
    `${place}  ${colors.bold(toOneLine(eventTitle(line.event)))}`,
    ...(previews.length === 0 ? [colors.dim(`  unmatched: ${toHint(line.event)}`)] : []),
    ...previews.flatMap(describePreview)
  ]
}

const describePreview = ({ action, push, dropped, error }: WebEventPreview): string[] => {
  const [call, event, values, keepAll] = push ?? []
  const lines = values === undefined ? [] : flatten(values)
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  const rest = keepAll === undefined ? '' : ', true'
  const shown = push ? `  push(${toVisible(JSON.stringify([call, event]).slice(0, -1))}, {…}${rest}])` : ''
  return [
    `  ${colors.cyan(webActions[action].title)}${shown}`,
    ...lines.map(([name, value]) => `    ${name.padEnd(width)}  ${value}`),
    ...dropped.map(({ name, reason }) =>
      colors.yellow(`    dropped: ${toOneLine(name)} (${toOneLine(reason)})`)
    ),
    ...(error ? [colors.red(`    fails: ${toOneLine(error.message)}`)] : [])
  ]
}
