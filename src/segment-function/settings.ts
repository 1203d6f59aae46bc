import { isBlank } from '../values'

/** Settings that the user adds in Segment's editor, as Segment passes them. */
export interface FunctionSettings {
  /** The MAPI key. */
  authKey: string
  /** The MAPI secret. */
  authSecret: string
  /** Names of track events that are also sent as custom events: a list, or a text with one name a line. */
  customEvents?: readonly string[] | string | null
  /** Saved subscriptions as JSON, as `--mapping` of the command line reads them. */
  mappings?: string | null
}

/** Reads the names of custom events. */
export const toCustomEvents = ({ customEvents }: FunctionSettings): readonly string[] => {
  const names = typeof customEvents === 'string' ? customEvents.split('\n') : (customEvents ?? [])
  return names.filter((name) => !isBlank(name)).map((name) => name.trim())
}
