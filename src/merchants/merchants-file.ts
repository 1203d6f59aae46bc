import { stat } from 'node:fs/promises'
import { checkSubscriptions } from '../host/check-subscriptions'
import { toMessage } from '../messages'
import { isRecord } from '../values'
import { isNonBlankString, SETTINGS_SHAPE, toSettings } from './credentials'
import { readJsonFile } from './json-file'
import type { Merchant, ResolveMerchant } from './merchant'

/** Options of `readMerchants`. */
export interface MerchantsFileOptions {
  /**
   * Called after each reload: without an argument if it succeeded, else with the issue. An issue is reported once.
   *
   * @default none
   */
  onReload?: (issue?: string) => void
  /**
   * Stops watching the file when aborted.
   *
   * @default none: the file is watched for as long as the process lives, without keeping it alive
   */
  signal?: AbortSignal
}

/** Maximum age of what the file said, in milliseconds; also the interval at which it is checked. */
const MAX_AGE_MS = 1000

/**
 * Finds merchants in a JSON file that only its owner can read:
 * `{ "shop-1": { "settings": { "authKey": …, "authSecret": … }, "subscriptions": […], "customEvents": […] }, … }`. Only
 * the settings are required. Changes take effect within a second; while a changed file is invalid, the last valid one
 * stays in effect.
 *
 * @throws Error saying what is wrong if the file is invalid to begin with. It repeats nothing of the file but IDs.
 * @example
 * const resolveMerchant = await readMerchants('merchants.json', { onReload: (issue) => issue && alert(issue) })
 * const worker = await createWorker({ resolveMerchant })
 */
export const readMerchants = async (path: string, options?: MerchantsFileOptions): Promise<ResolveMerchant> =>
  (await openMerchantsFile(path, options)).resolve

/** A merchants file that is watched. */
export interface OpenMerchantsFile {
  resolve: ResolveMerchant
  /** Merchants of its last valid content, by ID. */
  readonly merchants: ReadonlyMap<string, Merchant>
}

/**
 * Opens a merchants file, as `readMerchants` does.
 *
 * @throws Error saying what is wrong if the file is invalid to begin with
 */
export const openMerchantsFile = async (
  path: string,
  { onReload = () => undefined, signal }: MerchantsFileOptions = {}
): Promise<OpenMerchantsFile> => {
  const file = new MerchantsFile(path, onReload)
  await file.load()
  // Without events nobody asks, and a mistake should be reported when it is made.
  const timer = setInterval(() => void file.check(), MAX_AGE_MS).unref()
  signal?.addEventListener('abort', () => {
    clearInterval(timer)
  })
  return {
    resolve: async (id) => {
      await file.refresh()
      return file.merchants.get(id)
    },
    get merchants() {
      return file.merchants
    }
  }
}

/** A merchants file that is reloaded when it changes. */
class MerchantsFile {
  merchants: ReadonlyMap<string, Merchant> = new Map()
  readonly #path: string
  readonly #onReload: (issue?: string) => void
  #version = ''
  /** Start of the last finished check, by the monotonic clock. */
  #checkedAt = -Infinity
  #checking?: Promise<void>
  /** The version and issue reported last; undefined after a successful load. */
  #reported?: string

  constructor(path: string, onReload: (issue?: string) => void) {
    this.#path = path
    this.#onReload = onReload
  }

  async load(): Promise<void> {
    const startedAt = performance.now()
    const version = await versionOf(this.#path)
    this.merchants = await readFile(this.#path)
    this.#version = version
    this.#checkedAt = startedAt
  }

  /** Resolves once the merchants are those of at most a second ago. A check that is running is always awaited. */
  async refresh(): Promise<void> {
    const oldest = performance.now() - MAX_AGE_MS
    if (this.#checking) await this.#checking
    while (this.#checkedAt <= oldest) await this.check()
  }

  /** Reloads the file if it has changed, one call at a time. Never rejects. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #check() {
    const startedAt = performance.now()
    const version = await versionOf(this.#path)
    // An invalid file is read again each time: the machine may only have been out of file handles.
    if (version !== this.#version || this.#reported !== undefined) await this.#reload(version)
    this.#checkedAt = startedAt
  }

  async #reload(version: string) {
    try {
      this.merchants = await readFile(this.#path)
    } catch (error) {
      const issue = toMessage(error)
      const isNew = this.#reported !== version + issue
      this.#reported = version + issue
      if (isNew) this.#onReload(issue)
      return
    }
    this.#version = version
    this.#reported = undefined
    this.#onReload()
  }
}

/** A text that differs whenever the file does; the error's message if there is no file. */
const versionOf = async (path: string) => {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return [mtimeMs, ctimeMs, size, ino].join()
  } catch (error) {
    return toMessage(error)
  }
}

const readFile = async (path: string): Promise<Map<string, Merchant>> => {
  const expected = 'an object of merchants by ID'
  const value = await readJsonFile(path, { expected, isPrivate: true })
  if (!isRecord(value)) throw new Error(`Invalid merchants file ${path}: expected ${expected}.`)
  return new Map(Object.entries(value).map(([id, merchant]) => [id, toMerchant(path, id, merchant)]))
}

const toMerchant = (path: string, id: string, value: unknown): Merchant => {
  const at = `Invalid merchants file ${path} at ${JSON.stringify(id)}`
  const { settings: given, subscriptions, customEvents, ...others } = isRecord(value) ? value : {}
  const settings = toSettings(given)
  if (!settings) throw new Error(`${at}: expected "settings": ${SETTINGS_SHAPE}, neither of them blank.`)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new Error(
      `${at}: unknown property ${JSON.stringify(unknown)}. Supported are settings, subscriptions and customEvents.`
    )
  }
  if (customEvents !== undefined && !isNames(customEvents)) {
    throw new Error(`${at}.customEvents: expected an array of event names.`)
  }
  return {
    settings,
    ...(subscriptions !== undefined && { subscriptions: toSubscriptions(at, subscriptions) }),
    ...(customEvents && { customEvents })
  }
}

const toSubscriptions = (at: string, value: unknown) => {
  try {
    return checkSubscriptions(value)
  } catch (error) {
    throw new Error(`${at}.subscriptions:\n${toMessage(error)}`, { cause: error })
  }
}

const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every(isNonBlankString)
