import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installed } from './installed'
import { run, runOrThrow } from './run'

/** What `consumer/names.mjs` prints. */
interface Loaded {
  required: string[]
  imported: string[]
  files: string[]
}

const { folder } = installed()

// On a machine that does other things besides.
jest.setTimeout(300_000)

const bin = (name: string) => join(folder, 'node_modules/.bin', name)
const runNode = (...args: string[]) => runOrThrow(process.execPath, args, folder)
const load = async (entry: string) => JSON.parse(await runNode('names.mjs', entry)) as Loaded

describe('A project that installs the package', () => {
  it('has a single actions-core', async () => {
    const listing = await runOrThrow('npm', ['ls', '@segment/actions-core', '--all', '--parseable'], folder)
    expect(listing.trim().split(/\r?\n/)).toEqual([
      expect.stringMatching(/node_modules[\\/]@segment[\\/]actions-core$/)
    ])
  })

  it.each([
    ['actions-friendbuy-cloud', 'createFriendbuyDestination'],
    ['actions-friendbuy-cloud/mapi', 'createMapiClient'],
    ['actions-friendbuy-cloud/sandbox', 'startSandbox'],
    ['actions-friendbuy-cloud/queue', 'createWorker'],
    ['actions-friendbuy-cloud/webhooks', 'verifyWebhook'],
    ['actions-friendbuy-cloud/web', 'toPush']
  ])('gets the same names from %s by import and by require', async (entry, name) => {
    const { required, imported } = await load(entry)
    expect(imported.sort()).toEqual(required.sort())
    expect(imported).toContain(name)
  })

  it('loads nothing for the destination but its own rooms', async () => {
    const { files } = await load('actions-friendbuy-cloud')
    expect(files.length).toBeLessThan(20)
    expect(files.filter((file) => !file.includes('actions-friendbuy-cloud/dist'))).toEqual([])
    for (const file of files) {
      const source = await readFile(file, 'utf8')
      expect({ file, found: /undici|TypeBox|keyv|commander|ioredis/i.exec(source)?.[0] }).toEqual({ file })
    }
  })

  it.each(['mapi', 'sandbox', 'webhooks', 'web'])('loads no other package for %s', async (entry) => {
    const { files } = await load(`actions-friendbuy-cloud/${entry}`)
    expect(files.filter((file) => !file.includes('actions-friendbuy-cloud/dist'))).toEqual([])
    expect(files.length).toBeLessThan(20)
  })

  it('imports the queue, and is told what to install for it', async () => {
    const install = 'which is not installed: run "npm install bullmq ioredis pino prom-client".'
    expect((await runNode('queue.mjs')).trim().split(/\r?\n/)).toEqual([
      `The queue needs ioredis, ${install}`,
      `The queue needs ioredis, ${install}`,
      `The queue needs bullmq, ${install}`
    ])
  })

  it("loads and calls every entry in jest's default configuration", async () => {
    const { code, stderr } = await run(bin('jest'), ['--ci'], folder)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Tests: +4 passed, 4 total$/m) as string
    })
  })

  it('sends the examples to a sandbox from the command line', async () => {
    const examples = join('node_modules', 'actions-friendbuy-cloud', 'examples', 'events.ndjson')
    const { code, stdout, stderr } = await run(
      bin('actions-friendbuy-cloud'),
      ['send', examples, '--sandbox'],
      folder
    )
    expect(stdout.match(/ Track Purchase +\/v1\/event\/purchase +201 /g)).toHaveLength(3)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
