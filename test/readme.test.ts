import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compileFunction } from 'node:vm'
import nock from 'nock'
import { runCli } from './support/run-cli'

const root = join(__dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The blocks of code, each with its language and the heading that it is below; the first ones are below none. */
const allBlocks = readme.split(/^## /m).flatMap((section, index) => {
  const heading = index === 0 ? undefined : section.split('\n', 1)[0]
  return [...section.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    heading,
    language,
    code
  }))
})

/** The code of the blocks of a language, below a heading or anywhere. */
const blocks = (language: string, heading?: string) =>
  allBlocks
    .filter((block) => block.language === language && (heading === undefined || block.heading === heading))
    .map(({ code }) => code)

/** Runs an ES module within this package, which resolves its own name, with Friendbuy's MAPI mocked. */
const runModule = async (code: string) => {
  const preload = join(root, 'test/support/mocked-mapi.js')
  const args = ['--require', preload, '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return stdout
}

/** The lines that a run prints, without what differs from one run to the next. */
const comparable = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line.replace(/[0-9a-f-]{36}$/, 'an event ID').replace(/ \d+\.\d s$/, ' some time'))
    // Which action, or which reason, is counted first is a matter of chance.
    .map((line) =>
      line
        .split(/[(),:] */)
        .sort()
        .join()
    )

const order = { orderId: 'order-1', amount: 54.82, currency: 'USD' }

