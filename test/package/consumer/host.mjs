/* A host that is bundled as an ES module. */
import { Destination } from '@segment/actions-core'
import { createFriendbuyDestination } from 'actions-friendbuy-cloud'
import { createMapiClient } from 'actions-friendbuy-cloud/mapi'
import deliverBatch from './deliver-batch.cjs'

deliverBatch({ Destination, createFriendbuyDestination, createMapiClient }).then((result) => {
  console.log(JSON.stringify(result))
})
