/* Imports the destination and requires the client: actions-core cannot be imported by Node. */
import { createRequire } from 'node:module'
import { createFriendbuyDestination } from 'actions-friendbuy-cloud'
import deliverBatch from './deliver-batch.cjs'

const require = createRequire(import.meta.url)
const { Destination } = require('@segment/actions-core')
const { createMapiClient } = require('actions-friendbuy-cloud/mapi')

console.log(JSON.stringify(await deliverBatch({ Destination, createFriendbuyDestination, createMapiClient })))
