/*
 * The least that actions-core allows for this event: our definition, so that actions-core maps and checks as much,
 * with a `perform` that posts a fixed body.
 */
const { core, loadDefinition } = require('./ours')

/** The cheapest request that actions-core makes. */
const createPerform = (body) => (request) =>
  request('https://mapi.fbot.me/v1/event/purchase', {
    method: 'POST',
    headers: { authorization: 'Bearer a-token' },
    json: body,
    skipResponseCloning: true
  })

module.exports = {
  core,
  createPerform,

  loadDefinition: ({ body }) => {
    const definition = loadDefinition()
    const { trackPurchase } = definition.actions
    return { ...definition, actions: { trackPurchase: { ...trackPurchase, perform: createPerform(body) } } }
  }
}
