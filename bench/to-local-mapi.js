/*
 * Loaded before all else in each process that is measured: connections to Friendbuy's MAPI go to the bench's, for
 * every client alike, and there are no others.
 */
const { syncBuiltinESMExports } = require('node:module')
const tls = require('node:tls')

const MAPI = 'mapi.fbot.me'
const { connect } = tls

tls.connect = (options, ...rest) => {
  if (options.host !== MAPI)
    throw new Error(`The bench connects to ${MAPI} only, and not to ${options.host}.`)
  return connect({ ...options, host: '127.0.0.1', port: process.env.BENCH_PORT, servername: MAPI }, ...rest)
}
syncBuiltinESMExports()
