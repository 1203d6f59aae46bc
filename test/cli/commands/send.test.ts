import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli, startCli } from '../../support/run-cli'
import { merchantOfSettings, taken } from '../../support/sandboxed'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

const order = {
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: 'o-1', total: 1, currency: 'USD', email: 'a@example.com' }
}

describe('send', () => {
  let sandbox: Sandbox

  beforeEach(async () => {
    sandbox = await startSandbox()
  })

  afterEach(async () => {
    await sandbox.close()
  })

  it('sends the example file to an embedded sandbox, and lists the outcome of each line', async () => {
    const { code, stdout, stderr } = await runCli([
      'send',
      'examples/mistakes.ndjson',
      '--sandbox',
      '--custom-event',
      'Downloaded'
    ])
    expect(stderr).toBe('')
    expect(stdout.replaceAll(UUID, '<event id>').split('\n')).toEqual([
      'line    event                 action              path                       status  event id',
      '1       identify              Track Customer      /v1/customer               201     <event id>',
      '2       Order Completed       Track Purchase      /v1/event/purchase         201     <event id>',
      '3       Order Completed       Track Purchase      /v1/event/purchase         201     <event id>',
      '        dropped: products[0].product_id (overridden by sku)',
      '        dropped: products[1].product_id (overridden by sku)',
      '        dropped: friendbuyAttributes.boxes (not a string)',
      '4       Signed Up             Track Sign Up       /v1/event/account-sign-up  201     <event id>',
      '5       Downloaded            Track Custom Event  /v1/event/custom           201     <event id>',
      '6       Product Viewed        -                   -                          -       -',
      '        not sent: no preset matches it; --custom-event with its name sends it as a custom event',
      '7       page                  -                   -                          -       -',
      '        not sent: no preset matches page events',
      '8       Order Completed       Track Purchase      /v1/event/purchase         400     -',
      "        failed: The root value is missing the required field 'orderId'.",
      '        field: orderId ($.properties.order_id, $.properties.orderId) is missing',
      '9       identify              Track Customer      /v1/customer               400     -',
      "        failed: The root value is missing the required field 'email'.",
      '        field: email ($.traits.email) is missing',
      '10      -                     -                   -                          -       -',
      '        failed: not an event: "type" is missing',
      '11      -                     -                   -                          -       -',
      expect.stringMatching(/^ {8}failed: not JSON: /),
      '12      Order Completed       Track Purchase      /v1/event/purchase         201     <event id>',
      '        dropped: birthday (not supported by MAPI)',
      '        dropped: loyaltyStatus (not in, out or blocked)',
      '12 events: 6 delivered, 4 failed, 2 not sent',
      '  Track Purchase: 3 delivered, 1 failed',
      '  Track Customer: 1 delivered, 1 failed',
      '  Track Sign Up: 1 delivered',
      '  Track Custom Event: 1 delivered',
      '  dropped: overridden 2, not a string 1, not supported by MAPI 1, not in, out or blocked 1',
      '  not mapped: shipping 1, tax 1, discount 1',
      expect.stringMatching(/^0 retries in \d+\.\d s$/),
      ''
    ])
    expect(code).toBe(1)
  })

  it('reads standard input, and exits with 0 when all events are delivered', async () => {
    const { code, stdout } = await runCli(['send', '-', '--sandbox'], { input: JSON.stringify(order) })
    expect(stdout).toContain('1 event: 1 delivered, 0 failed, 0 not sent\n  Track Purchase: 1 delivered\n')
    expect(code).toBe(0)
  })

  it('exits with 0 for unmatched events, and for no events', async () => {
    expect((await runCli(['send', '-', '--sandbox'], { input: '{"type":"page"}' })).code).toBe(0)
    const { code, stdout } = await runCli(['send', '-', '--sandbox'])
    expect([code, stdout.split('\n')[0]]).toEqual([0, '0 events: 0 delivered, 0 failed, 0 not sent'])
  })

  it('uses the credentials of the environment and --mapi-url, and prints no credential', async () => {
    const settings = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: settings.authKey, FRIENDBUY_MAPI_SECRET: settings.authSecret }
    const { code, stdout, stderr } = await runCli(['send', '-', '--mapi-url', sandbox.url], {
      env,
      input: `${JSON.stringify(order)}\n{"type":`
    })
    expect(code).toBe(1)
    expect(taken(sandbox)).toMatchObject([
      { path: '/v1/event/purchase', merchant: merchantOfSettings(settings) }
    ])
    for (const credential of [settings.authKey, settings.authSecret, 'sandbox-']) {
      expect(stdout + stderr).not.toContain(credential)
    }
  })

  // What the list of processes shows.
  const onLinux = existsSync('/proc/self/cmdline') ? it : it.skip
  onLinux('shows no credential in the list of processes', async () => {
    const { authKey, authSecret } = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }
    let list = ''
    const watching = await startSandbox({
      onCall: () => (list += readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'))
    })
    const child = startCli(['send', '-', '--mapi-url', watching.url], env)
    child.stdin?.end(JSON.stringify(order))
    const [code] = (await once(child, 'close')) as [number]
    await watching.close()
    expect(code).toBe(0)
    expect(list).toContain('send')
    for (const credential of [authKey, authSecret, 'sandbox-']) expect(list).not.toContain(credential)
  })

  it('sums up what no mapping reads, with suggestions', async () => {
    const properties = { ...order.properties, shipping: 3, referral_kode: 'ada' }
    const skipped = { ...order, properties, timestamp: '2020-01-01T00:00:00Z' }
    const lines = [
      { ...order, properties, timestamp: '2026-01-01T00:00:00Z' },
      {
        ...order,
        properties: { ...properties, shipping: null, order_id: undefined },
        timestamp: '2026-01-01T00:00:00Z'
      },
      skipped,
      { type: 'page', properties: { unmatched: 1 }, timestamp: '2026-01-01T00:00:00Z' }
    ]
    const input = lines.map((event) => JSON.stringify(event)).join('\n')
    const { stdout } = await runCli(['send', '-', '--sandbox', '--since', '2026-01-01'], { input })
    expect(stdout).toMatch(
      /^4 events: 1 delivered, 1 failed, 1 not sent, 1 skipped \(before --since\)\n {2}Track Purchase: 1 delivered, 1 failed\n {2}not mapped: referral_kode 2 \(did you mean referralCode\?\), shipping 1\n/m
    )
    expect(stdout).not.toMatch(/^3 /m)
  })

  it('speaks of the mapping file, not of presets, with --mapping', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'send-'))
    const mapping = join(folder, 'mapping.json')
    const subscription = { partnerAction: 'trackCustomer', subscribe: 'type = "group"', mapping: {} }
    writeFileSync(mapping, JSON.stringify([subscription]))
    const { stdout } = await runCli(['send', '-', '--sandbox', '--mapping', mapping], {
      input: JSON.stringify(order)
    })
    rmSync(folder, { recursive: true })
    expect(stdout).toContain(`not sent: no subscription in ${mapping} matches it\n`)
  })

  it('names the file of the lines that it lists, if there are several, and the elements of an array', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'send-'))
    const [one, two] = [join(folder, 'one.ndjson'), join(folder, 'two.json')]
    writeFileSync(one, `${JSON.stringify(order)}\n{}\n{}`)
    writeFileSync(two, JSON.stringify([order, {}], null, 1))
    const { stdout } = await runCli(['send', one, two, '--sandbox', '--concurrency', '1', '--verbose'])
    const { stdout: failures } = await runCli(['send', two, one, '--sandbox', '--json'])
    rmSync(folder, { recursive: true })
    expect(
      stdout
        .split('\n')
        .filter((line) => /^(\/|\d+(#\d+)? {2})/.test(line))
        .map((line) => line.split(' ')[0])
    ).toEqual([one, '1', '2', '3', two, '2#1', expect.stringMatching(/^\d+#2$/)])
    expect(JSON.parse(failures.split('\n')[0] ?? '')).toMatchObject({ source: two, line: 2, element: 1 })
  })

  it("exits with 1 if MAPI refuses an event, with MAPI's message", async () => {
    sandbox.injectFault(
      { status: 422, body: { message: 'no such currency', reference: 'r-1' } },
      { path: '/v1/event/purchase' }
    )
    const { authKey, authSecret } = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }
    const { code, stdout } = await runCli(['send', '-', '--mapi-url', sandbox.url], {
      env,
      input: JSON.stringify(order)
    })
    expect(stdout).toContain(
      'failed: Friendbuy MAPI answered 422 to POST /v1/event/purchase: no such currency (reference r-1)'
    )
    expect(code).toBe(1)
  })

  it('prints no control character of an event', async () => {
    const event = { ...order, event: 'a\u001b[2Jb' }
    const { stdout } = await runCli(['send', '-', '--sandbox'], { input: JSON.stringify(event) })
    expect(stdout).not.toContain('\u001b')
  })

  it.each([
    [
      'without credentials',
      ['send', '-'],
      /^Missing credentials: set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET/
    ],
    [
      'with a file that does not exist',
      ['send', 'no-such-file', '--sandbox'],
      /^no-such-file cannot be read: ENOENT/
    ],
    ['with a folder for a file', ['send', 'examples', '--sandbox'], /^examples cannot be read: EISDIR/],
    ['with an invalid address', ['send', '-', '--mapi-url', 'nowhere'], /^mapiUrl must be/],
    ['with credentials among the arguments', ['send', '-', '--key', 'k'], /unknown option '--key'/],
    [
      'with two places to send to',
      ['send', '-', '--sandbox', '--mapi-url', 'http://127.0.0.1:9'],
      /cannot be used with/
    ],
    ['without a file', ['send'], /missing required argument 'file'/],
    ['with an unknown command', ['sned'], /unknown command 'sned'/]
  ])('exits with 2 when it is used %s', async (what, args, message) => {
    const hasCredentials = what !== 'without credentials'
    const env = hasCredentials ? { FRIENDBUY_MAPI_KEY: 'k', FRIENDBUY_MAPI_SECRET: 's' } : {}
    const { code, stdout, stderr } = await runCli(args, { env: env as Record<string, string> })
    expect(stderr).toMatch(message)
    expect([code, stdout]).toEqual([2, ''])
  })

  it('prints the usage, and the version of the package', async () => {
    const { version } = jest.requireActual<{ version: string }>('../../../package.json')
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    const { code, stdout } = await runCli(['send', '--help'])
    expect(stdout).toContain('actions-friendbuy-cloud send examples/events.ndjson --sandbox')
    expect(code).toBe(0)
  })
})
