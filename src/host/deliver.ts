import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import type { PreparedCall } from '../cloud/define-action'
import { type HostInput, prepareCall, sendCall } from '../cloud/perform'
import { createInProcessHost, isFor } from './in-process-host'
import { toMapiUrl } from '../mapi/account'
import type { EventPath } from '../mapi/contract/operations'
import type { DroppedValue } from '../cloud/dropped-value'
import { isRefusalOfCredentials } from '../mapi/errors'
import { toMessage, toStatus, toOneLine } from '../messages'
import { isRecord } from '../values'
import { mayRetry } from '../mapi/retryable'
import type { Transport } from '../mapi/transports/transport'
import { undiciTransport } from '../mapi/transports/undici'
import type { Settings } from '../cloud/settings'
import { type FriendbuySubscription, subscriptionsFor, type Routing } from './subscriptions'

export type { ActionKey } from '../cloud/actions'
export { type DropKind, toDropKind } from '../cloud/dropped-value'

/** What became of an event at one action. */
export interface Outcome {
  action: ActionKey
  /** The path of the call, also of one that was never made. */
  path: EventPath
  /** MAPI's status, or that of the error; missing where there is neither. */
  status?: number
  /** Friendbuy's ID of what was filed. */
  eventId?: string
  dropped: readonly DroppedValue[]
  /** Why it was not delivered; missing where it was. */
  error?: string
  /** There where another try may succeed, with how long MAPI wants to be left alone before, in milliseconds. */
  retry?: { afterMs?: number }
  /** There where MAPI has refused the credentials. */
  isUnauthorized?: true
}

/** Whose events are sent where, and what takes them. */
export interface SenderOptions extends Routing {
  settings: Settings
  /** Another MAPI than the settings name. */
  mapiUrl?: string
  /** How many connections are opened at most: as many as events are under way at once. */
  connections?: number
}

/** Sends events, one try at a time. */
export interface Sender {
  /** The subscriptions that take an event. */
  subscriptionsFor: (event: SegmentEvent) => readonly FriendbuySubscription[]
  /** Sends an event through a subscription; gives nothing where it does not take the event, and does not reject. */
  send: (event: SegmentEvent, subscription: FriendbuySubscription) => Promise<Outcome | undefined>
}

/**
 * Sends an event of a merchant through a subscription, one try; gives nothing where the subscription does not take the
 * event, and does not reject.
 */
export type Deliver = (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  settings: Settings
) => Promise<Outcome | undefined>

/** Where events are sent, and over what. */
export interface DeliverOptions {
  /** Another MAPI than the settings of merchants name. */
  mapiUrl?: string
  /** Maximum number of connections. */
  connections?: number
  /** Called for each authorization. */
  onAuthorization?: () => void
}

/**
 * Delivers the events of any merchants over one host of the destination within this process.
 *
 * @throws TypeError when mapiUrl is no plain http or https address
 */
export const createDelivery = ({
  mapiUrl,
  connections,
  onAuthorization = () => undefined
}: DeliverOptions = {}): Deliver => {
  const transport = counting(undiciTransport({ connections }), onAuthorization)
  const host = createInProcessHost(createRun(transport, toMapiUrl(mapiUrl)))
  return async (event, subscription, settings) => {
    try {
      return await host(event, subscription, settings)
    } catch (error) {
      // actions-core's own, before it called the action: the event lacks what is required.
      const action = subscription.partnerAction
      return { action, path: actions[action].path, dropped: [], ...toFailure(error) }
    }
  }
}

/**
 * A sender of one merchant's events.
 *
 * @throws TypeError when mapiUrl is no plain http or https address
 */
export const createSender = ({ settings, mapiUrl, connections, ...routing }: SenderOptions): Sender => {
  const deliver = createDelivery({ mapiUrl, connections })
  return {
    subscriptionsFor: (event) =>
      subscriptionsFor(event, routing).filter(({ subscribe }) => isFor(subscribe, event)),
    send: (event, subscription) => deliver(event, subscription, settings)
  }
}

/** A `perform` that gives an outcome, whether the call succeeds or fails. */
const createRun =
  (transport: Transport, mapiUrl: string | undefined) =>
  async (action: ActionKey, input: HostInput): Promise<Outcome> => {
    const { path } = actions[action]
    let call: PreparedCall | undefined
    try {
      call = prepareCall(actions[action], input)
      const { status, body } = await sendCall(call, transport, input.settings, mapiUrl)
      const eventId = isRecord(body) && typeof body.eventId === 'string' ? { eventId: body.eventId } : {}
      return { action, path, dropped: call.dropped, status, ...eventId }
    } catch (error) {
      const retry = call && mayRetry(error, path, call.body) ? { retry: retryOf(error) } : {}
      const refused = isRefusalOfCredentials(error) ? { isUnauthorized: true as const } : {}
      return { action, path, dropped: call?.dropped ?? [], ...toFailure(error), ...retry, ...refused }
    }
  }

const toFailure = (error: unknown): Pick<Outcome, 'status' | 'error'> => {
  const status = toStatus(error)
  return { ...(status !== undefined && { status }), error: toOneLine(toMessage(error)) }
}

const retryOf = (error: unknown) =>
  isRecord(error) && typeof error.retryAfterMs === 'number' ? { afterMs: error.retryAfterMs } : {}

/** Wraps a transport to count authorizations. */
const counting =
  (transport: Transport, onAuthorization: () => void): Transport =>
  (request) => {
    if (new URL(request.url).pathname.endsWith('/v1/authorization')) onAuthorization()
    return transport(request)
  }
