import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSettings } from '../support/credentials'
import { runCli } from '../support/run-cli'

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
