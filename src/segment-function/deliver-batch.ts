import { startDeadline } from './deadline'
import { deleteData, deliver } from './deliver'
import type { Failure } from './failure'
import type { FailureKind } from './runtime'
import type { FunctionSettings } from './settings'
import type { FunctionEvent } from './subscriptions'

/** Status of one event of a batch. Segment sends an event again after a 500. */
export interface EventStatus {
  status: number
  errormessage?: string
}

/** Maximum number of a batch's events in flight. */
const CONCURRENCY = 20

const STATUSES: Readonly<Record<FailureKind, number>> = {
  retry: 500,
  settings: 401,
  event: 400,
  unsupported: 400
}

/** Delivers a batch of events and deletions, and gives each its own status. */
export const deliverBatch = async (
  events: readonly FunctionEvent[],
  settings: FunctionSettings
): Promise<EventStatus[]> => {
  const deadline = startDeadline()
  const statuses: EventStatus[] = []
  const waiting = events.entries()
  let refusal: Failure | undefined
  const deliverNext = async () => {
    for (const [index, event] of waiting) {
      const work = event.type === 'delete' ? deleteData : deliver
      const failure: Failure | undefined = refusal ?? (await work(event, settings, deadline))
      if (failure?.isUnauthorized) refusal = failure
      statuses[index] = failure
        ? { status: STATUSES[failure.kind], errormessage: failure.message }
        : { status: 200 }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, events.length) }, deliverNext))
  return statuses
}
