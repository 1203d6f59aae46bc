import type { JSONObject } from '@segment/actions-core'
import type { Fields } from './payload'

/** Builds the default mapping of an action from the defaults of its fields. */
export const toDefaultMapping = (fields: Fields): JSONObject => {
  const mapping: JSONObject = {}
  for (const key of Object.keys(fields)) {
    const value = fields[key]?.default
    // Hosts save defaults as JSON.
    if (value !== undefined) mapping[key] = value as JSONObject[string]
  }
  return mapping
}
