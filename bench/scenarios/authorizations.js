const { atOnce } = require('../at-once')
const { orders } = require('../events')
const { openHost } = require('../host')
const { askMapi } = require('../meter')
const { CONCURRENCY } = require('../sizes')

const EVENTS = 1000
const MERCHANTS = 10

module.exports = {
  title: '1,000 events of 10 merchants, all at once in a process that has no token',
  contestants: ['ours', 'peer'],
  rounds: 1,
  figures: {
    authorizations: 'authorizations',
    tokens: 'tokens that 1,000 further events go under'
  },

  run: async (contestant, options) => {
    const { onEvent } = openHost(contestant, options)
    const waiting = [...orders(EVENTS).entries()]
    const send = ([index, event]) => onEvent(event, index % MERCHANTS)
    const count = async (concurrency) => {
      await askMapi('/reset')
      await atOnce(concurrency, waiting, send)
      return askMapi('/stats')
    }
    const { authorizations } = await count(EVENTS)
    const { tokens } = await count(CONCURRENCY)
    return { authorizations, tokens }
  }
}
