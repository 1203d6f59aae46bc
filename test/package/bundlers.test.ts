import { join } from 'node:path'
import { installed } from './installed'
import { runOrThrow } from './run'

const { folder } = installed()

// On a machine that does other things besides.
jest.setTimeout(300_000)

const runNode = (...args: string[]) => runOrThrow(process.execPath, args, folder)

/** The status of each event, and one authorization for the destination and the client. */
const DELIVERED = { statuses: [201, 422], authorizations: 1, calls: 4 }

beforeAll(() => runNode(join(__dirname, 'bundle-hosts.mjs'), folder))

describe.each(['esbuild', 'webpack', 'rollup', 'vite'])('A host that %s bundles', (bundler) => {
  it.each([
    ['imports', 'host.mjs'],
    ['requires', 'host.cjs']
  ])('gets the status of each event of a batch if it %s the package', async (_verb, host) => {
    const output = await runNode(join('bundles', `${bundler}.${host}.cjs`))
    expect(JSON.parse(output)).toEqual(DELIVERED)
  })
})

describe('A host that is not bundled', () => {
  it.each([
    ['requires the destination and the client', 'host.cjs'],
    ['imports the one and requires the other', 'mixed.mjs']
  ])('gets the status of each event and authorizes once if it %s', async (_what, host) => {
    expect(JSON.parse(await runNode(host))).toEqual(DELIVERED)
  })
})
