import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createContext, Script } from 'node:vm'
import type { Sandbox } from '../../src/sandbox'

type Fetch = (url: string, options: object) => Promise<unknown>

// Segment's functions have node-fetch 2, and so has actions-core.
const nodeFetch = createRequire(require.resolve('@segment/actions-core'))('node-fetch') as Fetch

/** The built function. */
export const FILE = join(__dirname, '../../dist/segment-function.js')

/** Reads the built function. */
export const readFunction = (): string => {
  if (!existsSync(FILE)) throw new Error('Build first: npm run build')
  return readFileSync(FILE, 'utf8')
}

/** Segment's error classes, by name. */
export class EventNotSupported extends Error {}
export class InvalidEventPayload extends Error {}
export class ValidationError extends Error {}
export class RetryError extends Error {}

/** The globals of a function that Segment documents, besides those of the language. */
export const DOCUMENTED = [
  'EventNotSupported',
  'InvalidEventPayload',
  'RetryError',
  'ValidationError',
  'console',
  'fetch'
]

interface Settings {
  authKey: string
  authSecret: string
  customEvents?: unknown
  mappings?: unknown
}

type Handler<Result = void> = (event: object, settings: Settings) => Promise<Result>

/** The global functions that Segment calls. */
export interface Handlers {
  onIdentify: Handler
  onTrack: Handler
  onPage: Handler
  onScreen: Handler
  onGroup: Handler
  onAlias: Handler
  onDelete: Handler
  onBatch: (events: object[], settings: Settings) => Promise<{ status: number; errormessage?: string }[]>
}

/** One environment of Segment's, with its own memory. */
export interface Environment extends Handlers {
  /** Names that were read from the global object and are not part of the language, if overheard. */
  reads: Set<string>
  logs: string[]
  /** Addresses that were called. */
  urls: string[]
}

/** Names of the global object that the language itself has. */
const LANGUAGE = new Set(
  new Script('Object.getOwnPropertyNames(globalThis)').runInContext(createContext({})) as string[]
)

const HANDLERS = ['Identify', 'Track', 'Page', 'Screen', 'Group', 'Alias', 'Delete', 'Batch'].map(
  (type) => `on${type}`
)

const text = readFunction()
const code = new Script(`${text}; ({ ${HANDLERS.join()} })`, { filename: FILE })
/** The same in the scope of an object that hears of each name that is looked up. */
const overheard = new Script(`with (scope) { ${text}; ({ ${HANDLERS.join()} }) }`, { filename: FILE })

/**
 * Loads the function with the documented globals alone. Its calls to Friendbuy's production reach the sandbox, over real
 * HTTP.
 */
export const createEnvironment = (sandbox: Sandbox): Environment => {
  const { globals, ...seen } = createGlobals(sandbox)
  return { ...(code.runInContext(createContext(globals)) as Handlers), ...seen, reads: new Set() }
}

/** The same, and notes in `reads` what is read from the global object. */
export const createOverheardEnvironment = (sandbox: Sandbox): Environment => {
  const reads = new Set<string>()
  const { globals, ...seen } = createGlobals(sandbox)
  const scope = new Proxy(globals, {
    has: (_target, name) => {
      // Its own variable and functions.
      const isOwn = name === 'friendbuy' || HANDLERS.some((handler) => handler === name)
      if (typeof name === 'symbol' || isOwn || (LANGUAGE.has(name) && name !== 'console')) return false
      reads.add(name)
      return true
    }
  })
  return { ...(overheard.runInContext(createContext({ scope })) as Handlers), ...seen, reads }
}

const createGlobals = (sandbox: Sandbox) => {
  const logs: string[] = []
  const urls: string[] = []
  const globals: Record<string, unknown> = {
    EventNotSupported,
    InvalidEventPayload,
    ValidationError,
    RetryError,
    console: { log: (...parts: unknown[]) => logs.push(parts.map(String).join(' ')) },
    fetch: (url: string, options: object) => {
      urls.push(url)
      return nodeFetch(url.replace('https://mapi.fbot.me', sandbox.url), options)
    }
  }
  return { globals, logs, urls }
}

/** Calls the handler of an event's type. */
export const handle = (
  environment: Environment,
  event: { type?: string },
  settings: Settings
): Promise<void> => {
  const { type = '' } = event
  const name = `on${type.charAt(0).toUpperCase()}${type.slice(1)}` as Exclude<keyof Handlers, 'onBatch'>
  return environment[name](event, settings)
}
