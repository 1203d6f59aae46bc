/* The floor without any fields, so that nothing is mapped nor checked: no destination can be so cheap. */
const { core, createPerform } = require('./floor')

module.exports = {
  core,

  loadDefinition: ({ body }) => ({
    name: 'Bare',
    mode: 'cloud',
    actions: { trackPurchase: { title: 'Track Purchase', fields: {}, perform: createPerform(body) } }
  })
}
