const { eventOf } = require('../events')
const { payloadOf } = require('../host')
const { measure } = require('../meter')
const { scaled } = require('../sizes')

const ACTIONS = Object.keys(eventOf)

module.exports = {
  title: 'Mapping alone, from the payload to the body',
  contestants: ['ours', 'peer'],
  figures: Object.fromEntries(ACTIONS.map((key) => [key, `${key}, µs an event`])),

  run: async (contestant, { scale }) => {
    const mappings = contestant.loadMappings()
    const times = scaled(50_000, scale)
    const map = (toBody, payload, count) => {
      for (let index = 0; index < count; index += 1) toBody(payload)
    }
    const payloads = {}
    for (const key of ACTIONS) {
      payloads[key] = await payloadOf(contestant, key, eventOf[key])
      map(mappings[key], payloads[key], times / 5)
    }
    const figures = {}
    for (const key of ACTIONS) {
      const { micros } = await measure(times, () => map(mappings[key], payloads[key], times))
      figures[key] = micros
    }
    return figures
  }
}
