const { createWriteStream } = require('node:fs')
const { join } = require('node:path')
const { pipeline } = require('node:stream/promises')
const { orders } = require('../events')
const { askMapi } = require('../meter')
const { CONCURRENCY, scaled } = require('../sizes')

/** Events with an order ID each; written in parts, so that the file costs no memory. */
const writeEvents = async (file, count) => {
  const [event] = orders(1)
  const text = JSON.stringify(event)
  await pipeline(function* () {
    for (let index = 0; index < count; index += 1) {
      yield `${text.replace('order-00000000', `order-${String(index).padStart(8, '0')}`)}\n`
    }
  }, createWriteStream(file))
}

module.exports = {
  title: 'Peak memory of `send` over 1,000,000 events, and what became of them',
  contestants: ['ours'],
  rounds: 1,
  figures: {
    peakMB: 'peak resident memory, MB',
    lost: 'events that never arrived',
    doubled: 'events that arrived more than once',
    perSecond: 'events a second'
  },

  run: async (contestant, { scale, folder, ...options }) => {
    const count = scaled(1_000_000, scale)
    const file = join(folder, `${count}-events-of-memory.ndjson`)
    await writeEvents(file, count)
    await askMapi(`/reset?orders=${count}`)
    const startedAt = performance.now()
    await contestant.loadSendFile({ folder, ...options })(file, { count, concurrency: CONCURRENCY })
    const perSecond = (1000 * count) / (performance.now() - startedAt)
    const peakMB = process.resourceUsage().maxRSS / 1000
    const { lost, doubled } = await askMapi('/stats')
    return { peakMB, lost, doubled, perSecond }
  }
}
