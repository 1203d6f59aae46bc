import type { WebActionKey } from '../../src/web/action-keys'
import { isRecord } from '../../src/values'
import json from './web-cases.json'

/** A worked case from event to push. */
export interface WebCase {
  name: string
  /** `load` for the load of the plugins with `settings`. */
  action: WebActionKey | 'load'
  event: object | null
  /** Replaces the default mapping. */
  mapping?: Record<string, unknown>
  settings?: { merchantId?: string }
  /** Addresses of the scripts that the load requests. */
  scripts?: string[]
  /** All arguments of `push` in order, or a part of the error's message. */
  expect: unknown[] | { error: string }
}

/** Replaces what stands for a Date. */
const revive = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(revive)
  if (!isRecord(value)) return value
  if (typeof value.$date === 'string') return new Date(value.$date)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revive(item)]))
}

/** All worked cases of the browser destination. */
export const webCases = (json as WebCase[]).map((worked) => ({
  ...worked,
  event: revive(worked.event) as WebCase['event']
}))
