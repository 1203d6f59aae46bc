/* Runs once before all tests: installs the servers that some of them start, if they are missing and this is root. */
const { spawnSync } = require('node:child_process')
const { existsSync } = require('node:fs')

const succeeds = (command, ...args) =>
  // RUNLEVEL=1 keeps Debian from starting the server as a service.
  spawnSync(command, args, { env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' } })
    .status === 0

const NEEDED = [
  { name: 'redis-server', isThere: () => succeeds('redis-server', '--version') },
  { name: 'postgresql', isThere: () => existsSync('/usr/lib/postgresql') }
]

module.exports = () => {
  const missing = NEEDED.filter(({ isThere }) => !isThere()).map(({ name }) => name)
  if (missing.length === 0) return
  const install = ['install', '--yes', '--no-install-recommends', ...missing]
  if (process.getuid?.() === 0) {
    if (succeeds('apt-get', ...install)) return
    if (succeeds('apt-get', 'update') && succeeds('apt-get', ...install)) return
  }
  throw new Error(
    `Some tests start servers of their own: as root, run "apt-get install ${missing.join(' ')}" (Debian packages).`
  )
}
