/* Prints what those say that need the packages of the queue, which are not installed here. */
import { createProducer, createWorker, openQueue } from 'actions-friendbuy-cloud/queue'

for (const open of [createProducer, openQueue, createWorker]) {
  await open({ resolveMerchant: () => undefined }).then(
    () => console.log('it needs nothing'),
    ({ message }) => console.log(message)
  )
}
