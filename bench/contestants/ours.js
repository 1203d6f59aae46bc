/* The destination of this package, as it was built. */
const { Command } = require('commander')
const { settingsOf } = require('../events')

const entry = require.resolve('actions-friendbuy-cloud')

module.exports = {
  core: require.resolve('@segment/actions-core'),
  entry,

  loadDefinition: () => require(entry).destination,

  /** For each action what makes the body of a payload. */
  loadMappings: () =>
    Object.fromEntries(Object.entries(require(entry).actions).map(([key, { prepare }]) => [key, prepare])),

  /** Sends a file as `actions-friendbuy-cloud send FILE` does. */
  loadSendFile: () => {
    const { registerSend } = require('../../dist/cli/commands/send')
    const { authKey, authSecret } = settingsOf(1)
    Object.assign(process.env, { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret })
    return async (file, { concurrency }) => {
      const program = new Command()
      registerSend(program)
      const args = ['send', file, '--quiet', '--concurrency', String(concurrency), '--retry-for', '0']
      await program.parseAsync(args, { from: 'user' })
      if (process.exitCode !== 0) throw new Error(`send ended with ${process.exitCode}`)
    }
  }
}
