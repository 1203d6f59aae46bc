import type { SegmentEvent } from '@segment/actions-core'
import { isBlank, isRecord, isTooDeep, MAX_LEVELS } from '../values'
import { EVENT_TYPES } from './event-types'

const types: readonly unknown[] = EVENT_TYPES

/**
 * A parsed JSON value as an event of Segment's specification, or why it is none. Only its outer shape is looked at:
 * its type, the name of a track event, that properties, traits and context are objects where there are any, and that
 * it is not nested too deeply.
 */
export const toEvent = (value: unknown): { event: SegmentEvent } | { problem: string } => {
  if (!isRecord(value)) return { problem: 'not an event: it is no JSON object' }
  if (value.type === undefined) return { problem: 'not an event: it has no type' }
  if (!types.includes(value.type)) {
    return { problem: `not an event: its type is none of ${EVENT_TYPES.join(', ')}` }
  }
  if (value.type === 'track' && typeof value.event !== 'string') {
    return { problem: 'not an event: a track event has its name in "event"' }
  }
  const odd = ['properties', 'traits', 'context'].find((key) => !isBlank(value[key]) && !isRecord(value[key]))
  if (odd !== undefined) return { problem: `not an event: its ${odd} are no object` }
  if (isTooDeep(value)) {
    return { problem: `not an event: it is nested more than ${MAX_LEVELS} levels deep` }
  }
  // An object of a known type; what its values are is the mapping's to see.
  return { event: value as { type: SegmentEvent['type'] } }
}
