/*
 * A host that clears require.cache between loading actions-core and loading the destination, as Segment's local server does:
 * `node cache-clearing-host.js MAPI_URL {events, settings}` sends a batch of purchases and prints what it gets.
 */
const { Destination } = require('@segment/actions-core')

for (const file of Object.keys(require.cache)) delete require.cache[file]

const { createFriendbuyDestination } = require('../../../dist')

const [mapiUrl, input] = process.argv.slice(2)
const { events, settings } = JSON.parse(input)
const definition = createFriendbuyDestination({ mapiUrl })
const subscription = definition.presets.find(({ partnerAction }) => partnerAction === 'trackPurchase')

new Destination(definition).onBatch(events, { ...settings, subscription }).then(
  ([{ multistatus }]) => console.log(JSON.stringify({ statuses: multistatus.map(({ status }) => status) })),
  ({ name, status }) => console.log(JSON.stringify({ error: { name, status } }))
)
