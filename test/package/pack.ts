import { existsSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runOrThrow } from './run'

/** The root of this project. */
export const PROJECT = resolve(__dirname, '../..')

/** Makes a fresh folder that its user removes. */
export const makeTemporaryFolder = (): Promise<string> =>
  mkdtemp(join(tmpdir(), 'actions-friendbuy-cloud-package-'))

/**
 * Packs the package as it was built.
 *
 * @param folder where the tarball goes, empty so far
 * @returns the path of the tarball
 * @throws Error when the package is not built
 */
export const pack = async (folder: string): Promise<string> => {
  if (!existsSync(join(PROJECT, 'dist/index.js'))) {
    throw new Error('dist is missing, so there is nothing to pack: run "npm run build" first.')
  }
  await runOrThrow('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], PROJECT)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball.')
  return join(folder, tarball)
}
