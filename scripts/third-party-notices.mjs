import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Licenses that allow to pass a package on with its notice. */
const ALLOWED = ['0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', '(MIT OR CC0-1.0)']

/** `…/node_modules/@scope/name` of a module within it. */
const packageOf = (id) => /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/?]+)/.exec(id)?.[1]

const noticeOf = async (folder) => {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  if (!ALLOWED.includes(license)) throw new Error(`${name} is bundled, and its license is ${license}.`)
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  if (file === undefined) throw new Error(`${name} is bundled, and has no license file in ${folder}.`)
  return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`
}

/** A rollup plugin that writes the licenses of all bundled packages into a file. */
export const thirdPartyNotices = (fileName) => ({
  name: 'third-party-notices',
  generateBundle: async function (_options, bundle) {
    const ids = Object.values(bundle).flatMap(({ modules = {} }) => Object.keys(modules))
    const folders = [...new Set(ids.map(packageOf).filter(Boolean))].sort()
    const notices = await Promise.all(folders.map(noticeOf))
    const source = [`This package contains the following packages.\n`, ...notices].join(
      `\n${'-'.repeat(80)}\n\n`
    )
    this.emitFile({ type: 'asset', fileName, source })
  }
})
