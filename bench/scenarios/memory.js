const { randomBytes } = require('node:crypto')
const { eventOf, settingsOf } = require('../events')
const { payloadOf } = require('../host')
const { scaled } = require('../sizes')

const MERCHANTS = 10_000

/** As long as a JSON Web Token with a few claims. */
const TOKEN_BYTES = 150

/** What actions-core hands to `perform` as its request, with MAPI's answer ready: no HTTP, so that a million are soon done. */
const request = async (url, { json }) => {
  const data = url.endsWith('/v1/authorization') ? newToken(json) : { eventId: 'an-event', createdOn: 'now' }
  return { ok: true, status: 200, data, content: JSON.stringify(data), headers: { get: () => null } }
}

const newToken = () => ({
  tokenType: 'Bearer',
  token: randomBytes(TOKEN_BYTES).toString('base64url'),
  expires: new Date(Date.now() + 20 * 60_000).toISOString()
})

/** What is in use when nothing is left to collect, in MB. */
const usedMB = () => {
  global.gc()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

module.exports = {
  title: 'Memory that `perform` keeps; the request is answered within the process',
  contestants: ['ours'],
  rounds: 1,
  figures: {
    tokensMB: 'tokens of 10,000 merchants, MB',
    growthMB: 'growth over 1,000,000 events, MB'
  },

  run: async (contestant, { scale }) => {
    const payload = await payloadOf(contestant, 'trackPurchase', eventOf.trackPurchase)
    const { perform } = contestant.loadDefinition().actions.trackPurchase
    /** As many events, of as many merchants by turns. */
    const send = async (events, merchants) => {
      for (let index = 0; index < events; index += 1) {
        await perform(request, { payload, settings: settingsOf(index % merchants) })
      }
    }
    const events = scaled(1_000_000, scale)

    await send(events / 10, 10)
    const before = usedMB()
    await send(MERCHANTS, MERCHANTS)
    const withTokens = usedMB()
    await send(events, MERCHANTS)
    return { tokensMB: withTokens - before, growthMB: usedMB() - withTokens }
  }
}
