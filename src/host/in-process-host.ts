import { Destination, type RequestClient, type SegmentEvent } from '@segment/actions-core'
import { parseFql, validate } from '@segment/destination-subscriptions'
import { type ActionKey, actions } from '../cloud/actions'
import { createFriendbuyDestination } from '../cloud/destination'
import type { HostInput } from '../cloud/send-call'
import type { Settings } from '../cloud/settings'
import { compileCondition, type Condition } from '../mapping/compile-condition'
import { isRecord } from '../values'
import { compilePayload } from './payloads'
import type { FriendbuySubscription } from './subscriptions'

/** Performs an action in place of its own `perform`: without a request, and with any result. */
export type Perform<Result> = (action: ActionKey, input: HostInput) => Result | Promise<Result>

/**
 * Passes an event through a subscription, with the settings of its merchant.
 *
 * @returns the result of `perform`; undefined if the subscription is not for this event
 * @throws what `Destination.onEvent` of actions-core throws for the event, and what `perform` throws
 */
export type InProcessHost<Result> = (
  event: SegmentEvent,
  subscription: FriendbuySubscription,
  settings: Settings
) => Promise<Result | undefined>

/**
 * Hosts the destination within this process. Conditions, mappings and checks have the effect that they have in
 * `Destination.onEvent` of actions-core, but are compiled once. A mapping that cannot be compiled, such as one with
 * `@liquid`, is left to actions-core.
 *
 * @param perform called with each payload
 * @example
 * const host = createInProcessHost((key, input) => actions[key].prepare(input.payload))
 * const call = await host(event, subscription, settings)
 */
export const createInProcessHost = <Result>(perform: Perform<Result>): InProcessHost<Result> => {
  let execute: Execute<Result> | undefined
  return async (event, { partnerAction, subscribe, mapping }, settings) => {
    if (!isFor(subscribe, event) || !Object.hasOwn(actions, partnerAction)) return undefined
    const data = withoutNullContext(event)
    try {
      const toPayload = compilePayload(partnerAction, mapping)
      if (toPayload) return await perform(partnerAction, { payload: toPayload(data), settings })
      execute ??= createExecute(perform)
      return await execute(partnerAction, { mapping, data, settings, auth: undefined })
    } catch (error) {
      throw isInvalid(error) ? Object.assign(error, { status: 400 }) : error
    }
  }
}

type Bundle = Parameters<Destination<Settings>['actions'][string]['execute']>[0]
type Execute<Result> = (action: ActionKey, bundle: Bundle) => Promise<Result | undefined>

/** Lets actions-core map and validate an event. */
const createExecute = <Result>(perform: Perform<Result>): Execute<Result> => {
  /** Marks the result of `perform` among those of actions-core. */
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
  return async (action, bundle) => {
    const results = await destination.actions[action]?.execute(bundle)
    return results?.map(({ data }): unknown => data).find(isRunResult)?.result
  }
}

/** Maximum number of compiled conditions. Merchants share most of theirs. */
const MAX_CONDITIONS = 1000

/** Compiled conditions by their text. Compiling one costs as much as making a body. */
const conditions = new Map<string, Condition>()

/** Compiles a condition; one that cannot be compiled is left to Segment's own parser. */
const toCondition = (text: string): Condition => {
  try {
    return compileCondition(text)
  } catch {
    const parsed = parseFql(text)
    if ('error' in parsed) return () => false
    return (event) => validate(parsed, event as Parameters<typeof validate>[1])
  }
}

/**
 * Tells if a subscription is for an event. A condition that cannot be read is for none.
 *
 * @param subscribe the condition, in Segment's subscription language
 */
export const isFor = (subscribe: string, event: SegmentEvent): boolean =>
  (conditions.get(subscribe) ?? addCondition(subscribe))(event)

const addCondition = (subscribe: string): Condition => {
  if (conditions.size >= MAX_CONDITIONS) conditions.clear()
  const condition = toCondition(subscribe)
  conditions.set(subscribe, condition)
  return condition
}

/** Errors of actions-core's own checks. Its `Destination` sets their status. */
const isInvalid = (error: unknown): error is Error =>
  error instanceof Error && ['AggregateAjvError', 'ValidationError'].includes(error.name)

/** actions-core fails over a context, or personas in it, that is null. */
const withoutNullContext = (given: SegmentEvent): Bundle['data'] => {
  const event = given as SegmentEvent & Bundle['data']
  const context: unknown = event.context
  if (context === null) return { ...event, context: undefined }
  if (!isRecord(context) || context.personas !== null) return event
  return { ...event, context: { ...context, personas: undefined } }
}
