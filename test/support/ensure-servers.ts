import { existsSync } from 'node:fs'
import { installMissing, succeeds } from './install-missing'

const NEEDED = [
  { name: 'redis-server', isThere: () => succeeds('redis-server', '--version') },
  { name: 'postgresql', isThere: () => existsSync('/usr/lib/postgresql') }
]

/** Tests that need these are skipped without them. */
const OPTIONAL = [{ name: 'prometheus', isThere: () => succeeds('promtool', '--version') }]

/** Runs once before all tests: installs the servers that some of them start, if they are missing and this is root. */
const ensureServers = (): void => {
  installMissing(OPTIONAL)
  const missing = installMissing(NEEDED)
  if (missing.length === 0) return
  throw new Error(
    `Some tests start servers: as root, run "apt-get install ${missing.join(' ')}" (Debian packages).`
  )
}

export default ensureServers
