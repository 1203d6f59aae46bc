import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { announceInstalled, PROJECT } from './installed'
import { runOrThrow } from './run'

/** Packs the package as it is built, and installs it in a fresh project. */
const setup = async (): Promise<void> => {
  if (!existsSync(join(PROJECT, 'dist/index.js'))) {
    throw new Error('dist is missing, so there is nothing to pack: run "npm run build" first.')
  }
  const { folder, tarball } = announceInstalled(
    await mkdtemp(join(tmpdir(), 'actions-friendbuy-cloud-package-'))
  )
  await runOrThrow('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], PROJECT)
  const [packed = ''] = await readdir(folder)
  await rename(join(folder, packed), tarball)
  await cp(join(__dirname, 'consumer'), folder, { recursive: true })
  // Without a lock file: what the registry serves today.
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder)
}

export default setup
