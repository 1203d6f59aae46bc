/* BullMQ alone: a worker whose processor does nothing, on the queue of ours. */
const { Worker } = require('bullmq')

module.exports = {
  openWorker: async ({ redis, queue, concurrency }) => {
    const connection = { url: redis, maxRetriesPerRequest: null }
    const worker = new Worker('events', async () => undefined, {
      connection,
      prefix: `{${queue}}`,
      concurrency
    })
    return () => worker.close()
  }
}
