/* Installs what the bench compares with, into the ignored folder .peer: the published destination, and undici. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

const FOLDER = join(import.meta.dirname, '.peer')

/** Not to be installed whole: it has a hundred dependencies, and its entry loads all destinations. */
const PUBLISHED = '@segment/action-destinations@3.497.0'

const versionOf = (name) => {
  const path = createRequire(import.meta.url).resolve(`../node_modules/${name}/package.json`)
  return readFile(path, 'utf8').then((text) => JSON.parse(text).version)
}

const manifest = async () => ({
  private: true,
  description: `What bench/peer.mjs compares with, and besides: ${PUBLISHED}`,
  dependencies: {
    '@segment/actions-core': await versionOf('@segment/actions-core'),
    '@segment/actions-shared': '1.156.0',
    liquidjs: await versionOf('liquidjs'),
    undici: '7.30.2'
  },
  // Later ones refuse the name of the published destination, which actions-core makes a URI scheme of.
  overrides: { 'fast-uri': '3.1.5' }
})

const run = (program, args) => promisify(execFile)(program, args, { cwd: FOLDER })

/**
 * Installs them where they are not installed yet.
 *
 * @throws Error where that fails, such as without a network; nothing is left behind then
 */
export const installPeer = async () => {
  const wanted = JSON.stringify(await manifest())
  const marker = join(FOLDER, 'installed.json')
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === wanted) return

  await rm(FOLDER, { recursive: true, force: true })
  await mkdir(join(FOLDER, 'friendbuy'), { recursive: true })
  try {
    await writeFile(join(FOLDER, 'package.json'), wanted)
    const quietly = ['--prefix', FOLDER, '--loglevel', 'error', '--fetch-retries', '1']
    await run('npm', [
      'install',
      ...quietly,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--no-package-lock'
    ])
    const { stdout } = await run('npm', ['pack', ...quietly, '--silent', PUBLISHED])
    const folder = 'package/dist/destinations/friendbuy'
    await run('tar', ['-xzf', stdout.trim(), '-C', 'friendbuy', '--strip-components', '4', folder])
    await writeFile(marker, wanted)
  } catch (error) {
    await rm(FOLDER, { recursive: true, force: true })
    throw error
  }
}
