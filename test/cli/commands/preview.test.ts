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
      '      orderId ($.properties.order_id, $.properties.orderId) is missing',
      '',
      `${two}:1, element 1`,
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

  it.each(['preview', 'send'])(
    'names the field that fails in one of several mappings: %s',
    async (command) => {
      const purchase = (amount: string) => ({
        partnerAction: 'trackPurchase',
        subscribe: 'event = "Order Completed"',
        mapping: {
          orderId: { '@path': '$.properties.order_id' },
          amount: { '@path': amount },
          currency: { '@path': '$.properties.currency' }
        }
      })
      const other = { ...purchase('$.properties.refund'), subscribe: 'event = "Order Refunded"' }
      const mapping = write('several.json', [
        other,
        purchase('$.properties.total'),
        purchase('$.properties.net'),
        purchase('$.properties.gross')
      ])
      const event = { ...order, properties: { ...order.properties, net: 'about 1', gross: 2 } }
      const { stdout } = await runCli(
        [command, '-', '--mapping', mapping, ...(command === 'send' ? ['--sandbox'] : [])],
        {
          input: JSON.stringify(event)
        }
      )
      expect(stdout.match(/amount \(.*/g)).toEqual(['amount ($.properties.net) is "about 1"'])
    }
  )

  it('reports what no mapping reads, with suggestions', async () => {
    const event = {
      ...order,
      properties: { ...order.properties, shipping: 3, referral_kode: 'ada' }
    }
    const { stdout } = await preview(event)
    expect(stdout).toContain('\n  not mapped: shipping, referral_kode (did you mean referralCode?)\n')
    expect(JSON.parse((await preview(event, '--json')).stdout)).toMatchObject({
      notMapped: [{ name: 'shipping' }, { name: 'referral_kode', suggestion: 'referralCode' }]
    })
    const mapping = write('shipping.json', [
      {
        partnerAction: 'trackPurchase',
        subscribe: 'type = "track"',
        mapping: {
          orderId: { '@path': '$.properties.order_id' },
          coupon: { '@path': '$.properties.shipping' }
        }
      }
    ])
    expect((await preview(event, '--mapping', mapping)).stdout).toContain(
      '\n  not mapped: total, currency, friendbuyAttributes, products, referral_kode\n'
    )
  })

  describe('its summary', () => {
    const timed = (event: object, day: number) => ({ ...event, timestamp: `2026-03-0${day}T12:00:00Z` })
    const events = [
      timed(order, 1),
      timed(order, 2),
      timed({ ...order, properties: { ...order.properties, order_id: undefined, voucher: 'X' } }, 2),
      timed({ ...order, properties: { ...order.properties, voucher: 'X', referral_kode: 'ada' } }, 2),
      ...Array.from({ length: 6 }, () => timed({ type: 'track', event: 'Downloaded' }, 3)),
      timed({ type: 'page' }, 3),
      timed({ type: 'page' }, 4),
      { type: 'page' }
    ]
    const input = [...events.map((event) => JSON.stringify(event)), '7', '{}'].join('\n')

    const SUMMARY = [
      'Downloaded: 6 events',
      '  unmatched: no preset matches it; --custom-event with its name sends it as a custom event',
      'Order Completed: 4 events',
      '  Track Purchase: 3 would be sent, 1 would fail',
      "    failed: The root value is missing the required field 'orderId'.",
      '      at standard input:3: orderId ($.properties.order_id, $.properties.orderId) is missing',
      '    dropped: 3 × friendbuyAttributes.size (not a string)',
      '  not mapped: voucher 2, referral_kode 1 (did you mean referralCode?)',
      'page: 3 events',
      '  unmatched: no preset matches page events',
      'not events: 2 lines',
      '  failed: 1 × not an event: not a JSON object',
      '    at standard input:14',
      '  failed: 1 × not an event: "type" is missing',
      '    at standard input:15',
      '',
      '15 events: 3 would be sent, 3 would fail, 9 unmatched',
      ''
    ]

    it('ends the preview of more than 10 events', async () => {
      const { code, stdout } = await preview(input)
      expect(stdout.split('\n').slice(0, 2)).toEqual([
        'standard input:1  Order Completed',
        '  Track Purchase  POST /v1/event/purchase'
      ])
      expect(stdout.split('\n').slice(-SUMMARY.length)).toEqual(SUMMARY)
      expect(code).toBe(1)
    })

    it('is all that --summary prints', async () => {
      const { code, stdout } = await preview(input, '--summary')
      expect(stdout.split('\n')).toEqual(SUMMARY)
      expect(code).toBe(1)
    })

    it('counts events outside --since and --until as skipped, and lists none of them', async () => {
      const range = ['--since', '2026-03-03', '--until', '2026-03-03T23:00:00Z']
      const { stdout } = await preview(input, ...range, '--summary')
      expect(stdout.split('\n')).toEqual([
        'Downloaded: 6 events',
        '  unmatched: no preset matches it; --custom-event with its name sends it as a custom event',
        'not events: 2 lines',
        '  failed: 1 × not an event: not a JSON object',
        '    at standard input:14',
        '  failed: 1 × not an event: "type" is missing',
        '    at standard input:15',
        'page: 1 event',
        '  unmatched: no preset matches page events',
        '',
        '9 events: 0 would be sent, 2 would fail, 7 unmatched, 6 skipped (4 before --since, 1 after --until, 1 without a valid timestamp)',
        ''
      ])
    })

    it('counts errors that differ in a value as one, with the first', async () => {
      const prices = ['$1', '$2', 'EUR 3'].map((total, index) => ({
        ...order,
        properties: { ...order.properties, order_id: `o-${index}`, total }
      }))
      const { stdout } = await preview(prices.map((event) => JSON.stringify(event)).join('\n'), '--summary')
      expect(stdout).toContain(`
  Track Purchase: 0 would be sent, 3 would fail
    failed: Purchase Amount must be a number but it was a string.
      first at standard input:1: amount ($.properties.total) is "$1"
`)
    })

    it('is one JSON object with --json', async () => {
      const { stdout } = await preview(JSON.stringify(events[3]), '--summary', '--json')
      expect(JSON.parse(stdout)).toEqual({
        summary: {
          events: 1,
          sent: 1,
          failed: 0,
          unmatched: 0,
          skipped: {},
          byEvent: {
            'Order Completed': {
              events: 1,
              unmatched: 0,
              reasons: { names: {}, others: 0 },
              actions: {
                trackPurchase: {
                  sent: 1,
                  failed: 0,
                  errors: { names: {}, others: 0 },
                  dropped: { names: { 'friendbuyAttributes.size (not a string)': 1 }, others: 0 }
                }
              },
              notMapped: { names: { voucher: 1, referral_kode: 1 }, others: 0 }
            }
          }
        }
      })
    })

    it('counts 200 event names, and the others together', async () => {
      const names = Array.from({ length: 203 }, (_, index) => `{"type":"track","event":"name ${index}"}`)
      const { stdout } = await preview(names.join('\n'), '--summary')
      expect(stdout).toMatch(/^other names: 3 events$/m)
      expect(stdout).toMatch(/^name 199: 1 event$/m)
      expect(stdout).not.toMatch(/name 200/)
    })
  })

  it('names the element of an array', async () => {
    const { stdout } = await preview(JSON.stringify([{ type: 'page' }, { type: 'page' }], null, 2))
    expect(stdout).toContain('standard input:2, element 1  page\n')
    expect(stdout).toContain('standard input:5, element 2  page\n')
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

  it('has working examples in its help', async () => {
    const { stdout } = await runCli(['preview', '--help'])
    const examples = [...stdout.matchAll(/^ {2}\$ actions-friendbuy-cloud (.+)$/gm)].map(([, args = '']) =>
      args.split(' ')
    )
    expect(examples).toEqual([
      ['preview', 'examples/events.ndjson'],
      ['preview', 'examples/events.ndjson', '--summary'],
      ['preview', 'examples/events.ndjson', '--custom-event', 'Downloaded', '--json']
    ])
    for (const args of examples) {
      const example = await runCli(args)
      expect([example.code, example.stderr]).toEqual([0, ''])
      if (!args.includes('--json')) {
        expect(example.stdout).toMatch(/6 events: 5 would be sent, 0 would fail, 1 unmatched\n$/)
      }
    }
  })

  it('shows with --web what the browser destination would push', async () => {
    const events = [
      order,
      { type: 'page', name: 'Home' },
      { type: 'track', event: 'Downloaded' },
      { type: 'identify' }
    ]
    const { code, stdout } = await preview(events.map((event) => JSON.stringify(event)).join('\n'), '--web')
    expect(stdout.split('\n')).toEqual([
      'standard input:1  Order Completed',
      '  Track Purchase  push(["track","purchase", {…}, true])',
      '    id           "o-1"',
      '    amount       1',
      '    currency     "USD"',
      '    customer.id  "c-1"',
      '    dropped: products[0] (no price)',
      '    dropped: products[1] (no price)',
      '    dropped: friendbuyAttributes.size (not a string)',
      '',
      'standard input:2  page',
      '  Track Page  push(["track","page", {…}, true])',
      '    name  "Home"',
      '',
      'standard input:3  Downloaded',
      '  unmatched: no preset matches it; --custom-event with its name sends it as a custom event',
      '',
      'standard input:4  identify',
      '  Track Customer',
      expect.stringMatching(/^ {4}fails: Customer ID \(customerId\) is required/),
      '',
      '4 events: 2 would be pushed, 1 would fail, 1 unmatched',
      ''
    ])
    expect(code).toBe(1)
  })

  it('reads a mapping file of the browser destination with --web', async () => {
    const mapping = write('web.json', [
      {
        partnerAction: 'trackPage',
        subscribe: 'type = "page"',
        mapping: { name: { '@path': '$.properties.path' } }
      }
    ])
    const { code, stdout } = await preview(
      { type: 'page', properties: { path: '/a' } },
      '--web',
      '--json',
      '--mapping',
      mapping
    )
    expect([JSON.parse(stdout), code]).toEqual([
      {
        source: '-',
        line: 1,
        event: 'page',
        previews: [{ action: 'trackPage', push: ['track', 'page', { name: '/a' }, true], dropped: [] }]
      },
      0
    ])
    const unknown = write('unknown.json', [{ partnerAction: 'trackPages' }])
    const invalid = await preview({ type: 'page' }, '--web', '--mapping', unknown)
    expect([invalid.code, invalid.stderr]).toEqual([
      2,
      expect.stringContaining('at [0].partnerAction: expected one of')
    ])
    const unread = write('unread.json', [{ partnerAction: 'trackPage', subscribe: 'page' }])
    const condition = await preview({ type: 'page' }, '--web', '--mapping', unread)
    expect([condition.code, condition.stderr]).toEqual([
      2,
      expect.stringContaining('(subscribe) cannot be read')
    ])
  })
})
