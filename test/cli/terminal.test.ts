import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSettings } from '../support/credentials'
import { eventually } from '../support/eventually'
import { runCli } from '../support/run-cli'
import { EmulatedTerminal } from '../support/terminal'

const EVENT_ID = '5b6c9c0e-4f4b-4a6e-9a59-0d6a4f6b3c11'

const events = [
  { type: 'identify', userId: 'c-1', traits: { email: 'a@example.com' } },
  {
    type: 'track',
    event: 'Order Completed',
    userId: 'c-1',
    properties: { total: 1, currency: 'USD', loyaltyStatus: 'gold' }
  },
  { type: 'track', event: 'Product Viewed in the Summer Sale of 2026' },
  { type: 'track', event: 'Signed Up', userId: 'c-2', properties: { email: 'b@example.com', age: -1 } },
  { type: 'page', userId: 'c-2' }
]

/** The screen, with what depends on the speed of the machine replaced. */
const timeless = (rows: readonly string[]) =>
  rows.map((row) =>
    row
      .replace(/ \d+\/s /, ' N/s ')
      .replace(/\d+ s left/, 'N s left')
      .replace(/in \d+\.\d s/, 'in N s')
  )

const STATUS = '=============------- 66% · 3 events · N/s · 1 failed · N s left'

const FIRST_ROWS = {
  80: [
    'line    event                                     action              status',
    '1       identify                                  Track Customer      201',
    '2       Order Completed                           Track Purchase      400',
    "        failed: The root value is missing the required field 'orderId'.",
    '        field: orderId ($.properties.order_id, $.properties.orderId) is missing',
    '3       Product Viewed in the Summer Sale of 20…  -                   -',
    '        not sent: no preset matches it; --custom-event with its name sends it as',
    '          a custom event'
  ],
  140: [
    'line    event                                    action              path                       status  event id',
    `1       identify                                 Track Customer      /v1/customer               201     ${EVENT_ID}`,
    '2       Order Completed                          Track Purchase      /v1/event/purchase         400     -',
    "        failed: The root value is missing the required field 'orderId'.",
    '        field: orderId ($.properties.order_id, $.properties.orderId) is missing',
    '3       Product Viewed in the Summer Sale of 2…  -                   -                          -       -',
    '        not sent: no preset matches it; --custom-event with its name sends it as a custom event'
  ]
}

const SIGN_UP = {
  80: '4       Signed Up                                 Track Sign Up       201',
  140: `4       Signed Up                                Track Sign Up       /v1/event/account-sign-up  201     ${EVENT_ID}`
}

const REPAIR = {
  80: [
    'Failed events were not kept, as there is no --failed file. Send only those',
    'again: a second run over this input repeats the delivered ones.'
  ],
  140: [
    'Failed events were not kept, as there is no --failed file. Send only those again: a second run over this input repeats the delivered ones.'
  ]
}

const PAGE = {
  80: '5       page                                      -                   -',
  140: '5       page                                     -                   -                          -       -'
}

