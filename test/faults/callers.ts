import { createRequestClient, type JSONObject, MultiStatusResponse } from '@segment/actions-core'
import { type ActionKey, createFriendbuyDestination, type Settings } from '../../src'
import { createMapiClient } from '../../src/mapi'
import { isRecord } from '../../src/values'
import { toMessage, toStatus } from '../../src/messages'
import type { Seen } from './rows'

/** Longer than any answer that comes. In milliseconds. */
const LONG_TIMEOUT_MS = 10_000

/** Event as the callers send it: a payload for an action, a body for an operation of the client. */
export interface TestEvent {
  action: ActionKey
  payload: JSONObject
  path: string
  post: (mapi: ReturnType<typeof createMapiClient>) => Promise<object>
}

const person = { customerId: 'c-1', email: 'ada@example.com' }

export const aPurchase = (orderId: string): TestEvent => {
  const purchase = { orderId, amount: 10, currency: 'USD' }
  return {
    action: 'trackPurchase',
    payload: purchase,
    path: '/v1/event/purchase',
    post: (mapi) => mapi.postPurchaseEvent(purchase)
  }
}

export const aSignUp: TestEvent = {
  action: 'trackSignUp',
  payload: person,
  path: '/v1/event/account-sign-up',
  post: (mapi) => mapi.postSignUpEvent(person)
}

export const aCustomer: TestEvent = {
  action: 'trackCustomer',
  payload: person,
  path: '/v1/customer',
  post: (mapi) => mapi.postCustomer(person)
}

export const aCustomEvent = (deduplication: { deduplicationId?: string }): TestEvent => {
  const event = { eventType: 'Downloaded', ...person, ...deduplication }
  return {
    action: 'trackCustomEvent',
    payload: { ...event, eventProperties: { file: 'a' } },
    path: '/v1/event/custom',
    post: (mapi) => mapi.postCustomEvent({ ...event, additionalProperties: { file: 'a' } })
  }
}

/** Outcome of an event, with the error that was thrown. */
export interface Sent {
  seen: Seen
  thrown?: unknown
}

/** Options of a caller. */
export interface SendOptions {
  settings: Settings
  mapiUrl: string
  timeoutMs?: number
  /** Maximum number of the client's retries. @default 0 */
  retries?: number
}

/** Sends events at once; those of a batch are of the same action. */
export type Send = (events: readonly TestEvent[], options: SendOptions) => Promise<Sent[]>

const actionOf = ({ action }: TestEvent, mapiUrl: string) => {
  const definition = createFriendbuyDestination({ mapiUrl }).actions[action]
  if (!definition) throw new Error('There is no such action.')
  return definition
}

const requestFor = ({ timeoutMs = LONG_TIMEOUT_MS }: SendOptions) =>
  createRequestClient({ timeout: timeoutMs })

const perform: Send = async (events, options) => {
  const { settings, mapiUrl } = options
  const send = async (event: TestEvent) => {
    await actionOf(event, mapiUrl).perform(requestFor(options), { payload: event.payload, settings })
  }
  return toSent(await Promise.allSettled(events.map(send)), mapiUrl)
}

const performBatch: Send = async (events, options) => {
  const { settings, mapiUrl } = options
  const [first] = events
  if (!first) return []
  const payload = events.map((event) => event.payload)
  const statuses = await actionOf(first, mapiUrl).performBatch?.(requestFor(options), { payload, settings })
  if (!(statuses instanceof MultiStatusResponse)) throw new Error('That is no answer to a batch.')
  return statuses.getAllResponses().map((response): Sent => {
    const value = response.value()
    if (!('errormessage' in value)) return { seen: 'delivered' }
    const { status, errortype: code, errormessage } = value
    return { seen: { status, code, message: withoutAddress(errormessage, mapiUrl) } }
  })
}

const client: Send = async (events, { settings, mapiUrl, timeoutMs = LONG_TIMEOUT_MS, retries = 0 }) => {
  const { authKey: key, authSecret: secret } = settings
  const mapi = createMapiClient({ key, secret, mapiUrl, timeoutMs, retries })
  return toSent(await Promise.allSettled(events.map(({ post }) => post(mapi))), mapiUrl)
}

export const callers = { perform, performBatch, client }

export const callerNames = ['perform', 'performBatch', 'client'] as const

const toSent = (results: readonly PromiseSettledResult<unknown>[], mapiUrl: string) =>
  results.map((result): Sent => {
    if (result.status === 'fulfilled') return { seen: 'delivered' }
    const thrown: unknown = result.reason
    if (!(thrown instanceof Error)) throw new Error('What was thrown is no error.')
    const { code, retryAfterMs }: Record<string, unknown> = isRecord(thrown) ? thrown : {}
    const status = toStatus(thrown)
    return {
      seen: {
        error: thrown.constructor.name,
        ...(status !== undefined && { status }),
        ...(typeof code === 'string' && { code }),
        ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
        message: withoutAddress(toMessage(thrown), mapiUrl)
      },
      thrown
    }
  })

const withoutAddress = (message: string, mapiUrl: string) => message.replaceAll(new URL(mapiUrl).host, 'MAPI')
