import type { SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../cloud/actions'
import type { PreparedCall } from '../cloud/define-action'
import type { DroppedValue } from '../cloud/dropped-value'
import { type HostInput, prepareCall, sendCall } from '../cloud/send-call'
import type { Settings } from '../cloud/settings'
import { toMapiUrl } from '../mapi/account'
import type { EventPath } from '../mapi/contract/operations'
import { hasResponse, MapiError } from '../mapi/errors'
import type { Transport } from '../mapi/transports/transport'
import { undiciTransport } from '../mapi/transports/undici'
import { toMessage, toOneLine, toStatus } from '../messages'
import { isRecord } from '../values'
import { createInProcessHost, isFor } from './in-process-host'
import { toRetryAdvice } from './retry-advice'
import { type FriendbuySubscription, type Routing, subscriptionsFor } from './subscriptions'

export type { ActionKey } from '../cloud/actions'
export { type DropKind, toDropKind } from '../cloud/dropped-value'

/** Outcome of one attempt to deliver an event through one action. */
export interface Outcome {
  action: ActionKey
  /** Path of the call, even if it was never made. */
  path: EventPath
  /** MAPI's status, or 400 for an event that is invalid; missing without a response. */
  status?: number
  /** Friendbuy's ID of the event. */
  eventId?: string
  dropped: readonly DroppedValue[]
  /** Reason of the failure; missing if the event was delivered. */
  error?: string
  /** Present if the call can be retried without counting twice. `afterMs` is MAPI's Retry-After. */
  retry?: { afterMs?: number }
  /** True if MAPI refuses the credentials: no other event would succeed. */
  isUnauthorized?: true
}

/** Options of a sender for one merchant. */
export interface SenderOptions extends Routing {
  settings: Settings
  /** MAPI address that replaces the one of the settings. */
  mapiUrl?: string
  /** Maximum number of connections. @default unlimited: one per event in flight */
  connections?: number
}

/** Sends events, one attempt at a time. */
export interface Sender {
  /** Finds the subscriptions that match an event. */
  subscriptionsFor: (event: SegmentEvent) => readonly FriendbuySubscription[]
  /** Sends an event through a subscription. Resolves with undefined if it does not match; never rejects. */
  send: (event: SegmentEvent, subscription: FriendbuySubscription) => Promise<Outcome | undefined>
}

/**
 * Attempts to deliver a merchant's event through a subscription. Resolves with undefined if the subscription does not
 * match; never rejects.
 */
export type Deliver = (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  settings: Settings
) => Promise<Outcome | undefined>

/** Options of delivery. */
export interface DeliveryOptions {
  /** MAPI address that replaces the ones of merchants' settings. */
  mapiUrl?: string
  /** Maximum number of connections to one address. @default unlimited: one per event in flight */
  connections?: number
  /** Called before each request for a token. */
  onAuthorization?: () => void
}

/**
 * Creates the delivery of any merchants' events, over one in-process host of the destination. An attempt takes 10
 * seconds at most.
 *
 * @throws TypeError if mapiUrl is not a plain http or https address
 */
export const createDelivery = ({ mapiUrl, connections, onAuthorization }: DeliveryOptions = {}): Deliver => {
  const transport = countAuthorizations(undiciTransport({ connections }), onAuthorization)
  const host = createInProcessHost(createRun(transport, toMapiUrl(mapiUrl)))
  return async (event, subscription, settings) => {
    try {
      return await host(event, subscription, settings)
    } catch (error) {
      // The event is invalid for actions-core, before the action was called.
      const action = subscription.partnerAction
      return { action, path: actions[action].path, dropped: [], ...toFailure(error) }
    }
  }
}

/**
 * Creates a sender of one merchant's events.
 *
 * @throws TypeError if mapiUrl is not a plain http or https address
 */
export const createSender = ({ settings, mapiUrl, connections, ...routing }: SenderOptions): Sender => {
  const deliver = createDelivery({ mapiUrl, connections })
  return {
    subscriptionsFor: (event) =>
      subscriptionsFor(event, routing).filter(({ subscribe }) => isFor(subscribe, event)),
    send: (event, subscription) => deliver(event, subscription, settings)
  }
}

/** Creates a `perform` that resolves with an outcome, whether the call succeeds or fails. */
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
      return {
        action,
        path,
        dropped: call?.dropped ?? [],
        ...toFailure(error),
        ...(call && error instanceof MapiError && toRetryAdvice(error, call))
      }
    }
  }

/** The error's message, and its status if there was a response. */
const toFailure = (error: unknown): Pick<Outcome, 'status' | 'error'> => {
  const status = error instanceof MapiError && !hasResponse(error) ? undefined : toStatus(error)
  return { ...(status !== undefined && { status }), error: toOneLine(toMessage(error)) }
}

/** Wraps a transport to count authorizations. */
const countAuthorizations =
  (transport: Transport, onAuthorization: () => void = () => undefined): Transport =>
  (request) => {
    if (request.phase === 'authorization') onAuthorization()
    return transport(request)
  }
