import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSettings } from '../support/credentials'
import { startSandbox } from '../../src/sandbox'
import { runCli } from '../support/run-cli'
import { taken } from '../support/sandboxed'

const order = (id: string) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: id, total: 1, currency: 'USD' }
})

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

describe('The input of commands', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'input-'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const write = (name: string, content: string | Buffer) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  it('may be pretty-printed, a batch request or UTF-16', async () => {
    const files = [
      write(
        'pretty.json',
        `${JSON.stringify(order('o-1'), null, 2)}\n${JSON.stringify(order('o-2'), null, 2)}\n`
      ),
      write('batch.json', JSON.stringify({ batch: [order('o-3'), { type: 'trak' }] })),
      write('utf16.ndjson', Buffer.from(`\uFEFF${lines([order('o-4')])}`, 'utf16le'))
    ]
    const { code, stdout } = await runCli(['preview', ...files])
    expect(stdout.split('\n').filter((line) => line.startsWith(folder))).toEqual([
      `${files[0]}:1  Order Completed`,
      `${files[0]}:11  Order Completed`,
      `${files[1]}:1, element 1  Order Completed`,
      `${files[1]}:1, element 2`,
      `${files[2]}:1  Order Completed`
    ])
    expect(code).toBe(1)
  })

  it('may be empty, which is said and is no failure', async () => {
    const path = write('empty.ndjson', '')
    const { code, stdout, stderr } = await runCli(['send', path, '--sandbox'])
    expect(stderr).toBe(`${path} is empty: no events.\n`)
    expect(stdout).toContain('0 events')
    expect(code).toBe(0)
  })

  it('is refused once, with what it is, if it is in another format', async () => {
    const path = write('orders.xlsx', Buffer.from('PK\u0003\u0004 and so on\n'.repeat(100)))
    const { code, stderr } = await runCli(['send', path, '--sandbox'])
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      `${path} cannot be read: it is a zip archive or an Excel workbook, not events: unpack it, or save the workbook as CSV`
    ])
  })

  it('lists 20 equal errors, and counts the others', async () => {
    const bad = Array.from({ length: 50 }, (_, index) => `oops ${index}\n`).join('')
    const path = write('bad.ndjson', `${bad}{"type":"trak"}\n`)
    const settings = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: settings.authKey, FRIENDBUY_MAPI_SECRET: settings.authSecret }
    const { code, stdout } = await runCli(['send', path, '--mapi-url', 'http://127.0.0.1:9'], { env })
    expect(stdout.match(/failed: not JSON/g)).toHaveLength(20)
    expect(stdout.match(/failed: not an event/g)).toHaveLength(1)
    expect(stdout).toMatch(/^30 more errors like: not JSON: .*oops 0/m)
    expect(code).toBe(1)
  })

  it('cannot name a time range that ends before it begins', async () => {
    const { code, stdout, stderr } = await runCli([
      'send',
      '-',
      '--sandbox',
      '--since',
      '2027-01-01',
      '--until',
      '2026-01-01'
    ])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'No event can match: --since 2027-01-01T00:00:00.000Z is after --until 2026-01-01T00:00:00.000Z.\n'
    )
  })

  it('cannot name merchants for send, which has one account', async () => {
    const path = write('merchants.ndjson', lines([{ merchant: 'shop-2', event: order('o-1') }, order('o-2')]))
    const { code, stdout } = await runCli(['send', path, '--sandbox'])
    expect(stdout).toContain('failed: for the merchant shop-2: send delivers to one account.')
    const dry = await runCli(['send', path, '--dry-run'])
    expect(dry.stdout).toContain('2 events: 1 would be sent, 1 would fail, 0 unmatched')
    expect(dry.stdout).toContain('fails: for the merchant shop-2: send delivers to one account.')
    expect(stdout).toContain('1 delivered, 1 failed')
    expect(code).toBe(1)
  })

  it('has credentials elsewhere than in its arguments', async () => {
    const { code, stderr } = await runCli(['send', '-', '--key', 'k', '--secret', 's'])
    expect(stderr).toContain("unknown option '--key'")
    expect(stderr).toContain(
      'set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET, or pass a file with --settings'
    )
    expect(code).toBe(2)
  })

  it('warns of a secret with an environment in capital letters, which addresses production', async () => {
    const env = {
      FRIENDBUY_MAPI_KEY: newSettings().authKey,
      FRIENDBUY_MAPI_SECRET: `UAT:${newSettings().authSecret}`
    }
    const bad = { env: { ...env, NODE_OPTIONS: '--dns-result-order=ipv4first' }, input: '' }
    const { stderr } = await runCli(['send', '-'], bad)
    expect(stderr).toContain('It addresses production: write the name of an environment in lower case.')
    const { stderr: silent } = await runCli(['send', '-', '--mapi-url', 'http://127.0.0.1:9'], bad)
    expect(silent).not.toContain('production')
  })

  it('says that a failed file cannot be written', async () => {
    const path = join(folder, 'missing', 'failed.ndjson')
    const { code, stderr } = await runCli(['send', '-', '--sandbox', '--failed', path])
    expect(stderr).toMatch(new RegExp(`^${path} cannot be written: ENOENT`))
    expect(code).toBe(2)
  })
})

