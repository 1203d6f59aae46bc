const { createWriteStream } = require('node:fs')
const { join } = require('node:path')
const { pipeline } = require('node:stream/promises')
const { orders } = require('../events')
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
  title: 'Peak memory of `send` over 1,000,000 events',
  contestants: ['ours'],
  rounds: 1,
  figures: { peakMB: 'peak resident memory, MB' },

  run: async (contestant, { scale, folder, ...options }) => {
    const count = scaled(1_000_000, scale)
    const file = join(folder, `${count}-events-of-memory.ndjson`)
    await writeEvents(file, count)
    await contestant.loadSendFile({ folder, ...options })(file, { count, concurrency: CONCURRENCY })
    return { peakMB: process.resourceUsage().maxRSS / 1000 }
  }
}
