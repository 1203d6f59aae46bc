import { Destination, type RequestClient, type SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions } from '../actions'
import type { PreparedCall } from '../actions/define-action'
import { type HostInput, prepareCall, sendCall } from '../actions/perform'
import { createFriendbuyDestination, defaultMappingOf, PRESET_ACTIONS } from '../destination'
import { toMapiUrl } from '../mapi/account'
import type { LeftOut } from '../mapi/left-out'
import { toOneLine } from '../mapi/one-line'
import { isRecord } from '../mapi/record'
import { messageOf, statusOf } from '../mapi/thrown'
import type { Settings } from '../settings'

/** What became of an event at one action. */
export interface Outcome {
  action: ActionKey
  /** The path of the call, also of one that was never made. */
  path: string
  /** MAPI's status, or that of the error; missing where there is neither. */
  status?: number
  /** Friendbuy's ID of what was filed. */
  eventId?: string
  leftOut: readonly LeftOut[]
  /** Why it was not delivered; missing where it was. */
  error?: string
}

/** Whose events are sent where, and which. */
export interface SenderOptions {
  settings: Settings
  /** Another MAPI than the settings name. */
  mapiUrl?: string
  /** Names of track events that are sent as custom events, besides what the presets take. */
  customEvents?: readonly string[]
}

/** Sends an event through each action that takes it; none does where there is no outcome. */
export type Sender = (event: SegmentEvent) => Promise<Outcome[]>

/** An outcome on its way through actions-core, which hands on what `perform` returns. */
class Performed {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    this.outcome = outcome
  }
}

/**
 * A host of the destination within this process: it sends events through the definition's presets, with their default
 * mappings, and tells what became of each. What it gives does not reject.
 *
 * @throws TypeError when mapiUrl is no plain http or https address
 */
export const createSender = ({ settings, mapiUrl, customEvents = [] }: SenderOptions): Sender => {
  const address = mapiUrl === undefined ? undefined : toMapiUrl(mapiUrl)
  const definition = createFriendbuyDestination({ mapiUrl })
  const destination = new Destination<Settings>({
    ...definition,
    actions: Object.fromEntries(
      Object.entries(definition.actions).map(([key, action]) => [
        key,
        { ...action, perform: performing(key as ActionKey, address) }
      ])
    )
  })

  const sendTo = async (action: ActionKey, event: SegmentEvent): Promise<Outcome[]> => {
    const subscription = {
      partnerAction: action,
      subscribe: actions[action].defaultSubscription,
      mapping: defaultMappingOf(action)
    }
    try {
      const results = await destination.onEvent(event, { ...settings, subscription })
      return results.flatMap(({ data }) => (data instanceof Performed ? [data.outcome] : []))
    } catch (error) {
      return [{ action, path: actions[action].path, leftOut: [], ...toFailure(error) }]
    } finally {
      // actions-core keeps every response that it ever got.
      destination.responses.length = 0
    }
  }

  return async (event) => {
    const isCustom = event.type === 'track' && event.event !== undefined && customEvents.includes(event.event)
    const candidates: ActionKey[] = [...PRESET_ACTIONS, ...(isCustom ? (['trackCustomEvent'] as const) : [])]
    return (await Promise.all(candidates.map((action) => sendTo(action, event)))).flat()
  }
}

/** A `perform` that gives an outcome, whether the call succeeds or fails. */
const performing =
  (key: ActionKey, mapiUrl: string | undefined) =>
  async (request: RequestClient, input: HostInput): Promise<Performed> => {
    const { path } = actions[key]
    let call: PreparedCall | undefined
    try {
      call = prepareCall(actions[key], input)
      const { status, body } = await sendCall(call, request, input.settings, mapiUrl)
      const eventId = isRecord(body) && typeof body.eventId === 'string' ? { eventId: body.eventId } : {}
      return new Performed({ action: key, path, leftOut: call.leftOut, status, ...eventId })
    } catch (error) {
      return new Performed({ action: key, path, leftOut: call?.leftOut ?? [], ...toFailure(error) })
    }
  }

const toFailure = (error: unknown): Pick<Outcome, 'status' | 'error'> => {
  const status = statusOf(error)
  return { ...(status !== undefined && { status }), error: toOneLine(messageOf(error)) }
}
