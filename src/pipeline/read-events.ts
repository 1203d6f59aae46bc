import type { Readable } from 'node:stream'
import type { SegmentEvent } from '@segment/actions-core'
import split from 'split2'
import { isBlank } from '../fields/values'
import { isRecord } from '../mapi/record'
import { messageOf } from '../mapi/thrown'

/** One line of a file of events: the event, or what is wrong with it. */
export type EventLine = { line: number; event: SegmentEvent } | { line: number; problem: string }

const EVENT_TYPES: readonly unknown[] = [
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  'delete'
] satisfies SegmentEvent['type'][]

/**
 * The events of a stream of newline-delimited JSON, one after the other, with their line numbers from 1. A line that
 * is no event gives its problem in its place; blank lines are passed over.
 *
 * @throws what the stream throws
 */
export async function* readEvents(input: Readable): AsyncGenerator<EventLine> {
  let line = 0
  // Not node:readline, which also breaks at U+2028 and U+2029: JSON may hold them within a string.
  const lines = input.pipe(split(/\r?\n/))
  input.once('error', (error) => lines.destroy(error))
  for await (const text of lines as AsyncIterable<string>) {
    line += 1
    const json = line === 1 ? text.replace(/^\uFEFF/, '') : text
    if (json.trim() !== '') yield { line, ...toEvent(json) }
  }
}

const toEvent = (json: string): { event: SegmentEvent } | { problem: string } => {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return { problem: `not JSON: ${messageOf(error)}` }
  }
  if (!isRecord(value)) return { problem: 'not an event: it is no JSON object' }
  if (value.type === undefined) return { problem: 'not an event: it has no type' }
  if (!EVENT_TYPES.includes(value.type)) {
    return { problem: `not an event: its type is none of ${EVENT_TYPES.join(', ')}` }
  }
  if (value.type === 'track' && typeof value.event !== 'string') {
    return { problem: 'not an event: a track event has its name in "event"' }
  }
  const odd = ['properties', 'traits', 'context'].find((key) => !isBlank(value[key]) && !isRecord(value[key]))
  if (odd !== undefined) return { problem: `not an event: its ${odd} are no object` }
  // An object of a known type; what its values are is the mapping's to see.
  return { event: value as { type: SegmentEvent['type'] } }
}
