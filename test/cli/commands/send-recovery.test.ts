import { once } from 'node:events'
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli, startCli } from '../../support/run-cli'
import { taken } from '../../support/sandboxed'

const CONCURRENCY = 20

const { authKey, authSecret } = newSettings()
const env = { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }

const anOrder = (orderId: string, more: object = {}) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: { order_id: orderId, total: 1, currency: 'USD', ...more }
})

const orderIds = (count: number) => Array.from({ length: count }, (_, index) => `o-${index}`)

jest.setTimeout(60_000)

let folder: string
let sandbox: Sandbox

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'send-'))
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true })
})

const inFolder = (name: string) => join(folder, name)

/** Writes events to a file of the folder, one a line. */
const writeEvents = async (name: string, events: readonly unknown[]) => {
  await writeFile(inFolder(name), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return inFolder(name)
}

const restartSandbox = async (options: SandboxOptions) => {
  await sandbox.close()
  sandbox = await startSandbox(options)
}

const sendArgs = (file: string, ...more: string[]) => ['send', file, '--mapi-url', sandbox.url, ...more]

const sentIds = () => taken(sandbox).map(({ body }) => (body as { orderId: string }).orderId)

/** Resolves when the sandbox has accepted this many events. */
const whenTaken = async (count: number) => {
  while (taken(sandbox).length < count) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Resolves when the sandbox has dropped this many calls. */
const whenDropped = async (count: number) => {
  while (sandbox.records.filter(({ status }) => status === undefined).length < count)
    await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('send, killed repeatedly', () => {
  it('skips no event, and repeats at most the events in flight', async () => {
    const file = await writeEvents(
      'events.ndjson',
      orderIds(1500).map((id) => anOrder(id))
    )
    const args = sendArgs(
      file,
      '--checkpoint',
      inFolder('progress.json'),
      '--failed',
      inFolder('failed.ndjson')
    )
    let kills = 0
    for (;;) {
      const child = startCli([...args, '--quiet'], env)
      const closed = once(child, 'close')
      const before = taken(sandbox).length
      const isOver =
        kills < 4
          ? whenTaken(before + 1 + Math.floor(Math.random() * 300)).then(() => false)
          : closed.then(() => true)
      if (await Promise.race([isOver, closed.then(() => true)])) {
        expect((await closed)[0]).toBe(0)
        break
      }
      child.kill('SIGKILL')
      await closed
      kills += 1
    }
    expect(new Set(sentIds())).toEqual(new Set(orderIds(1500)))
    expect(sentIds().length - 1500).toBeLessThanOrEqual(kills * CONCURRENCY)
    expect(kills).toBe(4)
    expect(await readFile(inFolder('failed.ndjson'), 'utf8')).toBe('')
  })

  it('writes no failed event twice', async () => {
    const events = orderIds(400).map((id, index) => anOrder(index % 2 === 0 ? id : ' '))
    const file = await writeEvents('events.ndjson', events)
    const args = sendArgs(
      file,
      '--checkpoint',
      inFolder('progress.json'),
      '--failed',
      inFolder('failed.ndjson'),
      '--quiet'
    )
    const child = startCli(args, env)
    await whenTaken(50)
    child.kill('SIGKILL')
    await once(child, 'close')
    const { code, stdout } = await runCli(args, { env })
    expect(code).toBe(1)
    expect(stdout).toContain(
      '400 events: 200 delivered, 200 failed, 0 not sent\n  Track Purchase: 200 delivered, 200 failed\n'
    )
    const failed = (await readFile(inFolder('failed.ndjson'), 'utf8')).trim().split('\n')
    const lines = failed.map((line) => (JSON.parse(line) as { line: number }).line)
    expect(lines.sort((one, other) => one - other)).toEqual(
      events.flatMap((_, index) => (index % 2 === 1 ? [index + 1] : []))
    )
  })

  it('sends nothing when all events are completed, says so, and prints the summary', async () => {
    const file = await writeEvents(
      'events.ndjson',
      orderIds(5).map((id) => anOrder(id))
    )
    const args = sendArgs(file, '--checkpoint', inFolder('progress.json'))
    expect((await runCli(args, { env })).code).toBe(0)
    const { code, stdout, stderr } = await runCli(args, { env })
    expect([code, stderr]).toEqual([
      0,
      'Resuming: earlier runs completed 5 events, which the summary includes.\nNothing left to send.\n'
    ])
    expect(stdout).toContain('5 events: 5 delivered')
    expect(taken(sandbox)).toHaveLength(5)
    await writeEvents(
      'events.ndjson',
      orderIds(6).map((id) => anOrder(id))
    )
    const grown = await runCli(args, { env })
    expect(grown.stderr).toBe('Resuming: earlier runs completed 5 events, which the summary includes.\n')
    expect(grown.stdout).toContain('6 events: 6 delivered')
  })

  it('resumes from the checkpoint of an earlier version, which counts less', async () => {
    const file = await writeEvents('events.ndjson', [{ ...anOrder('o-1'), extra: 1 }])
    const checkpoint = inFolder('progress.json')
    const args = sendArgs(file, '--checkpoint', checkpoint)
    await runCli(args, { env })
    const stored = JSON.parse(await readFile(checkpoint, 'utf8')) as { tally: Record<string, unknown> }
    delete stored.tally.skipped
    delete stored.tally.notMapped
    await writeFile(checkpoint, JSON.stringify(stored))
    const { code, stdout } = await runCli(args, { env })
    expect([code, stdout.split('\n')[0]]).toEqual([0, '1 event: 1 delivered, 0 failed, 0 not sent'])
  })

  it('refuses one file for two purposes, and the failed file of another run', async () => {
    const file = await writeEvents('events.ndjson', [anOrder('o-1')])
    const one = inFolder('one')
    const both = await runCli(sendArgs(file, '--checkpoint', one, '--failed', one), { env })
    expect([both.code, both.stderr]).toEqual([
      2,
      `${one} cannot be both the --checkpoint and the --failed file: name two files.\n`
    ])

    await writeFile(one, 'of another run\n')
    const other = await runCli(sendArgs(file, '--failed', one), { env })
    expect(other.stderr).toContain('is not empty and would be overwritten')
    expect(other.code).toBe(2)
    expect(sandbox.records).toEqual([])
  })

  it('refuses the checkpoint of other input', async () => {
    const one = await writeEvents('one.ndjson', [anOrder('o-1')])
    const other = await writeEvents('other.ndjson', [anOrder('o-2')])
    const checkpoint = inFolder('progress.json')
    await runCli(sendArgs(one, '--checkpoint', checkpoint), { env })
    const { code, stderr } = await runCli(sendArgs(other, '--checkpoint', checkpoint), { env })
    expect(stderr).toContain('belongs to a run over other input')
    expect(code).toBe(2)
    expect(sentIds()).toEqual(['o-1'])
  })

  it('refuses the checkpoint of a rehearsal, of another account and of other options', async () => {
    const file = await writeEvents('events.ndjson', [anOrder('o-1')])
    const checkpoint = inFolder('progress.json')
    const withCheckpoint = ['--checkpoint', checkpoint]
    expect((await runCli(['send', file, '--sandbox', ...withCheckpoint])).code).toBe(0)
    const real = await runCli(sendArgs(file, ...withCheckpoint), { env })
    expect(real.stderr).toContain(`differs in the MAPI address (--sandbox, not ${sandbox.url})`)
    expect(real.code).toBe(2)
    expect(sandbox.records).toEqual([])
    // A rehearsal itself may go on in another sandbox.
    expect((await runCli(['send', file, '--sandbox', ...withCheckpoint])).code).toBe(0)

    await rm(checkpoint)
    await runCli(sendArgs(file, ...withCheckpoint), { env })
    const text = await readFile(checkpoint, 'utf8')
    for (const secret of [authKey, authSecret]) expect(text).not.toContain(secret)
    const other = newSettings()
    const changes: [string, string[], Record<string, string>][] = [
      ['the account', [], { FRIENDBUY_MAPI_KEY: other.authKey, FRIENDBUY_MAPI_SECRET: other.authSecret }],
      ['--custom-event (none, not Downloaded)', ['--custom-event', 'Downloaded'], env],
      ['--since (none, not 2026-01-01T00:00:00.000Z)', ['--since', '2026-01-01'], env]
    ]
    for (const [difference, more, environment] of changes) {
      const { code, stderr } = await runCli(sendArgs(file, ...withCheckpoint, ...more), { env: environment })
      expect(stderr).toContain(`belongs to a run that differs in ${difference}`)
      expect(code).toBe(2)
    }
    expect(sentIds()).toEqual(['o-1'])
  })
})

describe('send, interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s, finishes calls in flight, and resumes where it stopped',
    async (signal) => {
      const file = await writeEvents(
        'events.ndjson',
        orderIds(1000).map((id) => anOrder(id))
      )
      const args = sendArgs(file, '--checkpoint', inFolder('progress.json'), '--quiet')
      const child = startCli(args, env)
      let stderr = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      await whenTaken(100)
      child.kill(signal)
      const [code] = (await once(child, 'close')) as [number | null]
      expect(code).toBe(130)
      expect(stderr).toContain('run the same command to resume')
      expect(taken(sandbox).length).toBeLessThan(1000)
      expect((await runCli(args, { env })).code).toBe(0)
      expect(sentIds().sort()).toEqual(orderIds(1000).sort())
    },
    30_000
  )

  it('a second time, exits at once', async () => {
    sandbox.injectFault({ latencyMs: 60_000 }, { path: '/v1/event/purchase' })
    const file = await writeEvents('events.ndjson', [anOrder('o-1')])
    const child = startCli(sendArgs(file), env)
    while (sandbox.records.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGINT')
    await once(child.stderr ?? child, 'data')
    child.kill('SIGINT')
    expect((await once(child, 'close'))[0]).toBe(130)
  })

  it('repeats no subscription that was delivered', async () => {
    sandbox.injectFault(
      { status: 503, headers: { 'retry-after': '120' } },
      { path: '/v1/event/custom', times: CONCURRENCY }
    )
    const file = await writeEvents(
      'events.ndjson',
      Array.from({ length: CONCURRENCY }, (_, index) => ({
        type: 'track',
        event: 'Signed Up',
        userId: `c-${index}`,
        properties: { email: `c-${index}@example.com` }
      }))
    )
    const args = sendArgs(file, '--custom-event', 'Signed Up', '--checkpoint', inFolder('progress.json'))
    const child = startCli(args, env)
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    while (sandbox.records.filter(({ status }) => status === 503).length < CONCURRENCY)
      await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGINT')
    expect((await once(child, 'close'))[0]).toBe(130)
    expect(stderr.match(/asks for a pause of 120 s/g)).toHaveLength(1)

    const { code, stdout } = await runCli(args, { env })
    expect(stdout).toContain(
      `${CONCURRENCY} events: ${2 * CONCURRENCY} delivered, 0 failed, 0 not sent\n  Track Sign Up: ${CONCURRENCY} delivered\n  Track Custom Event: ${CONCURRENCY} delivered\n`
    )
    expect(code).toBe(0)
    const sentTo = (path: string) => taken(sandbox).filter((record) => record.path === path)
    expect(sentTo('/v1/event/account-sign-up')).toHaveLength(CONCURRENCY)
    expect(sentTo('/v1/event/custom')).toHaveLength(CONCURRENCY)
  })

  // Windows has no named pipes in its file system.
  const withPipes = process.platform === 'win32' ? it.skip : it
  withPipes.each(['without a writer', 'with an idle writer'])('ends at a named pipe %s', async (what) => {
    const pipe = inFolder('pipe')
    execFileSync('mkfifo', [pipe])
    const child = startCli(sendArgs(pipe, '--concurrency', '2'), env)
    // Both ends, so that opening it waits for nobody.
    const writer = what === 'with an idle writer' ? openSync(pipe, 'r+') : undefined
    if (writer !== undefined) {
      writeSync(writer, `${JSON.stringify(anOrder('o-1'))}\n`)
      await whenTaken(1)
    } else await new Promise((resolve) => setTimeout(resolve, 1500))
    child.kill('SIGINT')
    const [code] = (await once(child, 'close')) as [number | null]
    if (writer !== undefined) closeSync(writer)
    expect(code).toBe(130)
    expect(sentIds()).toEqual(writer === undefined ? [] : ['o-1'])
  })

  withPipes('a second time, exits at once even if a file operation is blocked', async () => {
    const pipe = inFolder('pipe')
    execFileSync('mkfifo', [pipe])
    const child = startCli(sendArgs('-', '--mapping', pipe), env)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    child.kill('SIGINT')
    await once(child.stderr ?? child, 'data')
    child.kill('SIGINT')
    // A shell shows 130 for either.
    expect(await once(child, 'close')).toEqual([null, 'SIGINT'])
  })

  withPipes('reads a named pipe to its end', async () => {
    const pipe = inFolder('pipe')
    execFileSync('mkfifo', [pipe])
    const running = runCli(sendArgs(pipe), { env })
    await writeFile(
      pipe,
      orderIds(2_000)
        .map((id) => `${JSON.stringify(anOrder(id))}\n`)
        .join('')
    )
    expect((await running).stdout).toContain('2000 events: 2000 delivered')
  })

  it('names the events it had begun and not completed, without a checkpoint', async () => {
    sandbox.injectFault({ status: 503, headers: { 'retry-after': '60' } }, { path: '/v1/event/purchase' })
    const file = await writeEvents('events.ndjson', [anOrder('o-1'), anOrder('o-2')])
    const child = startCli(sendArgs(file, '--concurrency', '1'), env)
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    while (!sandbox.records.some(({ status }) => status === 503))
      await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGINT')
    expect((await once(child, 'close'))[0]).toBe(130)
    expect(stderr).toContain(`Begun, but not completed: ${file}:1.`)
  })

  it('does not wait for more standard input', async () => {
    const child = startCli(sendArgs('-'), env)
    child.stdin?.write(`${JSON.stringify(anOrder('o-1'))}\n`)
    await whenTaken(1)
    child.kill('SIGINT')
    expect((await once(child, 'close'))[0]).toBe(130)
  })
})

describe('send, with faults', () => {
  it('delivers every event despite 500s, HTML, dropped connections and a rate limit', async () => {
    await restartSandbox({ ratePerSecond: 150 })
    const path = '/v1/event/purchase'
    sandbox.injectFault({ status: 500 }, { path, share: 0.05 })
    sandbox.injectFault({ html: 502 }, { path, share: 0.05 })
    sandbox.injectFault({ drop: 'before' }, { path, share: 0.03 })
    sandbox.injectFault({ drop: 'after' }, { path, share: 0.03 })
    const file = await writeEvents(
      'events.ndjson',
      orderIds(300).map((id) => anOrder(id))
    )
    const { code, stdout } = await runCli(sendArgs(file, '--quiet'), { env })
    expect(stdout).toContain('300 events: 300 delivered')
    expect(code).toBe(0)
    expect(new Set(sentIds())).toEqual(new Set(orderIds(300)))
  })

  it('survives an outage of MAPI', async () => {
    const file = await writeEvents(
      'events.ndjson',
      orderIds(300).map((id) => anOrder(id))
    )
    const running = runCli(sendArgs(file, '--quiet'), { env })
    await whenTaken(50)
    const undo = sandbox.injectFault({ drop: 'before' })
    await whenDropped(2 * CONCURRENCY)
    undo()
    expect((await running).code).toBe(0)
    expect(new Set(sentIds())).toEqual(new Set(orderIds(300)))
  })

  it('stops if the credentials are refused, not once per event', async () => {
    await restartSandbox({ credentials: [] })
    const file = await writeEvents(
      'events.ndjson',
      orderIds(500).map((id) => anOrder(id))
    )
    const { code, stderr, stdout } = await runCli(sendArgs(file, '--failed', inFolder('failed.ndjson')), {
      env
    })
    expect(code).toBe(1)
    expect(stderr).toContain('Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret')
    expect(stdout).toBe('')
    expect(sandbox.records.length).toBeLessThanOrEqual(CONCURRENCY)
    expect(await readFile(inFolder('failed.ndjson'), 'utf8')).toBe('')
  })

  const hasFull = existsSync('/dev/full')
  ;(hasFull ? it : it.skip)('stops if the failed file cannot be written', async () => {
    const file = await writeEvents('events.ndjson', [anOrder(' '), ...orderIds(500).map((id) => anOrder(id))])
    const { code, stderr } = await runCli(sendArgs(file, '--failed', '/dev/full'), { env })
    expect(code).toBe(2)
    expect(stderr).toContain('/dev/full cannot be written: ENOSPC')
    expect(taken(sandbox).length).toBeLessThan(500)
  })
})

describe('send', () => {
  it('reads several files of any format, gzipped or not, in order', async () => {
    const lines = await writeEvents('one.ndjson', [anOrder('o-1'), anOrder('o-2')])
    const array = inFolder('two.json')
    await writeFile(array, JSON.stringify([anOrder('o-3'), anOrder('o-4')], undefined, 2))
    const zipped = inFolder('three.bin')
    await writeFile(zipped, gzipSync(JSON.stringify([anOrder('o-5')])))
    const { code } = await runCli(
      ['send', lines, array, zipped, '--mapi-url', sandbox.url, '--concurrency', '1'],
      { env }
    )
    expect(code).toBe(0)
    expect(sentIds()).toEqual(['o-1', 'o-2', 'o-3', 'o-4', 'o-5'])
  })

  it('reads a line of 10 MB, and a failed file as input', async () => {
    const note = 'x'.repeat(10 * 1024 * 1024)
    const file = await writeEvents('events.ndjson', [anOrder('o-1', { note }), anOrder(' '), anOrder('o-3')])
    const failed = inFolder('failed.ndjson')
    const { code, stderr } = await runCli(sendArgs(file, '--failed', failed), { env })
    expect([code, stderr]).toEqual([
      1,
      `Failed events are in ${failed}: fix them in a copy, and pass that to send.\n`
    ])
    expect(sentIds().sort()).toEqual(['o-1', 'o-3'])

    const fixed = (await readFile(failed, 'utf8')).replace('"order_id":" "', '"order_id":"o-2"')
    await writeFile(failed, fixed)
    expect((await runCli(sendArgs(failed), { env })).code).toBe(0)
    expect(sentIds().sort()).toEqual(['o-1', 'o-2', 'o-3'])
  })

  it('sends each failure of a failed file through its own action, once', async () => {
    const signUp = {
      type: 'track',
      event: 'Signed Up',
      userId: 'c-1',
      properties: { email: 'a@example.com' }
    }
    const file = await writeEvents('events.ndjson', [signUp, { ...signUp, userId: 'c-2' }])
    const failed = inFolder('failed.ndjson')
    const args = ['--custom-event', 'Signed Up', '--concurrency', '1']
    const refusal = { status: 400, body: { message: 'no' } }
    sandbox.injectFault(refusal, { path: '/v1/event/custom', times: 2 })
    sandbox.injectFault(refusal, { path: '/v1/event/account-sign-up', times: 1 })
    expect((await runCli(sendArgs(file, ...args, '--failed', failed), { env })).code).toBe(1)
    const lines = (await readFile(failed, 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual([
      'trackSignUp',
      'trackCustomEvent',
      'trackCustomEvent'
    ])
    expect((await runCli(sendArgs(failed, ...args), { env })).code).toBe(0)
    const sent = taken(sandbox).map(({ path, body }) => [path, (body as { customerId: string }).customerId])
    expect(sent.sort()).toEqual([
      ['/v1/event/account-sign-up', 'c-1'],
      ['/v1/event/account-sign-up', 'c-2'],
      ['/v1/event/custom', 'c-1'],
      ['/v1/event/custom', 'c-2']
    ])
  })

  it('keeps IDs apart that JavaScript numbers or another encoding would merge', async () => {
    const ids = [
      '9007199254740992',
      '9007199254740993',
      '1234567890123456789',
      '1234567890123456700',
      '1e400'
    ]
    const numeric = ids.map((id) => JSON.stringify(anOrder('ID')).replace('"ID"', id).replace('"c-1"', id))
    const latin1 = ['café', 'cafè'].map((id) => JSON.stringify(anOrder(id)))
    const file = inFolder('events.ndjson')
    await writeFile(file, Buffer.from([...numeric, ...latin1].join('\n'), 'latin1'))
    const { code, stdout } = await runCli(sendArgs(file), { env })
    expect(sentIds().sort()).toEqual([...ids].sort())
    const customers = taken(sandbox).map(({ body }) => (body as { customerId: string }).customerId)
    expect(customers.sort()).toEqual([...ids].sort())
    expect(stdout.match(/not UTF-8: the text is in another encoding, such as ISO-8859-1/g)).toHaveLength(2)
    expect(code).toBe(1)
  })

  it('sends only events within the time range', async () => {
    const days = ['2026-03-01', '2026-03-02', '2026-03-03']
    const events = days.map((day) => ({ ...anOrder(day), timestamp: `${day}T12:00:00Z` }))
    const file = await writeEvents('events.ndjson', [...events, anOrder('timeless')])
    const { stdout } = await runCli(
      sendArgs(file, '--yes', '--since', '2026-03-02', '--until', '2026-03-02T23:59:59Z'),
      { env }
    )
    expect(sentIds()).toEqual(['2026-03-02'])
    expect(stdout).toContain(
      '4 events: 1 delivered, 0 failed, 0 not sent, 3 skipped (1 before --since, 1 after --until, 1 without a valid timestamp)'
    )
  })

  it('keeps to the given rate', async () => {
    const file = await writeEvents(
      'events.ndjson',
      orderIds(21).map((id) => anOrder(id))
    )
    const startedAt = Date.now()
    const { stderr } = await runCli(sendArgs(file, '--rate', '20'), { env })
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1000)
    expect(sentIds()).toHaveLength(21)
    expect(stderr).toBe('')
  })

  it('uses the subscriptions of a mapping file', async () => {
    const file = await writeEvents('events.ndjson', [{ ...anOrder('o-1'), event: 'Order Shipped' }])
    const mapping = inFolder('mapping.json')
    const subscription = {
      partnerAction: 'trackPurchase',
      subscribe: 'type = "track" and event = "Order Shipped"',
      mapping: { orderId: { '@path': '$.properties.order_id' }, amount: 7, currency: 'eur' }
    }
    await writeFile(mapping, JSON.stringify([subscription]))
    expect((await runCli(sendArgs(file, '--mapping', mapping), { env })).code).toBe(0)
    expect(taken(sandbox).map(({ body }) => body)).toEqual([{ orderId: 'o-1', amount: 7, currency: 'EUR' }])
  })

  it('prints each line and the summary as JSON', async () => {
    const file = await writeEvents('events.ndjson', [
      anOrder('o-1', { friendbuyAttributes: { size: 1 } }),
      'no event'
    ])
    const { code, stdout, stderr } = await runCli(sendArgs(file, '--json'), { env })
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    ).toEqual([
      {
        source: file,
        line: 1,
        event: 'Order Completed',
        outcomes: [
          {
            action: 'trackPurchase',
            path: '/v1/event/purchase',
            status: 201,
            eventId: expect.any(String) as string,
            dropped: [{ name: 'friendbuyAttributes.size', reason: 'not a string' }],
            retries: 0
          }
        ]
      },
      { source: file, line: 2, error: 'not an event: not a JSON object' },
      {
        summary: {
          events: 2,
          invalid: 1,
          notSent: 0,
          skipped: {},
          notMapped: { names: {}, others: 0 },
          actions: { trackPurchase: { delivered: 1, failed: 0 } },
          retries: 0,
          dropped: { 'not a string': 1 },
          durationMs: expect.any(Number) as number
        }
      }
    ])
    expect([code, stderr]).toEqual([1, ''])
  })

  it('previews with --dry-run, and sends nothing', async () => {
    const events = ['o-1', 'o-2'].map((id, index) => ({
      ...anOrder(id),
      timestamp: `2026-03-0${index + 1}T12:00:00Z`
    }))
    const file = await writeEvents('events.ndjson', events)
    const { code, stdout } = await runCli(sendArgs(file, '--dry-run', '--since', '2026-03-02'))
    expect(stdout).toContain('"o-2"')
    expect(stdout).toContain('1 event: 1 would be sent, 0 would fail, 0 unmatched')
    expect(code).toBe(0)
    expect(sandbox.records).toEqual([])
  })

  it('stops when the reader of its output is gone, and resumes with the rest', async () => {
    const ids = orderIds(500)
    const file = await writeEvents(
      'events.ndjson',
      ids.map((id) => anOrder(id))
    )
    const args = sendArgs(file, '--verbose', '--checkpoint', inFolder('progress.json'))
    const child = startCli(args, env)
    let stderr = ''
    child.stderr?.on('data', (text) => (stderr += String(text)))
    child.stdout?.destroy()
    expect((await once(child, 'close'))[0]).toBe(130)
    expect(stderr).toMatch(
      /^Standard output was closed\.\n[^]*Stopped early: run the same command to resume\.\n$/
    )
    const first = taken(sandbox).length
    expect(first).toBeLessThan(ids.length)
    const { stdout } = await runCli(args, { env })
    expect(stdout).toContain('500 events: 500 delivered, 0 failed, 0 not sent')
    expect(taken(sandbox)).toHaveLength(ids.length)
  })

  it.each(['preview', 'fields'])('ends %s when the reader of its output is gone', async (command) => {
    const file = await writeEvents(
      'events.ndjson',
      orderIds(500).map((id) => anOrder(id))
    )
    const child = startCli(command === 'preview' ? [command, file] : [command])
    let stderr = ''
    child.stderr?.on('data', (text) => (stderr += String(text)))
    child.stdout?.destroy()
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(stderr).toBe('')
  })
})
