/* Runs once before all tests: installs the programs that some of them start, if they are missing and this is root. */
const { spawnSync } = require('node:child_process')
const { existsSync } = require('node:fs')

const succeeds = (command, ...args) =>
  // RUNLEVEL=1 keeps Debian from starting the server as a service.
  spawnSync(command, args, { env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' } })
    .status === 0

const NEEDED = [
  { name: 'redis-server', isThere: () => succeeds('redis-server', '--version') },
  { name: 'postgresql', isThere: () => existsSync('/usr/lib/postgresql') },
  // Tests in a browser are skipped without it.
  {
    name: 'chromium',
    isThere: () => existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium'),
    isOptional: true
  }
]

module.exports = () => {
  const missing = NEEDED.filter(({ isThere }) => !isThere())
  if (missing.length === 0) return
  const install = ['install', '--yes', '--no-install-recommends', ...missing.map(({ name }) => name)]
  if (process.getuid?.() === 0) {
    if (succeeds('apt-get', ...install)) return
    if (succeeds('apt-get', 'update') && succeeds('apt-get', ...install)) return
  }
  const required = missing.filter(({ isOptional }) => !isOptional).map(({ name }) => name)
  if (required.length === 0) return
  throw new Error(
    `Some tests start programs: as root, run "apt-get install ${required.join(' ')}" (Debian packages).`
  )
}
