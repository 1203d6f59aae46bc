import type { PreparedCall } from '../cloud/define-action'
import { deleteCustomer } from '../cloud/delete-customer'
import type { DroppedValue } from '../cloud/dropped-value'
import { sendCall } from '../cloud/send-call'
import { toAccount } from '../cloud/settings'
import { toOneLine } from '../messages'
import type { Deadline } from './deadline'
import { forget, isDelivered, remember, toDeliveryKey } from './delivered'
import { type Failure, toFailure } from './failure'
import { fetchTransport } from './fetch-transport'
import { log } from './runtime'
import type { FunctionSettings } from './settings'
import { type CompiledSubscription, findSubscriptions, type FunctionEvent } from './subscriptions'

/** The types of events that the presets are for: one that none matches is not a failure. */
const PRESET_TYPES: readonly unknown[] = ['identify', 'track']

/**
 * Delivers an event through each subscription that matches it.
 *
 * @returns the failure that decides what Segment does with the event; undefined if there is none
 */
export const deliver = async (
  event: FunctionEvent,
  settings: FunctionSettings,
  deadline: Deadline
): Promise<Failure | undefined> => {
  let subscriptions: CompiledSubscription[]
  try {
    subscriptions = findSubscriptions(event, settings)
  } catch (error) {
    return toFailure(error)
  }
  if (subscriptions.length === 0) {
    const type = toOneLine(String(event.type))
    return PRESET_TYPES.includes(event.type)
      ? undefined
      : { kind: 'unsupported', message: `Friendbuy: no mapping matches this ${type} event.` }
  }
  const keys = subscriptions.map((_, index) => toDeliveryKey(settings.authKey, event.messageId, index))
  const outcomes = await Promise.all(
    subscriptions.map((subscription, index) =>
      deliverOnce(event, subscription, settings, deadline, keys[index])
    )
  )
  const failures = outcomes.filter((outcome) => outcome !== undefined)
  // Segment retries the whole event, so one part that can be retried decides.
  const deciding = failures.find(({ kind }) => kind === 'retry') ?? failures[0]
  if (deciding?.kind !== 'retry') forget(keys)
  return deciding
}

const deliverOnce = async (
  event: FunctionEvent,
  { action, mapping, toPayload }: CompiledSubscription,
  settings: FunctionSettings,
  deadline: Deadline,
  key: string | undefined
): Promise<Failure | undefined> => {
  if (isDelivered(key)) return undefined
  let call: PreparedCall | undefined
  try {
    call = action.prepare(toPayload(event), mapping)
    logDropped(action.title, call.dropped)
    await sendCall(call, fetchTransport(deadline), settings)
    remember(key)
    return undefined
  } catch (error) {
    const failure = toFailure(error, call)
    if (failure.mayHaveCounted) remember(key)
    return failure
  }
}

/** Logs dropped values by field and reason. Deeper names come from the event, and may be personal. */
const logDropped = (title: string, dropped: readonly DroppedValue[]) => {
  const named = dropped.map(({ name, reason }) => `${name.replace(/[.[][^]*/, '')} (${toKind(reason)})`)
  if (named.length > 0) log(`Friendbuy ${title} dropped: ${[...new Set(named)].join(', ')}`)
}

/** Strips the name of the winning value, which may come from the event. */
const toKind = (reason: DroppedValue['reason']) =>
  reason.startsWith('overridden by ') ? 'overridden' : reason

/** Asks Friendbuy to delete a customer's data. */
export const deleteData = async (
  event: FunctionEvent,
  settings: FunctionSettings,
  deadline: Deadline
): Promise<Failure | undefined> => {
  try {
    await deleteCustomer(toAccount(settings), fetchTransport(deadline), event.userId)
    return undefined
  } catch (error) {
    return toFailure(error)
  }
}
