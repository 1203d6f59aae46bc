/*
 * Our own host as it was before mappings were compiled: actions-core maps and checks every event. A mapping that cannot
 * be compiled still takes this path.
 */
const { writeFile } = require('node:fs/promises')
const { join } = require('node:path')
const ours = require('./ours')
const { settingsOf } = require('../events')

/** Adds an option that actions-core ignores, and that `compileMapping` does not know. */
const toUncompilable = (mapping) => {
  const [key, directive] = Object.entries(mapping).find(([, value]) => value['@if'])
  return { ...mapping, [key]: { '@if': { ...directive['@if'], note: 'not compiled' } } }
}

module.exports = {
  ...ours,

  loadHost: () => {
    const { Destination, defaultValues } = require(ours.core)
    const { trackPurchase } = ours.loadDefinition().actions
    const perform = (_request, { payload }) => payload
    const definition = {
      name: 'Core',
      mode: 'cloud',
      actions: { trackPurchase: { ...trackPurchase, perform } }
    }
    const action = new Destination(definition).actions.trackPurchase
    const mapping = defaultValues(trackPurchase.fields)
    return (data) => action.execute({ mapping, data, settings: settingsOf(1), auth: undefined })
  },

  loadSendFile: (options) => {
    const { presets } = ours.loadDefinition()
    const file = join(options.folder, 'uncompilable.json')
    const subscriptions = presets.map(({ partnerAction, subscribe, mapping }) => ({
      partnerAction,
      subscribe,
      mapping: toUncompilable(mapping)
    }))
    const sendFile = ours.loadSendFile(options, ['--mapping', file])
    return async (...args) => {
      await writeFile(file, JSON.stringify(subscriptions))
      await sendFile(...args)
    }
  }
}
