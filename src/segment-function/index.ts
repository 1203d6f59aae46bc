/** The handlers of the destination function for Segment. `scripts/bundle-segment-function.mjs` makes one file of them. */
import { startDeadline } from './deadline'
import { deleteData, deliver } from './deliver'
import type { Failure } from './failure'
import { toSegmentError } from './runtime'
import type { FunctionSettings } from './settings'
import type { FunctionEvent } from './subscriptions'

export { deliverBatch as onBatch } from './deliver-batch'

const throwFailure = (failure: Failure | undefined) => {
  if (failure) throw toSegmentError(failure.kind, failure.message)
}

/**
 * Delivers an event of any type.
 *
 * @throws Segment's error for the failure
 */
export const onEvent = async (event: FunctionEvent, settings: FunctionSettings): Promise<void> => {
  throwFailure(await deliver(event, settings, startDeadline()))
}

/**
 * Asks Friendbuy to delete a customer's data.
 *
 * @throws Segment's error for the failure
 */
export const onDelete = async (event: FunctionEvent, settings: FunctionSettings): Promise<void> => {
  throwFailure(await deleteData(event, settings, startDeadline()))
}
