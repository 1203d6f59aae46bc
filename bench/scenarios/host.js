const { orders } = require('../events')
const { measure } = require('../meter')
const { scaled } = require('../sizes')

module.exports = {
  title: "An event in our own host, from condition to payload; core is actions-core's Action.execute alone",
  contestants: ['ours', 'core'],
  figures: { micros: 'processor time, µs an event' },

  run: async (contestant, { scale }) => {
    const map = contestant.loadHost()
    const count = scaled(20_000, scale)
    const events = orders(count)
    const mapAll = async () => {
      for (const event of events) await map(event)
    }
    await mapAll()
    return measure(count, mapAll)
  }
}
