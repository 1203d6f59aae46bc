import {
  Destination,
  type JSONObject,
  type JSONValue,
  type Logger,
  type SegmentEvent
} from '@segment/actions-core'
import { type ActionKey, createFriendbuyDestination, type Settings } from '../../src'
import type { Sandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { merchantOfSettings, taken } from '../support/sandboxed'
import facts from './published.json'

/** What is known of a field of the published destination; a flag that is missing is false. */
export interface PublishedField {
  type: string
  multiple?: boolean
  required?: boolean
  format?: string
  default?: JSONValue
  properties?: Record<string, PublishedField>
}

/** The destination of the same slug in @segment/action-destinations: its keys, types, flags and default paths. */
export const published: {
  slug: string
  mode: string
  settings: Record<string, PublishedField>
  actions: Record<ActionKey, { fields: Record<string, PublishedField> }>
} = facts

/** The mapping that a host saved who left the published destination's defaults as they were. */
export const savedMapping = (action: ActionKey): JSONObject =>
  Object.fromEntries(
    Object.entries(published.actions[action].fields).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value]]
    )
  )

/** What a host has saved, where it is not the usual. */
export interface Saved {
  /** On top of the published destination's default mapping. */
  mapping?: JSONObject
  subscribe?: string
  settings?: Settings
  logger?: Logger
}

/** Takes an event through a subscription that was saved, and gives the calls that a sandbox took for it. */
export const deliver = async (
  sandbox: Sandbox,
  action: ActionKey,
  event: SegmentEvent,
  { mapping, subscribe = 'type != ""', settings = newSettings(), logger }: Saved = {}
): Promise<{ path: string; body: unknown }[]> => {
  const subscription = {
    partnerAction: action,
    subscribe,
    mapping: { ...savedMapping(action), ...mapping }
  }
  const host = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
  await host.onEvent(event, { ...settings, subscription }, { logger })
  return taken(sandbox)
    .filter(({ merchant }) => merchant === merchantOfSettings(settings))
    .map(({ path, body }) => ({ path, body }))
}
