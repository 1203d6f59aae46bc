/* The destination of this package, as it was built. */
const { join } = require('node:path')
const { Command } = require('commander')
const { settingsOf } = require('../events')

const entry = require.resolve('actions-friendbuy-cloud')

module.exports = {
  core: require.resolve('@segment/actions-core'),
  entry,
  program: join(__dirname, '../../dist/cli/main.js'),

  loadDefinition: () => require(entry).destination,

  /** For each action what makes the body of a payload. */
  loadMappings: () =>
    Object.fromEntries(Object.entries(require(entry).actions).map(([key, { prepare }]) => [key, prepare])),

  /** Our own host, without what is done with the payload. */
  loadHost: () => {
    const { createInProcessHost } = require('../../dist/chunks/in-process-host')
    const host = createInProcessHost((_action, { payload }) => payload)
    const { presets } = require(entry).destination
    const subscription = presets.find(({ partnerAction }) => partnerAction === 'trackPurchase')
    const settings = settingsOf(1)
    return (event) => host(event, subscription, settings)
  },

  /** Starts a worker, and gives what closes it. */
  openWorker: async (location) => {
    const { createWorker } = require('actions-friendbuy-cloud/queue')
    const merchant = { settings: settingsOf(1) }
    const worker = await createWorker({
      ...location,
      merchantConcurrency: location.concurrency,
      resolveMerchant: () => merchant
    })
    return () => worker.close()
  },

  /** Sends a file as `actions-friendbuy-cloud send FILE` does. */
  loadSendFile: (_options, further = []) => {
    const { registerSend } = require('../../dist/cli/commands/send')
    const { authKey, authSecret } = settingsOf(1)
    Object.assign(process.env, { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret })
    return async (file, { concurrency }) => {
      const program = new Command()
      registerSend(program)
      const options = [
        '--quiet',
        '--yes',
        '--concurrency',
        String(concurrency),
        '--retry-for',
        '0',
        ...further
      ]
      const args = ['send', file, ...options]
      await program.parseAsync(args, { from: 'user' })
      if (process.exitCode !== 0) throw new Error(`send ended with ${process.exitCode}`)
    }
  }
}
