import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compileFunction } from 'node:vm'
import nock from 'nock'
import { runCli } from './support/run-cli'

const root = join(__dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The code blocks of a language below a heading, and those before any. */
const blocks = (language: string, heading?: string) => {
  const section =
    heading === undefined ? readme : (readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code
  )
}

/** Runs an ES module within this package, which resolves its own name, with Friendbuy's MAPI mocked. */
const runModule = async (code: string) => {
  const preload = join(root, 'test/support/mocked-mapi.js')
  const args = ['--require', preload, '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return stdout
}

const order = { orderId: 'order-1', amount: 54.82, currency: 'USD' }

describe('The README', () => {
  afterAll(() => {
    nock.cleanAll()
    nock.restore()
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
      'console.log(JSON.stringify({ required: fields.email.required, additionalProperties, leftOut, birthday }))'
    expect(JSON.parse(await runModule(code + print))).toEqual({
      required: true,
      additionalProperties: { color: 'red', anonymousId: 'a-1' },
      leftOut: ['friendbuyAttributes.size: not a string'],
      birthday: { month: 12, day: 25 }
    })
  })

  it('shows how to call MAPI without a host', async () => {
    const [code = ''] = blocks('js', 'Call MAPI by yourself')
    expect(await runModule(`${code}console.log(eventId)`)).toBe(
      `purchase ${JSON.stringify(order)}\ndelete /v1/user-data?customerId=customer-12345\nevent-1\n`
    )
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

  it('shows what the examples come to', async () => {
    const summary = /^12 events: .*$/gm
    const { stdout: first } = await runCli([
      'send',
      'examples/events.ndjson',
      '--sandbox',
      '--custom-event',
      'Downloaded'
    ])
    const { stdout: second } = await runCli(['send', 'examples/events.ndjson', '--sandbox'])
    // Which action is counted first is a matter of chance.
    const parts = (line: string) => line.split(/[(),] */).sort()
    expect(
      readme
        .match(summary)
        ?.filter((line) => line.includes('delivered'))
        .map(parts)
    ).toEqual([first, second].flatMap((text) => text.match(summary) ?? []).map(parts))
  })
})
