/* Runs once before all tests: the worker's need a redis-server, which is installed where it is missing and may be. */
const { spawnSync } = require('node:child_process')

const succeeds = (command, ...args) =>
  // RUNLEVEL=1 keeps Debian from starting the server as a service.
  spawnSync(command, args, { env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' } })
    .status === 0

module.exports = () => {
  if (succeeds('redis-server', '--version')) return
  const install = ['install', '--yes', '--no-install-recommends', 'redis-server']
  if (process.getuid?.() === 0) {
    if (succeeds('apt-get', ...install)) return
    if (succeeds('apt-get', 'update') && succeeds('apt-get', ...install)) return
  }
  throw new Error(
    'The tests of the worker need redis-server: install the Debian package redis-server (as root, "apt-get install redis-server").'
  )
}
