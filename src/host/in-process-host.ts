import { Destination, type RequestClient, type SegmentEvent } from '@segment/actions-core'
import { parseFql, type Subscription, validate } from '@segment/destination-subscriptions'
import { LRUCache } from 'lru-cache'
import type { ActionKey } from '../cloud/actions'
import type { HostInput } from '../cloud/perform'
import { createFriendbuyDestination } from '../cloud/destination'
import { isRecord } from '../values'
import type { Settings } from '../cloud/settings'
import type { FriendbuySubscription } from './subscriptions'

/** What stands in the place of an action's `perform`: it is given what that is given but the request, and may give anything. */
export type Perform<Result> = (action: ActionKey, input: HostInput) => Result | Promise<Result>

/**
 * Takes an event of a merchant with these settings through a subscription.
 *
 * @returns what `perform` gives; undefined where the subscription is not for this event
 * @throws what actions-core throws for an event that lacks something, and what `perform` throws, as a host gets it
 */
export type InProcessHost<Result> = (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  settings: Settings
) => Promise<Result | undefined>

/**
 * A host of the destination within this process: actions-core itself decides which events a subscription is for, maps
 * their values and checks them.
 *
 * @param perform what becomes of a mapped event
 */
export const createInProcessHost = <Result>(perform: Perform<Result>): InProcessHost<Result> => {
  /** A result on its way through actions-core, which hands on what `perform` returns, among results of its own. */
  class RunResult {
    readonly result: Result

    constructor(result: Result) {
      this.result = result
    }
  }
  const isRunResult = (data: unknown): data is RunResult => data instanceof RunResult

  const definition = createFriendbuyDestination()
  const destination = new Destination<Settings>({
    ...definition,
    actions: Object.fromEntries(
      Object.entries(definition.actions).map(([key, action]) => [
        key,
        {
          ...action,
          perform: async (_request: RequestClient, input: HostInput) =>
            new RunResult(await perform(key as ActionKey, input))
        }
      ])
    )
  })

  return async (event, { partnerAction, subscribe, mapping }, settings) => {
    if (!isFor(subscribe, event)) return undefined
    try {
      const data = { ...withoutNullContext(event) }
      const results = await destination.actions[partnerAction]?.execute({
        mapping,
        data,
        settings,
        auth: undefined
      })
      return results?.map(({ data }): unknown => data).find(isRunResult)?.result
    } catch (error) {
      throw isInvalid(error) ? Object.assign(error, { status: 400 }) : error
    }
  }
}

/** Conditions as actions-core reads them: to read one costs as much as to make a body. */
const conditions = new LRUCache<string, Subscription>({ max: 1000, memoMethod: (text) => parseFql(text) })

/** Whether a condition takes an event. */
export const isFor = (subscribe: string, event: SegmentEvent): boolean => {
  const condition = conditions.memo(subscribe)
  return !('error' in condition) && validate(condition, event)
}

/** Whether actions-core found a mistake in what was mapped; its Destination gives these errors their status. */
const isInvalid = (error: unknown): error is Error =>
  error instanceof Error && ['AggregateAjvError', 'ValidationError'].includes(error.name)

/** actions-core fails over a context, or personas in it, that are null, and takes those that are missing. */
const withoutNullContext = (event: SegmentEvent): SegmentEvent => {
  const context: unknown = event.context
  if (context === null) return { ...event, context: undefined }
  if (!isRecord(context) || context.personas !== null) return event
  return { ...event, context: { ...context, personas: undefined } }
}
