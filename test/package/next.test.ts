import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { readBlocks } from '../support/document'
import { eventually } from '../support/eventually'
import { startPostgres, type TestPostgres } from '../support/postgres'
import { ADVOCATE_REWARD, SECRET_KEY, toSigned } from '../webhooks/bodies'
import { installed } from './installed'
import { runOrThrow } from './run'

const blocks = readBlocks('docs/guides/webhooks.md')

/** Files that the guide shows for Next. */
const FILES = ['friendbuy.js', 'once.js', 'app/hook/route.js']

// Next is 340 MB, so it is installed here instead of with the dependencies of each clone.
const PACKAGES = ['next@16', 'react@19', 'react-dom@19', 'pg@8']

jest.setTimeout(300_000)

let folder: string
let postgres: TestPostgres
let server: ChildProcess | undefined
let output = ''

const findFreePort = async () => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  await new Promise((resolve) => listening.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'friendbuy-next-'))
  for (const name of FILES) {
    const block = blocks.find(({ writtenAs }) => writtenAs === name)
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), block?.code ?? 'not in the guide')
  }
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  // The webhooks entry needs none of the package's peers.
  const flags = ['--legacy-peer-deps', '--no-audit', '--no-fund', '--prefer-offline']
  await runOrThrow('npm', ['install', ...flags, installed().tarball, ...PACKAGES], folder)
  postgres = await startPostgres()
})

afterAll(async () => {
  if (server?.pid !== undefined && server.exitCode === null) {
    const closed = once(server, 'close')
    // The group: Next serves from a child.
    process.kill(-server.pid, 'SIGKILL')
    await closed
  }
  await postgres.remove()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('The guide to webhooks, in Next', () => {
  it('gives a reward once that is delivered twice at the same time, and refuses another key', async () => {
    const database = new pg.Client({ connectionString: postgres.url })
    await database.connect()
    await database.query(blocks.find(({ language }) => language === 'sql')?.code ?? '')
    await database.query('CREATE TABLE customers (id text PRIMARY KEY, credit numeric NOT NULL)')
    await database.query("INSERT INTO customers VALUES ('asd123-abcfasdf', 0)")

    const port = await findFreePort()
    const next = join(folder, 'node_modules/next/dist/bin/next')
    server = spawn(process.execPath, [next, 'dev', '--port', String(port)], {
      cwd: folder,
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        NEXT_TELEMETRY_DISABLED: '1',
        FRIENDBUY_SECRET_KEY: SECRET_KEY,
        DATABASE_URL: postgres.url
      }
    })
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (text: string) => (output += text))
    const url = `http://localhost:${port}/hook`
    await eventually(async () => {
      if (server?.exitCode !== null) throw new Error(output)
      return fetch(url).then(
        () => true,
        () => false
      )
    }, 120_000)

    const post = async (secretKey?: string) =>
      (await fetch(url, { method: 'POST', ...(await toSigned(ADVOCATE_REWARD, secretKey)) })).status
    const statuses = await Promise.all([post(), post(), post('another key')])
    const { rows } = await database.query<{ credit: string }>('SELECT credit FROM customers')
    await database.end()
    expect({ statuses, rows }).toEqual({ statuses: [200, 200, 401], rows: [{ credit: '25' }] })
  })
})
