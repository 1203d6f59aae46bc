import type { SegmentEvent } from '@segment/actions-core'

/** All event types of Segment's specification. */
export const EVENT_TYPES = [
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  'delete'
] as const satisfies readonly SegmentEvent['type'][]