describe('CSV as the input of commands', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'csv-'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const write = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  const SHOPIFY = `Name,Email,Financial Status,Paid at,Currency,Total,Lineitem quantity,Lineitem name,Lineitem price
#1001,ada@example.com,paid,2023-04-02 10:00:00 -0500,USD,54.82,2,Mug,12.50
#1002,bob@example.com,refunded,2023-04-03 10:00:00 -0500,USD,10.00,1,Mug,10.00
`

  const credentials = () => {
    const { authKey, authSecret } = newSettings()
    return { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }
  }

  it('is mapped by a guess, which is shown with what it excludes', async () => {
    const path = write('shopify.csv', SHOPIFY)
    const { code, stdout, stderr } = await runCli(['preview', path])
    expect(stdout).toContain(`${path}:2  Order Completed`)
    expect(stdout).toContain('1 event: 1 would be sent')
    expect(stderr.split('\n')).toEqual([
      `${path} looks like an order export of Shopify. This is a guess: rows with the same Name become one Order Completed event.`,
      '  Name               properties.order_id',
      '  Email              properties.email',
      '  Total              properties.total (number)',
      '  Currency           properties.currency',
      '  Paid at            timestamp (date)',
      '  Lineitem name      properties.products[].name',
      '  Lineitem price     properties.products[].price (number)',
      '  Lineitem quantity  properties.products[].quantity (number)',
      '  Read only if Financial Status is paid.',
      'Order IDs must be those of your tracking, or orders may count twice. Write your own with --csv-mapping FILE.',
      `${path}: 1 not read because of the column "Financial Status": "refunded" 1`,
      ''
    ])
    expect(code).toBe(0)
  })

  it('is not sent by a guess, and old events are not sent, unless somebody confirms', async () => {
    const sandbox = await startSandbox()
    try {
      const path = write('shopify.csv', SHOPIFY)
      const args = ['send', path, '--mapi-url', sandbox.url]
      const refused = await runCli(args, { env: credentials() })
      expect(refused.stderr).toContain(
        'Cannot ask for confirmation without a terminal. Add --yes if you are sure.'
      )
      expect([refused.code, taken(sandbox)]).toEqual([2, []])

      const mapping = write(
        'mapping.json',
        JSON.stringify({
          event: 'Order Completed',
          only: {},
          columns: {
            Name: 'properties.order_id',
            Total: { to: 'properties.total', as: 'number' },
            Currency: 'properties.currency',
            'Paid at': { to: 'timestamp', as: 'date' }
          }
        })
      )
      const old = await runCli([...args, '--csv-mapping', mapping, '--checkpoint', join(folder, 'cp.json')], {
        env: credentials()
      })
      expect(old.stderr).toContain(`${path}:2 is dated 2023-04-02, but events have no timestamp in MAPI`)
      expect([old.code, taken(sandbox)]).toEqual([2, []])

      const env = credentials()
      const sent = await runCli([...args, '--csv-mapping', mapping, '--yes'], { env })
      expect(sent.stderr).toContain('events have no timestamp in MAPI')
      expect(sent.code).toBe(0)
      expect(
        taken(sandbox)
          .map(({ body }) => (body as { orderId: string }).orderId)
          .sort()
      ).toEqual(['#1001', '#1002'])
    } finally {
      await sandbox.close()
    }
  })

  it('is not sent by a mapping that ignores which orders are paid, unless somebody confirms', async () => {
    const sandbox = await startSandbox()
    try {
      const path = write('status.csv', 'id,total,status\n1,5,paid\n2,6,cancelled\n')
      const columns = { id: 'properties.order_id', total: 'properties.total' }
      const mapping = { event: 'Order Completed', columns, set: { 'properties.currency': 'USD' } }
      const file = write('status.json', JSON.stringify(mapping))
      const args = [path, '--csv-mapping', file, '--mapi-url', sandbox.url]
      const env = credentials()
      const warning = `${path} has the column "status", but the CSV mapping has no "only": unpaid, cancelled and refunded orders would count as sales. Name the values to read in "only"; "only": {} reads all rows.\n`
      expect(await runCli(['send', ...args], { env })).toEqual({
        code: 2,
        stdout: '',
        stderr: `${warning}Cannot ask for confirmation without a terminal. Add --yes if you are sure.\nNothing was sent.\n`
      })
      expect(taken(sandbox)).toEqual([])
      const sent = await runCli(['send', ...args, '--yes'], { env })
      expect([sent.code, sent.stderr, taken(sandbox).length]).toEqual([0, warning, 2])
      const previewed = await runCli(['preview', path, '--csv-mapping', file])
      expect([previewed.code, previewed.stderr]).toEqual([0, warning])
      write('status.json', JSON.stringify({ ...mapping, only: { status: ['paid'] } }))
      expect((await runCli(['send', ...args], { env })).stderr).toBe(
        `${path}: 1 not read because of the column "status": "cancelled" 1\n`
      )
    } finally {
      await sandbox.close()
    }
  })

  it('cannot have a mapping file that is invalid', async () => {
    const mapping = write('bad.json', '{"columns": {"a": "x"}}')
    const { code, stderr } = await runCli([
      'send',
      write('a.csv', 'a\n1\n'),
      '--sandbox',
      '--csv-mapping',
      mapping
    ])
    expect(stderr).toContain(
      `Invalid CSV mapping file ${mapping}: event must be the name of the event, is missing.`
    )
    expect(code).toBe(2)
  })
})
