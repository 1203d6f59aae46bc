const { writeFile } = require('node:fs/promises')
const { join } = require('node:path')
const { orders } = require('../events')
const { FIGURES_OF_SENDING, measureSending } = require('../meter')
const { CONCURRENCY, sizesOf } = require('../sizes')

/** Writes a file of as many events. */
const writeEvents = async (folder, count) => {
  const file = join(folder, `${count}-events.ndjson`)
  await writeFile(
    file,
    orders(count)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join('')
  )
  return file
}

module.exports = {
  title: 'A file of events, by `send`; the peer over onEvent, and undici with bodies that are ready',
  contestants: ['ours', 'core', 'peer', 'undici'],
  figures: { ...FIGURES_OF_SENDING, perCpuSecond: 'events a second of processor time' },

  run: async (contestant, options) => {
    const sendFile = contestant.loadSendFile(options)
    const { warmUp, events } = sizesOf(options)
    const [first, measured] = [
      await writeEvents(options.folder, warmUp),
      await writeEvents(options.folder, events)
    ]
    return measureSending(events, options, {
      warmUp: () => sendFile(first, { count: warmUp, concurrency: CONCURRENCY }),
      send: () => sendFile(measured, { count: events, concurrency: CONCURRENCY })
    })
  }
}
