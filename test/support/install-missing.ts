import { spawnSync } from 'node:child_process'

export const succeeds = (command: string, ...args: string[]): boolean =>
  // RUNLEVEL=1 keeps Debian from starting a server as a service.
  spawnSync(command, args, { env: { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' } })
    .status === 0

/** Debian package that tests use. */
interface NeededPackage {
  name: string
  isThere: () => boolean
}

/**
 * Installs the Debian packages that are missing, if this is root.
 *
 * @returns the names of those that are still missing
 */
export const installMissing = (needed: readonly NeededPackage[]): string[] => {
  const missing = needed.filter(({ isThere }) => !isThere()).map(({ name }) => name)
  if (missing.length === 0 || process.getuid?.() !== 0) return missing
  const install = ['install', '--yes', '--no-install-recommends', ...missing]
  const isInstalled =
    succeeds('apt-get', ...install) || (succeeds('apt-get', 'update') && succeeds('apt-get', ...install))
  return isInstalled ? [] : missing
}
