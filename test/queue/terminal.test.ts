import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nanoid } from 'nanoid'
import { newSettings } from '../support/credentials'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'
import { EmulatedTerminal } from '../support/terminal'

describe.each([80, 140])('A terminal of %i columns', (columns) => {
  let redis: TestRedis
  let folder: string
  let terminal: EmulatedTerminal | undefined
  let queue: string[]

  beforeAll(async () => {
    redis = await startRedis()
    folder = await mkdtemp(join(tmpdir(), 'queue-terminal-'))
  })

  beforeEach(() => {
    queue = ['--queue', nanoid()]
  })

  afterEach(() => terminal?.close())

  afterAll(async () => {
    await redis.remove()
    await rm(folder, { recursive: true })
  })

  const run = (args: string[], env: Record<string, string> = {}) => {
    terminal = new EmulatedTerminal([...args, ...queue], { columns, env: { REDIS_URL: redis.url, ...env } })
    return terminal
  }

  /** Rows without what Redis is told to risk. */
  const withoutRisks = (rows: string[]) =>
    rows.slice(rows.findIndex((row) => /^\d|^exit|^Stopping/.test(row)))

  it('shows the result of enqueue and the prompt below it, and nothing of its status', async () => {
    const file = join(folder, 'events.ndjson')
    const events = Array.from({ length: 2000 }, (_, index) => `{"type":"page","messageId":"m-${index}"}`)
    await writeFile(file, events.join('\n'))
    const rows = withoutRisks(await run(['enqueue', file]).end())
    expect(rows).toEqual(['2000 enqueued', 'exit 0 $'])
  })

  it('shows the status of enqueue while it waits, and a clean end after Ctrl-C', async () => {
    const file = join(folder, 'many.ndjson')
    const events = Array.from({ length: 1500 }, (_, index) => `{"type":"page","messageId":"m-${index}"}`)
    await writeFile(file, events.join('\n'))
    const shown = run(['enqueue', file, '--max-queued', '400'])
    await eventually(() => /^500 events · \d+\/s$/.test(shown.rows().at(-1) ?? ''))
    shown.type('\u0003')
    const rows = withoutRisks(await shown.end())
    expect(rows.join(' ')).toMatch(
      /^Stopping after the calls in flight\. Press Ctrl-C again to quit immediately\. 500 enqueued Interrupted: run the same command again to continue\. .* exit 130 \$$/
    )
  })

  it("shows a worker's log as text, and a clean end after Ctrl-C", async () => {
    const { authKey, authSecret } = newSettings()
    const shown = run(['worker'], { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret })
    await eventually(() => shown.rows().join('').includes('worker started'))
    shown.type('\u0003')
    const rows = await shown.end()
    expect(rows.filter((row) => row.includes('^C'))).toEqual([])
    expect(rows.find((row) => row.includes('worker started'))).toMatch(
      /^\d\d:\d\d:\d\d INFO {2}worker started {2}version=/
    )
    expect(rows).toContain('Stopping after the calls in flight. Press Ctrl-C again to quit immediately.')
    expect(rows.at(-1)).toBe('exit 0 $')
  })
})
