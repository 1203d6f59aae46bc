import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../support/run-cli'

const order = {
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: {
    order_id: 'o-1',
    total: 1,
    currency: 'usd',
    friendbuyAttributes: { size: 1 },
    products: [{ sku: 'a' }, { sku: 'b' }]
  }
}

describe('preview', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'preview-'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const write = (name: string, value: unknown) => {
    const path = join(folder, name)
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }

  const preview = (input: unknown, ...args: string[]) =>
    runCli(['preview', '-', ...args], {
      input: typeof input === 'string' ? input : JSON.stringify(input)
    })

  it('shows the call for each event, the dropped values and the unmatched events', async () => {
    const events = [order, { type: 'page' }, { type: 'track', event: 'Downloaded' }]
    const { code, stdout, stderr } = await preview(events.map((event) => JSON.stringify(event)).join('\n'))
    expect(stdout.split('\n')).toEqual([
      'standard input:1  Order Completed',
      '  Track Purchase  POST /v1/event/purchase',
      '    orderId               "o-1"',
      '    amount                1',
      '    currency              "USD"',
      '    products[0].name      "unknown"',
      '    products[0].sku       "a"',
      '    products[0].quantity  1',
      '    products[1].name      "unknown"',
      '    products[1].sku       "b"',
      '    products[1].quantity  1',
      '    customerId            "c-1"',
      '    dropped: friendbuyAttributes.size (not a string)',
      '',
      'standard input:2  page',
      '  unmatched: no preset matches page events',
      '',
      'standard input:3  Downloaded',
      '  unmatched: no preset matches it; --custom-event with its name sends it as a custom event',
      '',
      '3 events: 1 would be sent, 0 would fail, 2 unmatched',
      ''
    ])
    expect([code, stderr]).toEqual([0, ''])
  })

  it('shows the errors of events and of lines from several files, and exits with 1', async () => {
    const one = write('one.ndjson', { ...order, properties: { total: 1, currency: 'USD' } })
    const two = write('two.json', [{ type: 'trak' }])
    const { code, stdout } = await runCli(['preview', one, two])
    expect(stdout.split('\n')).toEqual([
      `${one}:1  Order Completed`,
      '  Track Purchase  POST /v1/event/purchase',
      "    fails with 400: The root value is missing the required field 'orderId'.",
      '',
      `${two}:1`,
      '  fails: not an event: "type" is not one of track, identify, page, screen, group, alias, delete',
      '',
      '2 events: 0 would be sent, 2 would fail, 0 unmatched',
      ''
    ])
    expect(code).toBe(1)
  })

  it('prints one JSON object per line', async () => {
    const { code, stdout } = await preview(`${JSON.stringify(order)}\n{"type":"page"}\n7`, '--json')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    ).toEqual([
      {
        source: '-',
        line: 1,
        event: 'Order Completed',
        previews: [
          {
            action: 'trackPurchase',
            path: '/v1/event/purchase',
            body: {
              orderId: 'o-1',
              amount: 1,
              customerId: 'c-1',
              currency: 'USD',
              products: [
                { sku: 'a', name: 'unknown', quantity: 1 },
                { sku: 'b', name: 'unknown', quantity: 1 }
              ]
            },
            dropped: [{ name: 'friendbuyAttributes.size', reason: 'not a string' }]
          }
        ]
      },
      { source: '-', line: 2, event: 'page', previews: [] },
      { source: '-', line: 3, error: 'not an event: not a JSON object' }
    ])
    expect(code).toBe(1)
  })

  it('applies --action to any event', async () => {
    const event = { type: 'identify', userId: 'c-1', traits: { email: 'a@example.com' } }
    const { code, stdout } = await preview(event, '--action', 'trackPurchase', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      previews: [{ action: 'trackPurchase', error: { status: 400 } }]
    })
    expect(code).toBe(1)
  })

  it('applies a mapping file', async () => {
    const mapping = write('mapping.json', [
      {
        partnerAction: 'trackSignUp',
        subscribe: 'type = "group"',
        mapping: { customerId: { '@path': '$.groupId' }, email: 'a@example.com' }
      }
    ])
    const { code, stdout } = await preview(
      '{"type":"group","groupId":"g-1"}\n{"type":"page"}',
      '--mapping',
      mapping
    )
    expect(stdout.split('\n')).toEqual([
      'standard input:1  group',
      '  Track Sign Up  POST /v1/event/account-sign-up',
      '    customerId  "g-1"',
      '    email       "a@example.com"',
      '',
      'standard input:2  page',
      `  unmatched: no subscription in ${mapping} matches it`,
      '',
      '2 events: 1 would be sent, 0 would fail, 1 unmatched',
      ''
    ])
    expect(code).toBe(0)
  })

  it('reports the errors of a mapping file before it reads an event', async () => {
    const bad = write('bad.json', [{ partnerAction: 'trackPurchase', subscribe: 'type', mapping: { a: 1 } }])
    const { code, stdout, stderr } = await preview(order, '--mapping', bad)
    expect(stderr.split('\n')).toEqual([
      `Invalid mapping file ${bad}:`,
      expect.stringMatching(/^\[0\]\.subscribe: cannot be parsed/),
      expect.stringMatching(/^\[0\]\.mapping\.a: unknown field of Track Purchase; expected one of orderId, /),
      ''
    ])
    expect([code, stdout]).toEqual([2, ''])
  })

  it.each([
    ['a missing mapping file', ['-', '--mapping', 'none'], /^Cannot read none: ENOENT/],
    ['a mapping file that is not JSON', ['-', '--mapping', 'README.md'], /^README\.md is not valid JSON /],
    ['a missing file', ['none'], /^none cannot be read: ENOENT/],
    ['an unknown action', ['-', '--action', 'buy'], /Allowed choices are trackCustomer, trackPurchase/],
    [
      'both --action and --mapping',
      ['-', '--action', 'trackSignUp', '--mapping', 'm'],
      /cannot be used with/
    ],
    ['no file', [], /missing required argument 'file'/]
  ])('exits with 2 for %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await runCli(['preview', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(stdout).toBe(args[0] === 'none' ? '' : stdout)
  })

  it('prints colors only on request', async () => {
    const run = (env: Record<string, string>) =>
      runCli(['preview', '-'], { env, input: JSON.stringify(order) })
    expect((await run({ FORCE_COLOR: '1' })).stdout).toContain('\u001b[36mTrack Purchase\u001b[39m')
    for (const env of [{}, { CI: '1' }, { FORCE_COLOR: '0' }, { FORCE_COLOR: '1', NO_COLOR: '1' }]) {
      expect((await run(env as Record<string, string>)).stdout).not.toContain('\u001b')
    }
  })

  it('escapes control characters in events', async () => {
    const odd = 'a\u001b[2J\u009b\u2028b'
    const event = {
      ...order,
      event: 'Order Completed',
      properties: {
        ...order.properties,
        order_id: odd,
        friendbuyAttributes: { [odd]: odd, x: 1, [`y${odd}`]: 2 }
      }
    }
    const { stdout } = await preview(event)
    expect(stdout).toContain('    orderId                       "a\\u001b[2J\\u009b\\u2028b"\n')
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/)
  })

  it('has a working example in its help', async () => {
    const { stdout } = await runCli(['preview', '--help'])
    const args = /\$ actions-friendbuy-cloud (.+)\n$/.exec(stdout)?.[1]?.split(' ') ?? []
    expect(args).toEqual(['preview', 'examples/events.ndjson'])
    const example = await runCli(args)
    expect(example.stdout).toMatch(/6 events: 5 would be sent, 0 would fail, 1 unmatched\n$/)
    expect([example.code, example.stderr]).toEqual([0, ''])
  })
})
