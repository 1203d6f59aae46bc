import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Command } from 'commander'
import { toMessage, toOneLine } from '../../messages'
import { isRecord } from '../../values'
import { keyOfItem, toNodeListener, verifySignature, type Webhook } from '../../webhooks'
import { parseInteger } from '../arguments'
import { colors, EXIT, print, printError, toVisible } from '../output'
import { parseHttpUrl, readSecretKey, SECRET_KEY_HELP } from '../webhook-options'

/** The options of `listen`, as commander gives them. */
export interface ListenCommandOptions {
  secretEnv: string
  port: number
  forward?: string
  json?: true
}

/** Adds `listen` to a program. */
export const registerListen = (program: Command): void => {
  program
    .command('listen')
    .description('Receive webhooks and callbacks on this machine, verify and print them.')
    .requiredOption('--secret-env <name>', 'environment variable that holds the Secret Key')
    .option('--port <number>', 'port to listen on', parseInteger(0, 65_535), 8788)
    .option(
      '--forward <url>',
      'forward each verified request to this address, and respond as it does',
      parseHttpUrl
    )
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Any path is accepted. --forward http://localhost:3000 keeps the path of a request, and http://localhost:3000/hook
replaces it. Without --forward, webhooks get a 200. Reward validations and email authorizations get a 503, because
only your handler can decide: Friendbuy asks again.
${SECRET_KEY_HELP}

Example:
  $ actions-friendbuy-cloud listen --secret-env FRIENDBUY_SECRET_KEY --forward http://localhost:3000/hook`
    )
    .action(async (options: ListenCommandOptions) => {
      process.exitCode = await runListen(options)
    })
}

/**
 * Prints requests until SIGINT or SIGTERM.
 *
 * @returns the exit code
 */
export const runListen = async (options: ListenCommandOptions): Promise<number> => {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  let listener
  try {
    listener = toNodeListener(createHandler(options, readSecretKey(options.secretEnv, process.env)))
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  const server = createServer(listener).listen(options.port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    printError(`Cannot listen on port ${options.port}: ${toMessage(error)}. Choose another one with --port.`)
    return EXIT.usage
  }
  const { port } = server.address() as AddressInfo
  const ready = `Listening for webhooks on http://127.0.0.1:${port}. Press Ctrl-C to stop.`
  // With --json, standard output is for the requests alone.
  if (options.json) printError(ready)
  else print(ready)
  await interrupted
  server.close()
  server.closeAllConnections()
  return EXIT.delivered
}

/** A verified request. */
interface Received {
  kind: 'webhook' | 'rewardValidation' | 'emailAuthorization'
  body: unknown
  /** Keys of a webhook's items. */
  keys?: string[]
  /** True if every item came before. */
  isRepetition?: boolean
}

/** A line of the output. */
interface Entry extends Partial<Received> {
  at: string
  status: number
  forwarded?: { url: string; status?: number; durationMs: number; error?: string }
  error?: string
}

const createHandler = ({ forward, json }: ListenCommandOptions, secretKey: string) => {
  const seen = new Set<string>()
  const report = (entry: Omit<Entry, 'at'>) => {
    const line = { at: new Date().toISOString(), ...entry }
    for (const text of json ? [JSON.stringify(line)] : describe(line)) print(text)
  }
  const respond = (status: number, error?: string, received?: Received) => {
    report({ status, ...received, error })
    return new Response(error, { status })
  }
  return async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') return respond(405, 'Friendbuy sends POST requests only.')
    const body = await readBody(request)
    if (!body) return respond(413, 'The body is larger than 1 MiB.')
    try {
      await verifySignature({ body, headers: request.headers }, secretKey)
    } catch (error) {
      return respond(401, toMessage(error))
    }
    const received = recognize(body, seen)
    if (!received) return respond(422, 'The body is signed, but is neither a webhook nor a callback.')
    if (forward === undefined) {
      return received.kind === 'webhook'
        ? respond(200, undefined, received)
        : respond(503, 'Nothing decides here: pass --forward with the address of a handler.', received)
    }
    const { response, ...forwarded } = await forwardTo(toTarget(forward, request.url), request, body)
    report({ status: response.status, ...received, forwarded })
    return response
  }
}

