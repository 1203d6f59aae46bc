import type { SegmentEvent } from '@segment/actions-core'

/** The types of events that there are. */
export const EVENT_TYPES = [
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  'delete'
] as const satisfies readonly SegmentEvent['type'][]
