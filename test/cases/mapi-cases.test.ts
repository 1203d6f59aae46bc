import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as mapiEntry from '../../src/mapi'
import { operationOf } from '../../src/mapi/contract/operations'
import { startSandbox } from '../../src/sandbox'
import { isRecord } from '../../src/values'
import { newSettings } from '../support/credentials'
import { cases } from './mapi-cases.json'

type Json = Record<string, unknown>

/** A scripted answer of the stand-in for MAPI. */
type Answer = 'hangup' | 'refused' | { status: number; body: unknown }

/** A call as it arrived. */
interface Arrived {
  method: string
  path: string
  query: Record<string, string>
  body: unknown
}

type OperationName = mapiEntry.OperationName

interface ExpectedError {
  name?: string
  code?: string
  status?: number
  includes?: string[]
}

interface Case extends Json {
  name: string
  kind: string
  operation?: OperationName
  input?: unknown
  answers?: Answer[]
  retries?: number
  calls?: number
  expect?: Json
}

/** Values that JSON cannot say. */
const revive = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(revive)
  if (!isRecord(value)) return value
  if (typeof value.$date === 'string') return new Date(value.$date)
  if (value.$undefined === true) return undefined
  if (value.$nan === true) return NaN
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revive(item)]))
}

let server: Server | undefined

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** Answers authorizations, and every other call with the next of these answers. */
const startScripted = async (answers: Answer[]) => {
  const arrived: Arrived[] = []
  let authorizations = 0
  let refusals = 0

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://mapi')
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const send = (status: number, body: unknown) => {
      const isPage = typeof body === 'string'
      response.writeHead(status, { 'content-type': isPage ? 'text/html' : 'application/json' })
      response.end(isPage ? body : JSON.stringify(body))
    }
    if (url.pathname === '/v1/authorization') {
      authorizations += 1
      send(200, { token: 'token', expires: new Date(Date.now() + 1_200_000).toISOString() })
      listenAgain()
      return
    }
    arrived.push({
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: text === '' ? undefined : JSON.parse(text)
    })
    const answer = answers.shift()
    if (answer === 'hangup') {
      request.socket.destroy()
      return
    }
    if (answer === undefined || answer === 'refused') {
      send(599, { message: 'there is no answer left' })
      return
    }
    send(answer.status, answer.body)
    listenAgain()
  }

  /** Nobody listens while the next answer is a refused connection. */
  const listenAgain = () => {
    if (answers[0] !== 'refused') return
    answers.shift()
    refusals += 1
    const { port } = server?.address() as AddressInfo
    server?.close()
    server?.closeIdleConnections()
    setTimeout(() => server?.listen(port, '127.0.0.1'), 300)
  }

  server = createServer({ keepAliveTimeout: 1 }, (request, response) => void respond(request, response))
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server?.once('listening', resolve))
  return {
    mapiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    counts: () => ({ authorizations, refusals })
  }
}

const newClient = (mapiUrl: string, retries = 0) => {
  const { authKey: key, authSecret: secret } = newSettings()
  return mapiEntry.createMapiClient({ key, secret, mapiUrl, retries })
}

/** Calls a method of a client by its name, as a JavaScript program could. */
const call = (mapi: mapiEntry.MapiClient, name: OperationName | undefined, input: unknown): unknown => {
  const method: unknown = mapi[name ?? 'getClicks']
  return (method as (...parameters: unknown[]) => unknown)(...(input === null ? [] : [revive(input)]))
}

const outcomeOf = async (promise: unknown) => {
  try {
    return { result: await promise }
  } catch (error) {
    return { error: error as Error & Json }
  }
}

const expectError = (
  error: (Error & Json) | undefined,
  { name = 'Error', code, status, includes = [] }: ExpectedError
) => {
  const classes: Record<string, unknown> = { ...mapiEntry, Error, TypeError, RangeError }
  expect(error).toBeInstanceOf(classes[name])
  if (code !== undefined) expect(error?.code).toBe(code)
  if (status !== undefined) expect(error?.status).toBe(status)
  for (const text of includes) expect(error?.message).toContain(text)
}

