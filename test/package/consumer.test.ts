import { copyFile, cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeTemporaryFolder, pack } from './pack'
import { run, runOrThrow } from './run'

/** What `consumer/require.cjs` prints. */
interface Required {
  exports: string[]
  packages: string[]
}

const NOT_FOR_HOSTS = ['@sinclair/typebox', 'bullmq', 'commander', 'got', 'ioredis', 'nanoid', 'undici']

jest.setTimeout(120_000)

describe('a project that installs the package', () => {
  let folder: string

  const bin = (name: string) => join(folder, 'node_modules/.bin', name)
  const runNode = (...args: string[]) => runOrThrow(process.execPath, args, folder)
  const requireIn = async (entry: string) => JSON.parse(await runNode('require.cjs', entry)) as Required

  beforeAll(async () => {
    folder = await makeTemporaryFolder()
    const tarball = await pack(folder)
    await cp(join(__dirname, 'consumer'), folder, { recursive: true })
    // The name that the consumer's package.json depends on.
    await copyFile(tarball, join(folder, 'actions-friendbuy-cloud.tgz'))
    // Without a lock file: what the registry serves today.
    await runOrThrow('npm', ['install', '--no-audit', '--no-fund'], folder)
  }, 600_000)

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('has a single actions-core', async () => {
    const listing = await runOrThrow('npm', ['ls', '@segment/actions-core', '--all', '--parseable'], folder)
    expect(listing.trim().split(/\r?\n/)).toEqual([
      expect.stringMatching(/node_modules[\\/]@segment[\\/]actions-core$/)
    ])
  })

  it('requires the destination without what only the client, the sandbox and the command line need', async () => {
    const { exports, packages } = await requireIn('actions-friendbuy-cloud')
    expect(exports).toEqual(expect.arrayContaining(['default', 'destination', 'createFriendbuyDestination']))
    expect(packages).toContain('actions-friendbuy-cloud')
    expect(packages.filter((name) => NOT_FOR_HOSTS.includes(name))).toEqual([])
  })

  it('requires the client of MAPI by itself', async () => {
    const { exports, packages } = await requireIn('actions-friendbuy-cloud/mapi')
    expect(exports).toContain('createMapiClient')
    expect(packages).toContain('got')
  })

  it('requires the sandbox by itself', async () => {
    const { exports, packages } = await requireIn('actions-friendbuy-cloud/sandbox')
    expect(exports).toContain('startSandbox')
    expect(packages).not.toContain('got')
  })

  it('requires the worker by itself, without the packages of the queue', async () => {
    const { exports } = await requireIn('actions-friendbuy-cloud/worker')
    expect(exports.sort()).toEqual([
      'createProducer',
      'createWorker',
      'openQueue',
      'readMerchants',
      'serveHealth'
    ])
  })

  it('imports the worker from an ES module, and is told what to install for the queue', async () => {
    const install = 'which is not installed: run "npm install bullmq ioredis pino prom-client".'
    expect((await runNode('queue.mjs')).trim().split(/\r?\n/)).toEqual([
      `The queue needs ioredis, ${install}`,
      `The queue needs ioredis, ${install}`,
      `The queue needs bullmq, ${install}`
    ])
  })

  it('imports every other entry from an ES module and delivers a purchase and a customer', async () => {
    expect(await runNode('import.mjs')).toBe('/v1/event/purchase 201\n/v1/customer 201\n')
  })

  it('type-checks as CommonJS and as an ES module of Node', async () => {
    await copyFile(join(folder, 'use.ts'), join(folder, 'use.cts'))
    await copyFile(join(folder, 'use.ts'), join(folder, 'use.mts'))
    const { code, stdout } = await run(bin('tsc'), ['--project', 'tsconfig.node16.json'], folder)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  it('type-checks for a bundler', async () => {
    const { code, stdout } = await run(bin('tsc'), ['--project', 'tsconfig.bundler.json'], folder)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  it("unit-tests the destination in its own jest, with actions-core's test integration and nock", async () => {
    const { code, stderr } = await run(bin('jest'), ['--ci'], folder)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Tests: +1 passed, 1 total$/m) as string
    })
  })

  it('sends the examples to a sandbox from the command line, which tells of the invalid ones', async () => {
    const examples = join('node_modules', 'actions-friendbuy-cloud', 'examples', 'events.ndjson')
    const { code, stdout, stderr } = await run(
      bin('actions-friendbuy-cloud'),
      ['send', examples, '--sandbox'],
      folder
    )
    expect(stdout).toMatch(/ Track Purchase +\/v1\/event\/purchase +201 /)
    expect(stdout).toMatch(/^\d+ events: [1-9]\d* delivered \(.+\), [1-9]\d* failed, \d+ not sent$/m)
    // Not even an ExperimentalWarning, which Node gives for some ways to load got.
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  })
})
