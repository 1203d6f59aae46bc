import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../support/run-cli'

const EXPORT = join(__dirname, '../../examples/export-v2.mjs')

const customers = Array.from({ length: 5 }, (_, index) => ({
  id: String(index),
  account_id: `account-${index}`,
  ...(index !== 3 && { email_address: `customer-${index}@example.com` }),
  first_name: 'Ada',
  ...(index === 0 && { first_purchase_date: '2017-02-01T01:31:10.949Z' }),
  last_modified_at: '2017-01-13T19:18:38.239Z'
}))

let server: Server
let folder: string
let url: string

/** Statuses that the next calls of lists get. */
let failures: number[]

beforeEach(async () => {
  failures = []
  folder = await mkdtemp(join(tmpdir(), 'export-v2-'))
  // Two customers a page: three pages.
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://v2')
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (pathname === '/v2/tokens/merchant') {
      send(200, { token: 'a-token' })
      return
    }
    const failure = failures.shift()
    if (failure !== undefined || request.headers.authorization !== 'Bearer a-token') {
      send(failure ?? 401, { errors: ['no'] })
      return
    }
    const start = Number(searchParams.get('cursor') ?? 0)
    const all = pathname === '/v2/customers' ? customers : [{ email: 'out@example.com' }]
    const next_page = start + 2 < all.length ? `${url}${pathname}?cursor=${start + 2}` : null
    send(200, { next_page, results: all.slice(start, start + 2) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

const runExport = () =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = {
      PATH: process.env.PATH,
      FRIENDBUY_V2_URL: `${url}/v2`,
      FRIENDBUY_V2_ACCESS_KEY: 'access',
      FRIENDBUY_V2_SECRET_KEY: 'secret'
    }
    const args = [EXPORT, join(folder, 'customers.ndjson'), join(folder, 'opt-outs.txt')]
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })

describe('examples/export-v2.mjs', () => {
  it('exports every page, counts customers without an address, and retries a 503', async () => {
    failures = [503]
    expect(await runExport()).toEqual({
      code: 0,
      stdout: '4 customers, 1 without an email address or account ID, 1 opt-outs\n',
      stderr: ''
    })
    expect(await readFile(join(folder, 'opt-outs.txt'), 'utf8')).toBe('out@example.com\n')
    const lines = (await readFile(join(folder, 'customers.ndjson'), 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object).slice(0, 2)).toEqual([
      {
        type: 'identify',
        messageId: 'friendbuy-v2-customer-0',
        userId: 'account-0',
        timestamp: '2017-01-13T19:18:38.239Z',
        traits: { email: 'customer-0@example.com', firstName: 'Ada', isNewCustomer: false }
      },
      {
        type: 'identify',
        messageId: 'friendbuy-v2-customer-1',
        userId: 'account-1',
        timestamp: '2017-01-13T19:18:38.239Z',
        traits: { email: 'customer-1@example.com', firstName: 'Ada' }
      }
    ])
    const { code, stdout } = await runCli(['send', join(folder, 'customers.ndjson'), '--sandbox'])
    expect({ code, isAll: stdout.includes('4 delivered') }).toEqual({ code: 0, isAll: true })
  })

  it('ends with the status of any other refusal', async () => {
    failures = [401]
    expect(await runExport()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Friendbuy answered 401 to /customers\n'
    })
  })
})
