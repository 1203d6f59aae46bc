/* A host like Segment's: actions-core with a contestant's definition and the action's default mapping, or another. */
const { settingsOf } = require('./events')

const subscriptionOf = (core, definition, partnerAction) => ({
  partnerAction,
  subscribe: 'type = "track" and event = "Order Completed"',
  mapping: core.defaultValues(definition.actions[partnerAction].fields)
})

/** Sends orders as a merchant's, one by one or in batches; `onBatch` is missing where the contestant takes none. */
exports.openHost = (contestant, options, mapping) => {
  const core = require(contestant.core)
  const definition = contestant.loadDefinition(options)
  const destination = new core.Destination(definition)
  const subscription = { ...subscriptionOf(core, definition, 'trackPurchase'), ...(mapping && { mapping }) }

  const sendBy =
    (method) =>
    async (input, merchant = 1) => {
      await destination[method](input, { ...settingsOf(merchant), subscription })
      // actions-core keeps every response that it ever got.
      destination.responses.length = 0
    }
  return {
    onEvent: sendBy('onEvent'),
    ...(definition.actions.trackPurchase.performBatch && { onBatch: sendBy('onBatch') })
  }
}

/** What actions-core hands to an action's `perform` as the payload of an event. */
exports.payloadOf = async (contestant, partnerAction, event) => {
  const core = require(contestant.core)
  const definition = contestant.loadDefinition()
  let payload
  const perform = (_request, data) => {
    payload = data.payload
  }
  const actions = { [partnerAction]: { ...definition.actions[partnerAction], perform } }
  const subscription = { ...subscriptionOf(core, definition, partnerAction), subscribe: 'type != ""' }
  await new core.Destination({ ...definition, actions }).onEvent(event, { ...settingsOf(1), subscription })
  return payload
}
