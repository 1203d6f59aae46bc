const { atOnce } = require('../at-once')
const { orders } = require('../events')
const { openHost } = require('../host')
const { FIGURES_OF_SENDING, measureSending } = require('../meter')
const { CONCURRENCY, sizesOf } = require('../sizes')

module.exports = {
  title: 'One event at a time, through onEvent',
  contestants: ['ours', 'peer'],
  figures: FIGURES_OF_SENDING,

  run: (contestant, options, mapping) => {
    const { onEvent } = openHost(contestant, options, mapping)
    const { warmUp, events } = sizesOf(options)
    const [first, measured] = [orders(warmUp), orders(events)]
    return measureSending(events, options, {
      warmUp: () => atOnce(CONCURRENCY, first, (event) => onEvent(event)),
      send: () => atOnce(CONCURRENCY, measured, (event) => onEvent(event))
    })
  }
}
