import type { SegmentEvent } from '@segment/actions-core'
import { actions } from '../cloud/actions'
import { createTimeFilter } from '../backfill/time-range'
import { toMessage, toOneLine } from '../messages'
import { isRecord } from '../values'
import type { EventLine } from '../events/read-events'
import { isFor } from '../host/in-process-host'
import { previewEvent } from '../host/preview'
import {
  type FriendbuySubscription,
  isDisabled,
  subscriptionsFor,
  toDefaultSubscription
} from '../host/subscriptions'
import { colors, EXIT, print, printError, toVisible } from './output'
import { createHint, describeFailedFields, describeNotMappedValue, eventTitle, toJson } from './describe'
import { type ActionPreview, type PreviewedLine, PreviewSummary } from './preview-summary'
import { readMappingFile } from '../merchants/mapping-file'
import { toPlace } from './place'
import { readInput, readInputOfOneAccount } from './read-input'
import type { PreviewCommandOptions } from './commands/preview'

/** A listing of more events than this ends with a summary by event name. */
const MAX_WITHOUT_SUMMARY = 10

/**
 * Prints the MAPI calls for the events of files.
 *
 * @param files paths, `-` for standard input
 * @returns the exit code
 */
export const runPreview = async (
  files: readonly string[],
  options: PreviewCommandOptions
): Promise<number> => {
  const { json = false, summary: isSummary = false } = options
  const summary = new PreviewSummary()
  try {
    const preview = await createPreview(options)
    const toSkipReason = createTimeFilter(options)
    const read = options.dryRun ? readInputOfOneAccount : readInput
    for await (const line of read(files, { csvMapping: options.csvMapping, isConfirmed: true })) {
      const skipped = 'event' in line ? toSkipReason(line.event) : undefined
      if (skipped) {
        summary.skip(skipped)
        continue
      }
      const previewed = await preview(line)
      summary.add(previewed)
      if (isSummary) continue
      if (json) print(JSON.stringify(toJsonLine(previewed)))
      else [...describe(previewed), ''].forEach(print)
    }
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  if (json) {
    if (isSummary) print(JSON.stringify({ summary: summary.toJson() }))
  } else {
    if (isSummary || summary.events > MAX_WITHOUT_SUMMARY) [...summary.describe(), ''].forEach(print)
    summary.describeTotal().forEach(print)
  }
  return summary.failed === 0 ? EXIT.delivered : EXIT.failed
}

/** @throws Error if the mapping file is invalid */
const createPreview = async ({ action, mapping, customEvent }: PreviewCommandOptions) => {
  const subscriptions = mapping === undefined ? undefined : await readMappingFile(mapping)
  const toHint = createHint({ mapping })
  const ofAction = action && [toDefaultSubscription(action)]
  const matching = (event: SegmentEvent): readonly FriendbuySubscription[] =>
    ofAction ??
    subscriptionsFor(event, { subscriptions, customEvents: customEvent }).filter(
      (subscription) => !isDisabled(subscription) && isFor(subscription.subscribe, event)
    )
  return async (line: EventLine): Promise<PreviewedLine> => {
    if ('error' in line) return { line, previews: [], notMapped: [], subscriptions: [], hint: '' }
    const { event } = line
    const matched = matching(event)
    const previews = await previewEvent(event, ofAction ? { action } : { subscriptions: matched })
    return {
      line,
      previews: previews.map(({ notMapped: _all, ...preview }) => preview),
      notMapped: previews[0]?.notMapped ?? [],
      subscriptions: matched,
      hint: toHint(event)
    }
  }
}

const toJsonLine = ({ line, previews, notMapped }: PreviewedLine) =>
  toJson(line, { previews, ...(notMapped.length > 0 && { notMapped }) })

/** Formats a line of the input and its calls for a terminal. */
const describe = ({ line, previews, notMapped, subscriptions, hint }: PreviewedLine): string[] => {
  const place = colors.dim(toPlace(line))
  if ('error' in line) return [place, colors.red(`  fails: ${toOneLine(line.error)}`)]
  const names = notMapped.map((value) => describeNotMappedValue(value))
  return [
    `${place}  ${colors.bold(toOneLine(eventTitle(line.event)))}`,
    ...(previews.length === 0 ? [colors.dim(`  unmatched: ${hint}`)] : []),
    ...previews.flatMap((preview, index) => [
      ...describePreview(preview),
      ...describeFailedFields(preview.error?.message, line.event, subscriptions[index]).map((text) =>
        colors.red(`      ${text}`)
      )
    ]),
    ...(names.length > 0 ? [colors.yellow(`  not mapped: ${names.join(', ')}`)] : [])
  ]
}

const describePreview = ({ action, path, body, dropped, error }: ActionPreview): string[] => {
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
export const flatten = (value: unknown, path = ''): [string, string][] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => flatten(item, `${path}[${index}]`))
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, item]) =>
      flatten(item, path === '' ? name : `${path}.${name}`)
    )
  }
  return [[toOneLine(path), toVisible(JSON.stringify(value))]]
}
