/* The destination published in @segment/action-destinations, which peer.mjs installs, on a copy of the same core. */
const { readFile } = require('node:fs/promises')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { atOnce } = require('../at-once')
const { openHost } = require('../host')

const entry = join(__dirname, '../.peer/friendbuy/index.js')
const requireOfPeer = createRequire(entry)

const loadDefinition = () => require(entry).default

/** What its `perform` does before the request; its tables of fields are handed to mapEvent, and nowhere else to be had. */
const loadMappings = () => {
  const { moveEventPropertiesToRoot } = requireOfPeer('@segment/actions-shared')
  const shared = requireOfPeer('@segment/actions-shared/dist/friendbuy/mapEvent')
  const { mapEvent } = shared

  const tableOf = (action) => {
    let taken
    shared.mapEvent = (table) => {
      taken = table
      throw new Error('not to be sent')
    }
    action.perform(undefined, { payload: {}, settings: {} }).catch(() => undefined)
    shared.mapEvent = mapEvent
    return taken
  }
  return Object.fromEntries(
    Object.entries(loadDefinition().actions).map(([key, action]) => {
      const table = tableOf(action)
      return [
        key,
        key === 'trackCustomEvent'
          ? (payload) => mapEvent(table, moveEventPropertiesToRoot(payload))
          : (payload) => mapEvent(table, payload)
      ]
    })
  )
}

module.exports = {
  core: requireOfPeer.resolve('@segment/actions-core'),
  entry,
  loadDefinition,
  loadMappings,

  /** It has no such thing, so this is what a script would do. */
  loadSendFile: (options) => {
    const { onEvent } = openHost(module.exports, options)
    return async (file, { concurrency }) => {
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
      await atOnce(concurrency, lines, (line) => onEvent(JSON.parse(line)))
    }
  }
}
