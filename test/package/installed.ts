import { join, resolve } from 'node:path'

/** The root of this project. */
export const PROJECT = resolve(__dirname, '../..')

/** The packed package, and a project that has installed it; all test files share both. */
export interface Installed {
  tarball: string
  /** Holds what is in `consumer/`. */
  folder: string
}

const FOLDER_VARIABLE = 'INSTALLED_PACKAGE'

/** The folder that the global setup made. */
export const installed = (): Installed => {
  const folder = process.env[FOLDER_VARIABLE]
  if (folder === undefined) throw new Error('The package is not installed: run the tests with jest.')
  return toInstalled(folder)
}

/** Names the folder to the test files. */
export const announceInstalled = (folder: string): Installed => {
  process.env[FOLDER_VARIABLE] = folder
  return toInstalled(folder)
}

// The consumer's package.json depends on a tarball of this name.
const toInstalled = (folder: string) => ({ folder, tarball: join(folder, 'actions-friendbuy-cloud.tgz') })
