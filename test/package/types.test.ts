import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installed } from './installed'
import { run } from './run'

const { folder } = installed()

// On a machine that does other things besides.
jest.setTimeout(300_000)

beforeAll(async () => {
  for (const file of ['use.cts', 'use.mts']) await copyFile(join(folder, 'use.ts'), join(folder, file))
})

it.each(['node10', 'node16', 'nodenext', 'bundler'])(
  'The types check with moduleResolution %s',
  async (name) => {
    const tsc = join(folder, 'node_modules/.bin/tsc')
    const { code, stdout } = await run(tsc, ['--project', `tsconfig.${name}.json`], folder)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  }
)