const kinds: Record<string, (testCase: Case) => Promise<void>> = {
  async request({ operation, input, expect: expected = {} }) {
    const body = operation === 'getLedgerEntries' ? [] : {}
    const { mapiUrl, arrived, counts } = await startScripted([{ status: 200, body }])
    const { error } = await outcomeOf(call(newClient(mapiUrl), operation, input))
    if (isRecord(expected.refuses)) {
      const { error: name, names = [] } = expected.refuses
      expectError(error, { name: name as string, includes: names as string[] })
      expect(arrived).toEqual([])
      expect(counts().authorizations).toBe(0)
    } else {
      expect(error).toBeUndefined()
      expect(arrived).toEqual([{ query: {}, body: undefined, ...(expected.sends as object) }])
    }
  },

  async answer({ operation, input, answers = [], retries, calls, expect: expected = {} }) {
    const { mapiUrl, arrived, counts } = await startScripted(answers)
    const { result, error } = await outcomeOf(call(newClient(mapiUrl, retries), operation, input))
    if ('error' in expected) expectError(error, expected.error as ExpectedError)
    else expect({ result, error }).toEqual({ result: expected.result, error: undefined })
    expect(arrived.length + counts().refusals).toBe(calls)
    const { method, path } = operationOf(operation ?? 'getClicks')
    for (const request of arrived) expect(request).toEqual({ ...arrived[0], method, path })
  },

  async paging({ operation, input, use, answers = [], expect: expected = {} }) {
    const { mapiUrl, arrived, counts } = await startScripted(answers)
    const paged = call(newClient(mapiUrl), operation, input) as mapiEntry.Paged<unknown>
    await new Promise(setImmediate)
    expect(counts().authorizations + arrived.length).toBe(0)
    const walked: unknown[] = []
    const walk = async () => {
      if (use === 'first') walked.push(await paged)
      else if (use === 'pages') for await (const page of paged.pages()) walked.push(page)
      else if (isRecord(use)) walked.push(...(await paged.toArray(use.toArray as { limit: number })))
      else for await (const item of paged) walked.push(item)
    }
    const { error } = await outcomeOf(walk())
    expect(walked).toEqual(expected.items ?? expected.pages ?? [expected.page])
    expect(arrived.map(({ query }) => query)).toEqual(expected.requests)
    if (expected.error === undefined) expect(error).toBeUndefined()
    else expectError(error, expected.error as ExpectedError)
  },

  async links({ requests, answers = [], expect: expected = {} }) {
    const { mapiUrl, arrived } = await startScripted(answers)
    const outcomes: unknown[] = []
    for await (const { request, purl, error } of newClient(mapiUrl).createReferralLinks(requests as [])) {
      expect(request).toEqual((requests as unknown[])[outcomes.length])
      outcomes.push(purl?.referralCode ?? error)
    }
    expect(arrived.map(({ body }) => (body as { requests: unknown[] }).requests.length)).toEqual(
      expected.batches
    )
    const wanted = (expected.outcomes as unknown[]).map((outcome) =>
      isRecord(outcome) ? (expect.objectContaining(outcome) as unknown) : outcome
    )
    expect(outcomes).toEqual(wanted)
  },

  async sandbox({ options = {}, steps }) {
    const sandbox = await startSandbox(options as object)
    try {
      await runSteps(sandbox, steps as Json[])
    } finally {
      await sandbox.close()
    }
  }
}

const runSteps = async (sandbox: Awaited<ReturnType<typeof startSandbox>>, steps: Json[]) => {
  const { authKey: key, authSecret: secret } = newSettings()
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const authorized = await fetch(`${sandbox.url}/v1/authorization`, {
    ...post,
    body: JSON.stringify({ key, secret })
  })
  const { token } = (await authorized.json()) as { token: string }
  const saved = new Map<string, unknown>()
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (!isRecord(value)) return value
    if (typeof value.$saved === 'string') return saved.get(value.$saved)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item)]))
  }
  for (const step of steps) {
    if (step.simulate) {
      sandbox.simulate(resolve(step.simulate) as Parameters<typeof sandbox.simulate>[0])
      continue
    }
    const { method, path } = operationOf(step.operation as OperationName)
    const input = resolve(step.input ?? {}) as Record<string, string>
    const query = method === 'POST' ? '' : `?${new URLSearchParams(input).toString()}`
    const response = await fetch(`${sandbox.url}${path}${query}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(input) })
    })
    const body: unknown = await response.json()
    const expected = step.expect as { status: number; body?: unknown }
    expect({ status: response.status, ...('body' in expected && { body }) }).toEqual({
      status: expected.status,
      ...('body' in expected && { body: toMatcher(resolve(expected.body)) })
    })
    for (const [name, property] of Object.entries((step.save ?? {}) as Record<string, string>)) {
      saved.set(name, (body as Json)[property])
    }
  }
}

const TYPES: Record<string, unknown> = { string: String, number: Number, boolean: Boolean, object: Object }

/** Compares only what is given, at every depth; a list must have as many items. */
const toMatcher = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toMatcher)
  if (!isRecord(value)) return value
  if (value.$is === 'missing') return undefined
  if (typeof value.$is === 'string') return expect.any(TYPES[value.$is]) as unknown
  const entries = Object.entries(value)
  const missing = entries.filter(([, item]) => isRecord(item) && item.$is === 'missing').map(([name]) => name)
  return expect.objectContaining(
    Object.fromEntries(
      entries.filter(([name]) => !missing.includes(name)).map(([name, item]) => [name, toMatcher(item)])
    )
  )
}

test.each((cases as unknown as Case[]).map((testCase) => [testCase.kind, testCase.name, testCase] as const))(
  '%s: %s',
  async (kind, _name, testCase) => {
    await kinds[kind]?.(structuredClone(testCase))
  }
)
