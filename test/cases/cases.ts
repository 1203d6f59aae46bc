import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import type { ActionKey } from '../../src'
import json from './cases.json'

/** A worked case from event to body. */
export interface Case {
  name: string
  action: ActionKey
  event: SegmentEvent
  /** Fields that differ from the default mapping. */
  mapping?: JSONObject
  expect: { path: string; body: object } | { error: { status: number; mentions: string[] } }
}

/** All worked cases. */
export const cases = json as unknown as Case[]

/** Lists the worked cases of an action. */
export const casesOf = (action: ActionKey): Case[] => cases.filter((worked) => worked.action === action)