describe('A terminal', () => {
  let folder: string
  let file: string
  let server: Server
  let held: ServerResponse | undefined
  let terminal: EmulatedTerminal | undefined

  const respond = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  const release = () => {
    if (held) respond(held, 201, { eventId: EVENT_ID })
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'terminal-'))
    file = join(folder, 'events.ndjson')
    writeFileSync(file, events.map((event) => JSON.stringify(event)).join('\n'))
  })

  beforeEach(async () => {
    held = undefined
    // A MAPI that holds the response to a sign-up until the test releases it.
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url === '/v1/authorization') {
          const expires = new Date(Date.now() + 1_200_000).toISOString()
          respond(response, 200, { tokenType: 'Bearer', token: 't', expires })
        } else if (request.url === '/v1/event/account-sign-up') held = response
        else respond(response, 201, { eventId: EVENT_ID })
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(async () => {
    terminal?.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const send = (columns: number, args: string[] = [], env: Record<string, string> = {}, input = file) => {
    const { authKey, authSecret } = newSettings()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    terminal = new EmulatedTerminal(
      ['send', input, '--mapi-url', url, '--verbose', '--concurrency', '1', ...args],
      { columns, env: { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret, ...env } }
    )
    return terminal
  }

  /** Waits until the sign-up is in flight and the status shows the events before it. */
  const toMiddle = (shown: EmulatedTerminal) =>
    eventually(() => held !== undefined && shown.rows().some((row) => row.includes('3 events')))

  /** Presses Ctrl-C, and waits for what it says and the status below that. */
  const interrupt = async (shown: EmulatedTerminal) => {
    shown.type('\u0003')
    await eventually(() => shown.rows().some((row) => row.startsWith('Stopping')))
    await eventually(() => shown.rows().at(-1)?.includes('3 events') === true)
  }

  describe.each([80, 140] as const)('of %i columns', (columns) => {
    const stopping = [
      ...FIRST_ROWS[columns],
      'Stopping after the calls in flight. Press Ctrl-C again to quit immediately.'
    ]

    it('shows the listing and a status below it while events are sent, and the summary at the end', async () => {
      const shown = send(columns)
      await toMiddle(shown)
      expect(timeless(shown.rows())).toEqual([...FIRST_ROWS[columns], STATUS])
      release()
      expect(timeless(await shown.end())).toEqual([
        ...FIRST_ROWS[columns],
        SIGN_UP[columns],
        '        dropped: age (not an age)',
        PAGE[columns],
        '        not sent: no preset matches page events',
        '5 events: 2 delivered, 1 failed, 2 not sent',
        '  Track Customer: 1 delivered',
        '  Track Purchase: 0 delivered, 1 failed',
        '  Track Sign Up: 1 delivered',
        '  dropped: not an age 1',
        '0 retries in N s',
        ...REPAIR[columns],
        'exit 1 $'
      ])
    })

    it('shows what Ctrl-C does, and a clean end', async () => {
      const shown = send(columns)
      await toMiddle(shown)
      await interrupt(shown)
      expect(timeless(shown.rows())).toEqual([...stopping, STATUS])
      release()
      expect(timeless(await shown.end())).toEqual([
        ...stopping,
        SIGN_UP[columns],
        '        dropped: age (not an age)',
        '4 events: 2 delivered, 1 failed, 1 not sent',
        '  Track Customer: 1 delivered',
        '  Track Purchase: 0 delivered, 1 failed',
        '  Track Sign Up: 1 delivered',
        '  dropped: not an age 1',
        '0 retries in N s',
        'Stopped early.',
        'exit 130 $'
      ])
    })

    it('leaves no status behind when a second Ctrl-C quits', async () => {
      const shown = send(columns)
      await toMiddle(shown)
      await interrupt(shown)
      shown.type('\u0003')
      expect(await shown.end()).toEqual([...stopping, 'exit 130 $'])
    })
  })

  it('asks one question after the other, and says that nothing was sent after a no', async () => {
    const orders = join(folder, 'orders.csv')
    writeFileSync(
      orders,
      'Name,Financial Status,Paid at,Currency,Total\n#1,paid,2023-04-02 10:00:00 -0500,USD,5\n'
    )
    const shown = send(100, [], {}, orders)
    await eventually(() => shown.rows().at(-1)?.startsWith('Use this mapping?') === true)
    shown.type('y\r')
    await eventually(() => shown.rows().at(-1)?.startsWith('Send events that') === true)
    shown.type('no\r')
    const rows = await shown.end()
    expect(rows.join(' ')).toContain(
      'but events have no timestamp in MAPI: an old order arrives as one of today.'
    )
    expect(rows).toContain('Use this mapping? [y/N] y')
    expect(rows.slice(-4)).toEqual([
      'Send events that are older than 30 days? [y/N] no',
      'Not confirmed.',
      'Nothing was sent.',
      'exit 2 $'
    ])
  })

  it('shows a status that fits after it has become narrower, and nothing of the one before', async () => {
    const shown = send(80)
    await toMiddle(shown)
    shown.resize(40)
    await eventually(() => shown.rows().at(-1)?.startsWith('===') === true)
    release()
    expect((await shown.end()).filter((row) => row.includes('==') || row.includes('left'))).toEqual([])
  })

  it('shows the progress of a resumed run from where it stopped', async () => {
    const halves = join(folder, 'halves.ndjson')
    const signUp = events[3]
    writeFileSync(halves, [signUp, signUp, signUp, signUp].map((event) => JSON.stringify(event)).join('\n'))
    const args = ['--checkpoint', join(folder, 'progress.json')]
    const { authKey, authSecret } = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }
    const first = send(80, args, env, halves)
    for (let count = 1; count <= 2; count += 1) {
      await eventually(() => held !== undefined)
      if (count === 2) {
        first.type('\u0003')
        await eventually(() => first.rows().some((row) => row.startsWith('Stopping')))
      }
      release()
      held = undefined
    }
    await first.end()
    const second = send(80, args, env, halves)
    await eventually(() => held !== undefined)
    release()
    held = undefined
    await eventually(() => second.rows().at(-1)?.startsWith('===============----- 75% · 3 events') === true)
    await eventually(() => held !== undefined)
    release()
    expect(await second.end()).toContain('4 events: 4 delivered, 0 failed, 0 not sent')
  })

  it('cuts a status that does not fit, and can erase it after Ctrl-C', async () => {
    const shown = send(30)
    await eventually(() => held !== undefined && shown.rows().at(-1)?.startsWith('=====') === true)
    shown.type('\u0003')
    await eventually(() => shown.rows().join('').includes('immediately.'))
    release()
    expect((await shown.end()).filter((row) => row.includes('==') || row.includes('^C'))).toEqual([])
  })

  it.each<[string, Record<string, string>, boolean]>([
    ['shows colors', {}, true],
    ['shows no colors with NO_COLOR', { NO_COLOR: '1' }, false],
    ['shows no colors with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
    ['shows no colors if it is a dumb one', { TERM: 'dumb' }, false]
  ])('%s', async (_title, env, hasColors) => {
    const shown = send(140, [], env)
    await eventually(() => held !== undefined)
    release()
    await shown.end()
    for (const colored of ['\u001b[32m201', '\u001b[31m400', '\u001b[32m2 delivered', '\u001b[31m1 failed']) {
      expect(shown.output.includes(colored)).toBe(hasColors)
    }
    if (!hasColors) expect(shown.output).not.toMatch(/\u001b\[\d+m/)
  })

  it('shows no status without a terminal', async () => {
    const { stdout, stderr } = await runCli(['send', file, '--sandbox'])
    expect(stdout).toMatch(/^5 events: 2 delivered, 1 failed, 2 not sent$/m)
    expect(stderr).toBe('')
  })
})
