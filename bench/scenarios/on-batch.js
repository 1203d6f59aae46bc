const { atOnce } = require('../at-once')
const { orders } = require('../events')
const { openHost } = require('../host')
const { FIGURES_OF_SENDING, measureSending } = require('../meter')
const { CONCURRENCY, sizesOf } = require('../sizes')

const BATCH = 250

module.exports = {
  title: 'Batches of 250, through onBatch; the peer takes none, so its events go through onEvent',
  contestants: ['ours', 'peer'],
  figures: FIGURES_OF_SENDING,

  run: (contestant, options) => {
    const { onBatch, onEvent } = openHost(contestant, options)
    const sendBatch = onBatch ?? ((batch) => atOnce(CONCURRENCY, batch, (event) => onEvent(event)))
    const sendBatches = async (batches) => {
      for (const batch of batches) await sendBatch(batch)
    }
    const { warmUp, events } = sizesOf(options, BATCH)
    const toBatches = (count) => Array.from({ length: count / BATCH }, () => orders(BATCH))
    const [first, measured] = [toBatches(warmUp), toBatches(events)]
    return measureSending(events, options, {
      warmUp: () => sendBatches(first),
      send: () => sendBatches(measured)
    })
  }
}
