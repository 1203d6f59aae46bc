import {
  type JSONObject,
  type JSONValue,
  type RequestClient,
  type RequestOptions,
  transform
} from '@segment/actions-core'
import { type ActionKey, actions, createFriendbuyDestination, type Settings } from '../../../src'
import { toDefaultMapping } from '../../../src/cloud/destination'
import { newSettings } from '../credentials'
import type { HostEvent } from './events'
import { toHostResponse } from './response'

/** The error of a host that knows it by its class. */
export class HostFetchError extends Error {}

/**
 * PostHog's way: it calls `perform` with one object that is payload and settings at once, runs no schema, and makes the
 * requests itself.
 *
 * @param isTest whether it answers every request but a GET itself, and notes it
 * @param isRetrying whether its request throws an error of its own for a status of 400 and more
 */
export const createPostHog = (mapiUrl: string, { isTest = false, isRetrying = false } = {}) => {
  const noted: unknown[] = []
  const thrown: unknown[] = []
  const request: RequestClient = async <Data>(url: string, options: RequestOptions = {}) => {
    const { method = 'GET', json, headers = {} } = options
    if (isTest && method !== 'GET') {
      noted.push({ url, json, headers })
      return toHostResponse<Data>(200, '{"status":"OK","message":"Test function"}')
    }
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(json !== undefined && { body: JSON.stringify(json) })
    })
    const text = await response.text()
    if (response.status >= 400 && isRetrying) {
      const error = new HostFetchError(`Request failed with status ${response.status}`)
      thrown.push(error)
      throw error
    }
    return toHostResponse<Data>(response.status, text, response.headers)
  }

  const definition = createFriendbuyDestination({ mapiUrl })
  const run = async (action: ActionKey, payload: JSONObject, settings: Settings = newSettings()) => {
    const inputs = { ...payload, ...settings, internal_partner_action: action, debug_mode: false }
    await definition.actions[action]?.perform(request, { payload: inputs, settings: inputs })
  }
  return { run, noted, thrown }
}

/** How a host may write the objects of a list. */
export const lists = {
  'an object': (items: JSONValue): JSONValue => ({ 0: items }),
  'an object in a list': (items: JSONValue): JSONValue => [{ 0: items }]
} as const satisfies Record<string, (items: JSONValue) => JSONValue>

/** The inputs that it makes of an event by the default mapping: null for what is missing, numbers as strings. */
export const toInputs = (
  { action, event }: HostEvent,
  toList: (items: JSONValue) => JSONValue
): JSONObject => {
  const values = transform(toDefaultMapping(action), JSON.parse(JSON.stringify(event)) as JSONObject)
  return Object.fromEntries(
    Object.entries(actions[action].fields).map(([key, { type, multiple }]) => {
      const value = values[key] ?? null
      if (multiple) return [key, type === 'object' ? toList(value) : [value]]
      if (type === 'object') return [key, { ...(value as JSONObject | null) }]
      return [key, typeof value === 'number' ? String(value) : value]
    })
  )
}
