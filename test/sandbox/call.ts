import type { InputOf } from '../../src/mapi/contract/operations'
import { merchantOf, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'

type Credentials = InputOf<'postAuthorization'>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

export const aUuid: unknown = expect.stringMatching(UUID)
export const anIsoDate: unknown = expect.stringMatching(ISO_DATE)
export const aToken: unknown = expect.stringMatching(/^\S+$/)

/** What MAPI answers to an event that it has taken. */
export const created = { eventId: aUuid, createdOn: anIsoDate }

/** The bodies with nothing but what MAPI requires. */
export const purchase = { orderId: 'o-1', amount: 49.9, currency: 'EUR' }
export const signUp = { customerId: 'c-1', email: 'ada@example.com' }
export const customEvent = { eventType: 'quiz', email: 'ada@example.com' }
export const customer = { customerId: 'c-1', email: 'ada@example.com' }

const ERROR_NAMES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests'
} as const

/** MAPI's answer to a call that it refuses, with a message that starts with these words. */
export const refusal = (status: keyof typeof ERROR_NAMES, words = '') => ({
  status,
  body: {
    error: ERROR_NAMES[status],
    message: expect.stringMatching(new RegExp(`^${words.replaceAll('.', '\\.')}.`)) as unknown,
    code: status,
    reference: expect.stringMatching(/./) as unknown
  }
})

const running: Sandbox[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()))
})

/** A sandbox that is closed when the test ends. */
export const newSandbox = async (options?: SandboxOptions): Promise<Sandbox> => {
  const sandbox = await startSandbox(options)
  running.push(sandbox)
  return sandbox
}

/** Credentials that no other test knows. */
export const newCredentials = (): Credentials => {
  const { authKey, authSecret } = newSettings()
  return { key: authKey, secret: authSecret }
}

/** What a call brings along. */
interface Enclosed {
  /** The Authorization header. */
  authorization?: string
  /** Sent as JSON, or as it is where it is a string. */
  body?: object | string
}

export const send = (
  { url }: Sandbox,
  method: string,
  path: string,
  { authorization, body }: Enclosed = {}
): Promise<Response> =>
  fetch(url + path, {
    method,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' })
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })

export const call = async (sandbox: Sandbox, method: string, path: string, enclosed?: Enclosed) => {
  const response = await send(sandbox, method, path, enclosed)
  return { status: response.status, body: (await response.json()) as unknown }
}

export const authorize = (sandbox: Sandbox, credentials: object | string) =>
  call(sandbox, 'POST', '/v1/authorization', { body: credentials })

/** A token for these credentials. */
export const tokenFor = async (sandbox: Sandbox, credentials: Credentials) =>
  ((await authorize(sandbox, credentials)).body as { token: string }).token

/** A merchant with a token, which all its calls carry. */
export const newMerchant = async (sandbox: Sandbox, credentials = newCredentials()) => {
  const token = await tokenFor(sandbox, credentials)
  const authorization = `Bearer ${token}`
  return {
    credentials,
    /** The name that the sandbox records it under. */
    name: merchantOf(credentials),
    token,
    authorization,
    post: (path: string, body: object | string) => call(sandbox, 'POST', path, { authorization, body }),
    get: (path: string, query?: Record<string, string>) =>
      call(sandbox, 'GET', withQuery(path, query), { authorization }),
    delete: (path: string, query?: Record<string, string>) =>
      call(sandbox, 'DELETE', withQuery(path, query), { authorization })
  }
}

const withQuery = (path: string, query?: Record<string, string>) =>
  query ? `${path}?${new URLSearchParams(query).toString()}` : path