/** Maximum size of a body, as the handlers of the webhooks entry have it. */
const MAX_BODY_BYTES = 1024 * 1024

/** Reads a body; undefined if it is too large. */
const readBody = async (request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of request.body ?? []) {
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) return undefined
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** Tells what a body is, and if it came before; undefined for none of Friendbuy's. */
const recognize = (bytes: Uint8Array, seen: Set<string>): Received | undefined => {
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
  const { type, eventType, data } = isRecord(body) ? body : {}
  if (type === 'emailAuth') return { kind: 'emailAuthorization', body }
  if (typeof eventType === 'string') return { kind: 'rewardValidation', body }
  if (typeof type !== 'string' || !Array.isArray(data)) return undefined
  const keys = data.map((_item, index) => keyOfItem(body as Webhook, index))
  const isRepetition = keys.length > 0 && keys.every((key) => seen.has(key))
  for (const key of keys) seen.add(key)
  return { kind: 'webhook', body, keys, isRepetition }
}

/** Address to forward to: that of the option, with the request's path if the option has none. */
const toTarget = (forward: string, url: string) => {
  const { pathname, search } = new URL(url)
  return new URL(forward).pathname === '/' ? new URL(pathname + search, forward).href : forward
}

/** Headers that belong to a connection, or that `fetch` sets. */
const OWN_HEADERS = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade'
]

const forwardTo = async (url: string, request: Request, body: Uint8Array<ArrayBuffer>) => {
  const startedAt = performance.now()
  const headers = new Headers(request.headers)
  for (const name of OWN_HEADERS) headers.delete(name)
  try {
    const {
      status,
      headers: own,
      body: words
    } = await fetch(url, { method: 'POST', headers, body, redirect: 'manual' })
    const type = own.get('content-type')
    const bytes = words && (await new Response(words).arrayBuffer())
    return {
      url,
      status,
      durationMs: Math.round(performance.now() - startedAt),
      response: new Response(bytes, { status, headers: type === null ? {} : { 'content-type': type } })
    }
  } catch (error) {
    return {
      url,
      error: toMessage((error as Error).cause ?? error),
      durationMs: Math.round(performance.now() - startedAt),
      response: new Response(null, { status: 502 })
    }
  }
}

/** Describes a request in lines of text. */
const describe = ({ at, status, kind, body, keys = [], isRepetition, forwarded, error }: Entry): string[] => {
  const { type, data } = isRecord(body) ? body : {}
  const name =
    kind === 'rewardValidation' ? 'reward validation' : typeof type === 'string' ? toOneLine(type) : 'request'
  const color = status === 200 ? colors.green : colors.red
  const items = kind === 'webhook' && Array.isArray(data) ? data : kind === undefined ? [] : [body]
  return [
    `${at}  ${color(String(status))}  ${colors.bold(name)}${isRepetition ? '  (came before)' : ''}`,
    ...(error === undefined ? [] : [`  ${toOneLine(error)}`]),
    ...items.flatMap((item, index) => [
      ...(keys[index] === undefined ? [] : [colors.dim(`  ${toVisible(keys[index])}`)]),
      ...describeItem(item)
    ]),
    ...(forwarded ? [`  ${describeForwarding(forwarded)}`] : [])
  ]
}

const describeItem = (item: unknown) =>
  Object.entries(isRecord(item) ? item : { item }).map(
    ([name, value]) => `    ${toVisible(name).padEnd(16)}  ${toVisible(JSON.stringify(value))}`
  )

/** Friendbuy hangs up after this time, in milliseconds. */
const TIMEOUT_MS = 10_000

const describeForwarding = ({ url, status, durationMs, error }: NonNullable<Entry['forwarded']>) => {
  const late = durationMs > TIMEOUT_MS ? ', too late: Friendbuy hangs up after 10 s and sends it again' : ''
  return `forwarded to ${url}: ${status ?? toOneLine(error ?? 'failed')} in ${durationMs} ms${late}`
}
