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

/** A field of the published destination. Missing flags are false. */
export interface PublishedField {
  type: string
  multiple?: boolean
  required?: boolean
  format?: string
  default?: JSONValue
  properties?: Record<string, PublishedField>
}

/** Keys, types, flags and default paths of the destination with the same slug in @segment/action-destinations. */
export const published: {
  slug: string
  mode: string
  settings: Record<string, PublishedField>
  actions: Record<ActionKey, { fields: Record<string, PublishedField> }>
} = facts

/** Builds the mapping that a host saves with the defaults of the published destination. */
export const savedMapping = (action: ActionKey): JSONObject =>
  Object.fromEntries(
    Object.entries(published.actions[action].fields).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value]]
    )
  )

/** Saved values other than the defaults. */
export interface Saved {
  /** Replaces fields of the published destination's default mapping. */
  mapping?: JSONObject
  settings?: Settings
  logger?: Logger
}

/** Sends an event through a saved subscription and returns the calls that the sandbox accepted. */
export const deliver = async (
  sandbox: Sandbox,
  action: ActionKey,
  event: SegmentEvent,
  { mapping, settings = newSettings(), logger }: Saved = {}
): Promise<{ path: string; body: unknown }[]> => {
  const subscription = {
    partnerAction: action,
    subscribe: 'type != ""',
    mapping: { ...savedMapping(action), ...mapping }
  }
  const host = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
  await host.onEvent(event, { ...settings, subscription }, { logger })
  return taken(sandbox)
    .filter(({ merchant }) => merchant === merchantOfSettings(settings))
    .map(({ path, body }) => ({ path, body }))
}
