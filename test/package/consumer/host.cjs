/* A host that requires everything. */
const { Destination } = require('@segment/actions-core')
const { createFriendbuyDestination } = require('actions-friendbuy-cloud')
const { createMapiClient } = require('actions-friendbuy-cloud/mapi')
const deliverBatch = require('./deliver-batch.cjs')

deliverBatch({ Destination, createFriendbuyDestination, createMapiClient }).then((result) => {
  console.log(JSON.stringify(result))
})
