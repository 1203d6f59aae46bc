import type { SegmentEvent } from '@segment/actions-core'
import { actions } from '../cloud/actions'
import { toMessage, toOneLine } from '../messages'
import { isRecord } from '../values'
import { type EventLine, readEvents } from '../events/read-events'
import { type EventPreview, previewEvent, type PreviewOptions } from '../host/preview'
import { subscriptionsFor } from '../host/subscriptions'
import { colors, EXIT, plural, print, printError, toVisible } from './output'
import { createHint, eventTitle, toJson } from './describe'
import { readMappingFile } from '../merchants/mapping-file'
import { createTimeFilter } from '../backfill/time-range'
import type { PreviewCommandOptions } from './commands/preview'

/**
 * Prints the MAPI calls for the events of files.
 *
 * @param files paths, `-` for standard input
 * @returns the exit code
 */
export const runPreview = async (
  files: readonly string[],
  { action, mapping, customEvent, json = false, ...time }: PreviewCommandOptions
): Promise<number> => {
  const tally = { events: 0, sent: 0, failed: 0 }
  try {
    const subscriptions = mapping === undefined ? undefined : await readMappingFile(mapping)
    const optionsFor = (event: SegmentEvent): PreviewOptions =>
      action === undefined
        ? { subscriptions: subscriptionsFor(event, { subscriptions, customEvents: customEvent }) }
        : { action }
    const toSkipReason = createTimeFilter(time)
    const toHint = createHint({ mapping })
    for await (const line of readEvents(files)) {
      if ('event' in line && toSkipReason(line.event)) continue
      const previews = 'event' in line ? await previewEvent(line.event, optionsFor(line.event)) : []
      const fails = 'error' in line || previews.some(({ error }) => error)
      tally.events += 1
      if (fails) tally.failed += 1
      else if (previews.length > 0) tally.sent += 1
      if (json) print(JSON.stringify(toJson(line, { previews })))
      else [...describe(line, previews, toHint), ''].forEach(print)
    }
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  const { events, sent, failed } = tally
  if (!json) {
    print(
      `${plural(events, 'event')}: ${sent} would be sent, ${failed} would fail, ${events - sent - failed} unmatched`
    )
  }
  return failed === 0 ? EXIT.delivered : EXIT.failed
}

/** Formats a line of the input and its calls for a terminal. */
const describe = (
  line: EventLine,
  previews: readonly EventPreview[],
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

const describePreview = ({ action, path, body, dropped, error }: EventPreview): string[] => {
  const values = body ? flatten(body) : []
  const width = Math.max(0, ...values.map(([name]) => name.length))
  return [
    `  ${colors.cyan(actions[action].title)}  POST ${path}`,
    ...values.map(([name, value]) => `    ${name.padEnd(width)}  ${value}`),
    ...dropped.map(({ name, reason }) =>
      colors.yellow(`    dropped: ${toOneLine(name)} (${toOneLine(reason)})`)
    ),
    ...(error
      ? [colors.red(`    fails with ${error.status ?? 'no status'}: ${toOneLine(error.message)}`)]
      : [])
  ]
}

/** Lists the values of a body with their paths, such as `products[0].sku` and `"sku1"`. */
const flatten = (value: unknown, path = ''): [string, string][] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => flatten(item, `${path}[${index}]`))
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, item]) =>
      flatten(item, path === '' ? name : `${path}.${name}`)
    )
  }
  return [[toOneLine(path), toVisible(JSON.stringify(value))]]
}
