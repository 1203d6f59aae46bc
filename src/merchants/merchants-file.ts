import { stat } from 'node:fs/promises'
import { isBlank, isRecord } from '../values'
import { toMessage } from '../messages'
import type { Merchant, ResolveMerchant } from './merchant'
import { readPrivateFile } from './private-file'
import { checkSubscriptions } from '../host/check-subscriptions'

/** How often at most the file is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000

/**
 * Finds merchants in a JSON file that only its owner may read:
 * `{ "shop-1": { "settings": { "authKey": …, "authSecret": … }, "subscriptions": […], "customEvents": […] }, … }`, of
 * which only the settings are required. The file is read again when it has changed; one that is then not in order is
 * reported once, and the merchants of the last one go on.
 *
 * @param onChange is told when it was read again: with what is wrong, or without
 * @throws Error saying what is wrong where the file is not in order to begin with; never with anything that it holds
 * but the IDs
 */
export const readMerchants = async (
  path: string,
  onChange: (problem?: string) => void = () => undefined
): Promise<ResolveMerchant> => {
  let version = await versionOf(path)
  let merchants = await readFile(path)
  let lookAgainAt = Date.now() + LOOK_EVERY_MS

  /** What was reported last, of which version; missing where the last reading was in order. */
  let reported: string | undefined

  const look = async () => {
    const found = await versionOf(path)
    if (found === version && reported === undefined) return
    try {
      merchants = await readFile(path)
      version = found
      reported = undefined
      onChange()
    } catch (error) {
      // It is read again until it is in order: it may be the machine that had no file to spare.
      const problem = toMessage(error)
      if (reported !== found + problem) onChange(problem)
      reported = found + problem
    }
  }
  return async (id) => {
    if (Date.now() >= lookAgainAt) {
      lookAgainAt = Date.now() + LOOK_EVERY_MS
      await look()
    }
    return merchants.get(id)
  }
}

/** What changes when a file does; that it is missing, where it is. */
const versionOf = async (path: string) => {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return [mtimeMs, ctimeMs, size, ino].join()
  } catch (error) {
    return toMessage(error)
  }
}

const readFile = async (path: string): Promise<Map<string, Merchant>> => {
  const value = parse(path, await readPrivateFile(path))
  if (!isRecord(value)) throw new Error(`${path} must hold an object of merchants by their IDs.`)
  return new Map(Object.entries(value).map(([id, merchant]) => [id, toMerchant(path, id, merchant)]))
}

const parse = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    // The words of JSON.parse repeat what the file holds.
    throw new Error(`${path} is not JSON: it must hold an object of merchants by their IDs.`)
  }
}

const toMerchant = (path: string, id: string, value: unknown): Merchant => {
  const where = `${path}: the merchant ${JSON.stringify(id)}`
  const { settings, subscriptions, customEvents, ...others } = isRecord(value) ? value : {}
  const { authKey, authSecret } = isRecord(settings) ? settings : {}
  if (!isText(authKey) || !isText(authSecret)) {
    throw new Error(`${where} must have "settings": {"authKey": "…", "authSecret": "…"}, and neither blank.`)
  }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new Error(
      `${where} has ${JSON.stringify(unknown)}, and may have settings, subscriptions and customEvents.`
    )
  }
  if (customEvents !== undefined && !isTexts(customEvents)) {
    throw new Error(`${where} must have an array of names as "customEvents".`)
  }
  return {
    settings: { authKey, authSecret },
    ...(subscriptions !== undefined && { subscriptions: subscriptionsOf(where, subscriptions) }),
    ...(customEvents && { customEvents })
  }
}

const subscriptionsOf = (where: string, value: unknown) => {
  try {
    return checkSubscriptions(value)
  } catch (error) {
    throw new Error(`${where} has issues in "subscriptions":\n${toMessage(error)}`, { cause: error })
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && !isBlank(value)

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
