import type { SegmentEvent } from '@segment/actions-core'
import { isBlank, isRecord, isTooDeep, MAX_LEVELS } from '../values'
import { EVENT_TYPES } from './event-types'

const types: readonly unknown[] = EVENT_TYPES

/**
 * Converts a parsed JSON value to an event of Segment's specification, or says why it is invalid. Checks the outer shape
 * only: a known type, a name for a track event, objects in properties, traits and context, and the nesting depth.
 *
 * @example
 * toEvent({ type: 'page' }) // { event: { type: 'page' } }
 * toEvent({ event: 'Order Completed' }) // { error: 'not an event: "type" is missing' }
 */
export const toEvent = (value: unknown): { event: SegmentEvent } | { error: string } => {
  if (!isRecord(value)) return { error: 'not an event: not a JSON object' }
  if (value.type === undefined) return { error: 'not an event: "type" is missing' }
  if (!types.includes(value.type)) {
    return { error: `not an event: "type" is not one of ${EVENT_TYPES.join(', ')}` }
  }
  if (value.type === 'track' && typeof value.event !== 'string') {
    return { error: 'not an event: a track event needs its name in "event"' }
  }
  const odd = ['properties', 'traits', 'context'].find((key) => !isBlank(value[key]) && !isRecord(value[key]))
  if (odd !== undefined) return { error: `not an event: "${odd}" is not an object` }
  if (isTooDeep(value)) {
    return { error: `not an event: nested more than ${MAX_LEVELS} levels deep` }
  }
  // An object of a known type; the mapping checks its values.
  return { event: value as { type: SegmentEvent['type'] } }
}