describe('The README', () => {
  afterAll(() => {
    nock.cleanAll()
    nock.restore()
  })

  it('has no block of code that nothing runs', () => {
    const others = allBlocks.filter(({ language }) => language !== 'sh')
    expect(others.map(({ heading, language }) => [heading, language])).toEqual([
      [undefined, ''],
      ['Run it in a pipeline', 'js'],
      ['Reuse its parts in another destination', 'js'],
      ['Preview what events become', ''],
      ['Preview what events become', 'js'],
      ['Send files of events', ''],
      // worker/commands.test.ts.
      ['Scale out with workers', 'js'],
      ['Call MAPI by yourself', 'js'],
      ['Receive webhooks and callbacks', 'js'],
      ['Test against a sandbox', 'js'],
      ['Unit-test with sample events', 'js']
    ])
  })

  it('gives no command that nothing runs', () => {
    const commands = blocks('sh').flatMap((block) =>
      block.split('\n').filter((line) => line && !line.startsWith('#'))
    )
    expect(commands).toEqual([
      // cli/send.test.ts runs the same, CI and whoever follows the README the whole line.
      'npm ci && npx actions-friendbuy-cloud send examples/events.ndjson --sandbox --custom-event Downloaded',
      // CI.
      'npm ci && npm test',
      // package/consumer.test.ts, from the packed tarball.
      'npm install actions-friendbuy-cloud @segment/actions-core',
      // cli/preview.test.ts.
      'npx actions-friendbuy-cloud preview examples/events.ndjson',
      // cli/send-recovery.test.ts.
      'FRIENDBUY_MAPI_KEY=… FRIENDBUY_MAPI_SECRET=… npx actions-friendbuy-cloud send events.ndjson --failed failed.ndjson --checkpoint progress.json',
      // cli/forget.test.ts.
      'npx actions-friendbuy-cloud forget customer-12345',
      // package/consumer.test.ts says so where they are missing.
      'npm install bullmq ioredis pino prom-client',
      // worker/commands.test.ts.
      'npx actions-friendbuy-cloud enqueue events.ndjson',
      'FRIENDBUY_MAPI_KEY=… FRIENDBUY_MAPI_SECRET=… npx actions-friendbuy-cloud worker',
      'npx actions-friendbuy-cloud queue status',
      'npx actions-friendbuy-cloud queue failed',
      'npx actions-friendbuy-cloud queue retry --all',
      // cli/sandbox.test.ts.
      'npx actions-friendbuy-cloud sandbox',
      'FRIENDBUY_MAPI_KEY=any FRIENDBUY_MAPI_SECRET=any npx actions-friendbuy-cloud send events.ndjson --mapi-url http://127.0.0.1:8787'
    ])
  })

  it('shows how a pipeline runs the destination', async () => {
    const [code = ''] = blocks('js', 'Run it in a pipeline')
    const body = { ...order, customerId: 'customer-12345', email: 'joe.customer@example.com' }
    const [line = '', ...rest] = (await runModule(code)).trim().split('\n')
    expect(JSON.parse(line.replace(/^purchase /, ''))).toEqual(body)
    expect(rest).toEqual([])
  })

  it('shows how another destination reuses parts', async () => {
    const [code = ''] = blocks('js', 'Reuse its parts in another destination')
    const print =
      'console.log(JSON.stringify({ required: fields.email.required, additionalProperties, dropped, birthday }))'
    expect(JSON.parse(await runModule(code + print))).toEqual({
      required: true,
      additionalProperties: { color: 'red', anonymousId: 'a-1' },
      dropped: ['friendbuyAttributes.size: not a string'],
      birthday: { month: 12, day: 25 }
    })
  })

  it('shows how to call MAPI without a host', async () => {
    const [code = ''] = blocks('js', 'Call MAPI by yourself')
    expect(await runModule(`${code}console.log(eventId)`)).toBe(
      `purchase ${JSON.stringify(order)}\ndelete /v1/user-data?customerId=customer-12345\nevent-1\n`
    )
  })

  it('shows how to receive webhooks', async () => {
    const [code = ''] = blocks('js', 'Receive webhooks and callbacks')
    const call = `
      const { signWebhook } = await import('actions-friendbuy-cloud/webhooks')
      const data = [{ rewardId: 'r-1', rewardAmount: 5, customerId: 'c-1' }]
      const body = JSON.stringify({ id: 'w-1', type: 'advocateReward', data })
      const headers = { 'x-friendbuy-hmac-sha256': await signWebhook(body, 'a key') }
      const { status } = await handleWebhook(new Request('http://shop', { method: 'POST', body, headers }))
      console.log(status)`
    const printed = await runModule(`process.env.FRIENDBUY_SECRET_KEY = 'a key'\n${code}${call}`)
    expect(printed).toBe('r-1 5 c-1\n200\n')
  })

  it('shows how to test against a sandbox', async () => {
    const [code = ''] = blocks('js', 'Test against a sandbox')
    const printed = await runModule(
      `${code}console.log(typeof friendbuy.actions, arrived.length, ours.length)`
    )
    expect(printed).toBe('object 0 0\n')
  })

  it.each(['Preview what events become', 'Unit-test with sample events'])(
    'shows a unit test below "%s"',
    async (heading) => {
      const [code = ''] = blocks('js', heading)
      const tests: (() => Promise<void>)[] = []
      const collect = (_title: string, test: () => Promise<void>) => tests.push(test)
      const load = (name: string): unknown =>
        name === 'actions-friendbuy-cloud' ? jest.requireActual('../src') : jest.requireActual(name)
      const run = compileFunction(code, ['require', 'it', 'expect']) as (...given: unknown[]) => void
      run(load, collect, expect)
      expect(tests).toHaveLength(1)
      await tests[0]?.()
    }
  )

  it('shows what the preview of the examples prints', async () => {
    const [shown = ''] = blocks('', 'Preview what events become')
    const { stdout } = await runCli(['preview', 'examples/events.ndjson'])
    for (const part of shown.split('…\n')) expect(stdout).toContain(part)
  })

  it.each<[string, string | undefined, string[]]>([
    ['at its head', undefined, ['--custom-event', 'Downloaded']],
    ['below "Send files of events"', 'Send files of events', []]
  ])('shows %s what sending the examples prints', async (_where, heading, args) => {
    const [shown = ''] = blocks('', heading)
    const { code, stdout } = await runCli(['send', 'examples/events.ndjson', '--sandbox', ...args])
    const printed = comparable(stdout)
    for (const line of comparable(shown)) if (line !== '…') expect(printed).toContain(line)
    expect(code).toBe(1)
  })
})
