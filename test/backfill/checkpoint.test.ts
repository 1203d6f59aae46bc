import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import fsPromises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Checkpoint } from '../../src/backfill/checkpoint'
import type { CheckpointState } from '../../src/backfill/checkpoint-file'
import { openFailedFile } from '../../src/backfill/failed-file'
import type { RunTarget } from '../../src/backfill/run-identity'
import { type EventLine, readEvents } from '../../src/events/read-events'
import { toDefaultSubscription } from '../../src/host/subscriptions'
import { isRecord } from '../../src/values'

interface Tally {
  events: number
  failed: number
}

const isTally = (value: unknown): value is Tally => isRecord(value) && typeof value.events === 'number'
const newTally = (): Tally => ({ events: 0, failed: 0 })

const target: RunTarget = { mapiUrl: 'https://mapi.example.com', account: 'key-1' }

let folder: string
let input: string
let path: string

/** JSON lines of this many events. */
const pages = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `{"type":"page","name":"${from + at}"}\n`).join('')

const write = (name: string, content: string | Buffer) => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))
  path = join(folder, 'progress.json')
  input = write('events.ndjson', pages(10))
})

/** Inputs that were opened. */
const readers: AsyncGenerator<EventLine>[] = []

const read = (files: string[]) => {
  const lines = readEvents(files)
  readers.push(lines)
  return lines
}

afterEach(async () => {
  jest.restoreAllMocks()
  await Promise.all(readers.splice(0).map((lines) => lines.return(undefined)))
  rmSync(folder, { recursive: true })
})

const readState = (file = path) => JSON.parse(readFileSync(file, 'utf8')) as CheckpointState<Tally>

const completedOf = ({ begun, incomplete }: CheckpointState<Tally>) =>
  Array.from({ length: begun }, (_, index) => index).filter(
    (index) => !incomplete.some((each) => each.index === index)
  )

/** Opens a run that counts the events it completes. */
const open = async (files = [input], of = target, checkpointPath = path) => {
  const checkpoint = await Checkpoint.open(checkpointPath, files, of, isTally)
  const lines = read(files)
  const held = await checkpoint.resume(lines, new AbortController().signal)
  const tally = checkpoint.resumed?.tally ?? newTally()
  await checkpoint.start(() => ({ tally }))
  /** Begins this many further events, or all. */
  const begin = async (count = Infinity) => {
    const begun: number[] = held.splice(0, count).map(({ index }) => index)
    while (begun.length < count) {
      const next = await lines.next()
      if (next.done) break
      checkpoint.begin(next.value)
      begun.push(next.value.index)
    }
    return begun
  }
  const complete = (index: number) =>
    checkpoint.complete(index, () => {
      tally.events += 1
    })
  return { checkpoint, begin, complete, close: () => checkpoint.close() }
}

/** A run that has completed these of its first events, and is over. */
const run = async (begun: number, ...indices: number[]) => {
  const { begin, complete, close } = await open()
  await begin(begun)
  await Promise.all(indices.map(complete))
  await close()
}

const deferred = () => {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe('Checkpoint', () => {
  it('begins if there is no file, and writes nothing before it starts', async () => {
    const checkpoint = await Checkpoint.open(path, [input], target, isTally)
    expect(checkpoint.resumed).toBeUndefined()
    expect(readdirSync(folder)).toEqual(['events.ndjson'])
  })

  it('resumes with the events that were not completed, then the rest', async () => {
    await run(7, 3, 0, 1, 6, 5)
    expect(readState()).toEqual({
      version: 2,
      run: expect.any(Object) as object,
      begun: 7,
      sha256: expect.stringMatching(/^[\da-f]{64}$/) as string,
      incomplete: [
        { index: 2, subscriptions: 0, outcomes: [] },
        { index: 4, subscriptions: 0, outcomes: [] }
      ],
      tally: { events: 5, failed: 0 }
    })

    const { checkpoint, begin, complete } = await open()
    expect(checkpoint.resumed?.tally).toEqual({ events: 5, failed: 0 })
    expect(await begin()).toEqual([2, 4, 7, 8, 9])
    await Promise.all([complete(2), complete(4)])
    expect(completedOf(readState())).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(readState().tally.events).toBe(7)
  })

  it('keeps the outcomes of completed subscriptions of an incomplete event', async () => {
    const outcome = {
      action: 'trackSignUp' as const,
      path: '/v1/event/account-sign-up' as const,
      dropped: []
    }
    const progress = { subscriptions: 1, outcomes: [{ ...outcome, status: 201, retries: 2 }] }
    const first = await open()
    await first.begin(3)
    first.checkpoint.advance(1, progress)
    await first.close()
    const { checkpoint, begin } = await open()
    await begin(3)
    expect([0, 1, 2].map((index) => checkpoint.progressOf(index))).toEqual([
      { subscriptions: 0, outcomes: [] },
      progress,
      { subscriptions: 0, outcomes: [] }
    ])
  })

  it('keeps the file when all events are completed, readable by the owner only', async () => {
    await run(1, 0)
    expect(readdirSync(folder)).toEqual(['events.ndjson', 'progress.json'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    chmodSync(path, 0o644)
    await run(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('has written an event when complete resolves', async () => {
    const { begin, complete } = await open()
    await begin(3)
    for (const index of [2, 0, 1]) {
      await complete(index)
      expect(completedOf(readState())).toContain(index)
    }
  })

  it('coalesces writes', async () => {
    writeFileSync(input, pages(1_020))
    const { begin, complete } = await open()
    await begin()
    const rename = jest.spyOn(fsPromises, 'rename')
    const rounds = 50
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => complete(20 * round + at)))
    }
    expect(rename).toHaveBeenCalledTimes(rounds)

    const first = complete(1000)
    await Promise.resolve()
    await Promise.all([first, ...Array.from({ length: 19 }, (_, at) => complete(1001 + at))])
    expect(rename).toHaveBeenCalledTimes(rounds + 2)
    expect(readState()).toMatchObject({ begun: 1020, incomplete: [], tally: { events: 1020 } })
  })

  it('writes an event only after its record, and what is recorded meanwhile only later', async () => {
    const { checkpoint, begin } = await open()
    await begin(2)
    const [first, second] = [deferred(), deferred()]
    const completing = checkpoint.complete(0, () => first.promise)
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    expect(completedOf(readState())).toEqual([])

    const later = checkpoint.complete(1, () => second.promise)
    first.resolve()
    await completing
    expect(completedOf(readState())).toEqual([0])
    second.resolve()
    await later
    expect(completedOf(readState())).toEqual([0, 1])
  })

  it('does not complete an event whose record throws', async () => {
    const { checkpoint, begin, complete } = await open()
    await begin(2)
    const record = () => {
      throw new Error('no')
    }
    await expect(checkpoint.complete(0, record)).rejects.toThrow('no')
    await complete(1)
    expect(completedOf(readState())).toEqual([1])
  })

  it('fails permanently when a record is rejected, and leaves the file as it was', async () => {
    const { checkpoint, begin, complete } = await open()
    await begin()
    await complete(0)
    const before = readFileSync(path, 'utf8')
    const failing = checkpoint.complete(1, () => Promise.reject(new Error('disk full')))
    const others = [complete(2), complete(3)]
    for (const each of [failing, ...others]) await expect(each).rejects.toThrow('disk full')
    await expect(complete(4)).rejects.toThrow('disk full')
    await expect(checkpoint.close()).rejects.toThrow('disk full')
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('fails permanently when the file cannot be written', async () => {
    const { checkpoint, begin, complete } = await open()
    await begin()
    jest.spyOn(fsPromises, 'rename').mockRejectedValueOnce(new Error('ENOSPC: no space left on device'))
    const message = `${path} cannot be written: ENOSPC: no space left on device`
    await expect(complete(0)).rejects.toThrow(message)
    await expect(complete(1)).rejects.toThrow(message)
    await expect(checkpoint.close()).rejects.toThrow(message)
    expect(completedOf(readState())).toEqual([])
  })

  it('fails before anything is sent if the file cannot be written', async () => {
    await expect(open([input], target, join(folder, 'missing', 'progress.json'))).rejects.toThrow(
      /missing\/progress\.json cannot be written: (Error: )?ENOENT/
    )
  })

  it('replaces the temporary file of a killed run', async () => {
    write('progress.json.tmp', '{"version')
    await run(1, 0)
    expect(completedOf(readState())).toEqual([0])
    expect(readdirSync(folder)).toEqual(['events.ndjson', 'progress.json'])
  })

  it('writes through a symbolic link', async () => {
    await run(1, 0)
    const real = join(folder, 'real.json')
    renameSync(path, real)
    symlinkSync(real, path)
    await run(1, 1)
    expect(completedOf(readState(real))).toEqual([0, 1])
  })

  it('completes an event once, and none that was not begun', async () => {
    const { begin, complete } = await open()
    await begin(1)
    await complete(0)
    await expect(complete(0)).rejects.toThrow('Event 0 is not in flight.')
    await expect(complete(1)).rejects.toThrow('Event 1 is not in flight.')
    expect(readState().tally.events).toBe(1)
  })
})

describe('The target of a checkpoint', () => {
  const all: Required<RunTarget> = {
    ...target,
    subscriptions: [toDefaultSubscription('trackPurchase')],
    customEvents: ['B', 'A'],
    since: new Date('2026-03-01'),
    until: new Date('2026-04-01')
  }
  const begin = async (of: RunTarget) => {
    const { begin: beginEvents, complete, close } = await open([input], of)
    await beginEvents(1)
    await complete(0)
    await close()
  }

  it('is the same for the same options', async () => {
    await begin(all)
    const { checkpoint } = await open([input], {
      ...all,
      customEvents: ['A', 'B', 'A'],
      since: new Date('2026-03-01')
    })
    expect(checkpoint.resumed?.tally.events).toBe(1)
  })

  it.each<[string, Partial<RunTarget>, string]>([
    [
      'another MAPI',
      { mapiUrl: 'http://127.0.0.1:8787' },
      'the MAPI address (https://mapi.example.com, not http://127.0.0.1:8787)'
    ],
    ['another account', { account: 'key-2' }, 'the account (MAPI key)'],
    [
      'other subscriptions',
      { subscriptions: [toDefaultSubscription('trackSignUp')] },
      'the subscriptions (--mapping)'
    ],
    ['the presets', { subscriptions: undefined }, 'the subscriptions (--mapping)'],
    ['other custom events', { customEvents: ['A'] }, '--custom-event (A, B, not A)'],
    ['no custom events', { customEvents: undefined }, '--custom-event (A, B, not none)'],
    [
      'another time range',
      { since: undefined, until: new Date('2026-05-01') },
      '--since (2026-03-01T00:00:00.000Z, not none) and --until (2026-04-01T00:00:00.000Z, not 2026-05-01T00:00:00.000Z)'
    ]
  ])('may not become %s', async (_what, change, difference) => {
    await begin(all)
    const before = readFileSync(path, 'utf8')
    await expect(open([input], { ...all, ...change })).rejects.toThrow(
      `${path} belongs to a run that differs in ${difference}: choose another --checkpoint file, or delete it to start over.`
    )
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('shows no account, nor which checkpoints share one', async () => {
    await begin(target)
    const [first, firstRun] = [readFileSync(path, 'utf8'), readState().run]
    rmSync(path)
    await begin(target)
    expect(first).not.toContain('key-1')
    expect(readState().run.accountHash).not.toBe(firstRun.accountHash)
  })
})

describe('The input of a checkpoint', () => {
  const other = (reason: string) =>
    `${path} belongs to a run over other input (${reason}): choose another --checkpoint file, or delete it to start over.`
  const changed = (begun: number) =>
    other(`its first ${begun} events have changed, or the last line of a file has grown`)

  it('may be moved, gzipped, cut into several files and become an array', async () => {
    await run(6, 0, 1, 2, 3)
    const files = [
      write('a.gz', gzipSync(pages(3))),
      write('b.json', `[\n${pages(7, 3).trim().replaceAll('\n', ' ,\n')}]`)
    ]
    rmSync(input)
    const { begin } = await open(files)
    expect(await begin()).toEqual([4, 5, 6, 7, 8, 9])
  })

  it.each([
    ['a file', pages(10), pages(12)],
    ['a file without a line feed at its end', pages(10).trim(), `${pages(10)}${pages(1, 10)}`],
    ['an empty file', '', pages(1)]
  ])('may grow by whole lines: %s', async (_what, before, after) => {
    writeFileSync(input, before)
    const { begin, complete, close } = await open()
    const begun = await begin()
    await Promise.all(begun.map(complete))
    await close()
    writeFileSync(input, after)
    expect(await (await open()).begin()).toEqual(
      Array.from({ length: after.split('\n').length - 1 - begun.length }, (_, at) => begun.length + at)
    )
  })

  it('may be a truncated gzip file that was completed since', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `{"type":"page","name":"${Math.sin(index)}"}\n`)
    const gzip = gzipSync(lines.join(''))
    const file = write('events.gz', gzip.subarray(0, gzip.length / 2))
    const first = await open([file])
    let begun = 0
    await expect(
      (async () => {
        for (;;) begun += (await first.begin(1)).length
      })()
    ).rejects.toThrow('unexpected end of file')
    for (let index = 0; index < begun; index += 1) void first.complete(index)
    await first.close()
    writeFileSync(file, gzip)
    const rest = await (await open([file])).begin()
    expect(begun).toBeGreaterThan(1_000)
    expect(rest).toEqual(Array.from({ length: 5_000 - begun }, (_, at) => begun + at))
  })

  it('may not grow within a line that was read', async () => {
    writeFileSync(input, `${pages(1)}{"type":`)
    await run(2, 0, 1)
    appendFileSync(input, '"page"}\n')
    await expect(open()).rejects.toThrow(changed(2))
  })

  it.each<[string, (text: string) => string]>([
    ['another event far behind its beginning', (text) => text.replace('"name":"4999"', '"name":"4998"')],
    ['an event less', (text) => text.replace(/^.*\n/, '')],
    ['other events of the same length', (text) => text.replaceAll('page', 'pagE')],
    ['another order', (text) => text.split('\n').reverse().join('\n')]
  ])('may not have %s', async (_what, change) => {
    writeFileSync(input, pages(6_000))
    const { begin, complete, close } = await open()
    const begun = await begin(5_000)
    await Promise.all(begun.slice(0, 10).map(complete))
    await close()
    const before = readFileSync(path, 'utf8')
    writeFileSync(input, change(pages(6_000)))
    await expect(open()).rejects.toThrow(changed(5_000))
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('may change after the events that were read', async () => {
    await run(5, 0, 1, 2, 3, 4)
    writeFileSync(input, `${pages(5)}${pages(1, 100)}`)
    expect(await (await open()).begin()).toEqual([5])
  })

  it('may not be shorter than the position of the checkpoint', async () => {
    await run(1, 0)
    writeFileSync(path, JSON.stringify({ ...readState(), begun: 1e9 }))
    await expect(open()).rejects.toThrow(
      other('this input has only 10 events, of which the run had read 1000000000')
    )
  })

  it('may not be standard input, nor anything but regular files', async () => {
    const refused = (name: string) =>
      `--checkpoint cannot be used with ${name}: it cannot be read a second time.`
    await expect(open([input, '-'])).rejects.toThrow(refused('standard input'))
    await expect(open([folder])).rejects.toThrow(refused(folder))
    await expect(open([join(folder, 'missing')])).rejects.toThrow('ENOENT')
  })

  it('is checked no further after an interruption', async () => {
    await run(9, 0)
    const checkpoint = await Checkpoint.open(path, [input], target, isTally)
    await expect(checkpoint.resume(read([input]), AbortSignal.abort())).rejects.toThrow('aborted')
  })
})

describe('A file that is not a checkpoint', () => {
  const refused = async (text: string, reason: string) => {
    writeFileSync(path, text)
    await expect(open()).rejects.toThrow(
      `${path} ${reason}: choose another --checkpoint file, or delete it to start over.`
    )
    expect(readFileSync(path, 'utf8')).toBe(text)
  }

  it.each([
    ['', 'is not a checkpoint (invalid JSON)'],
    ['{"version":1,', 'is not a checkpoint (invalid JSON)'],
    ['[]', 'is not a checkpoint'],
    ['{"type":"page"}', 'is not a checkpoint'],
    ['{"version":1}', 'has version 1, which this program does not read'],
    ['{"version":"2"}', 'has version "2", which this program does not read']
  ])('is refused: %s', refused)

  const event = { index: 1, subscriptions: 0, outcomes: [] }
  it.each<[string, object]>([
    ['no target', { run: undefined }],
    ['a target without an account', { run: { mapiUrl: 'https://mapi.example.com' } }],
    ['a negative number', { begun: -1 }],
    ['half a number', { begun: 1.5 }],
    ['too large a number', { begun: 1e300 }],
    ['no hash', { sha256: undefined }],
    ['no incomplete events', { incomplete: undefined }],
    ['an incomplete event that was not begun', { incomplete: [{ ...event, index: 3 }] }],
    ['an incomplete event twice', { incomplete: [event, event] }],
    ['an incomplete event without outcomes', { incomplete: [{ index: 1, subscriptions: 0 }] }],
    ['an outcome of nothing', { incomplete: [{ ...event, outcomes: [{}] }] }],
    ['no tally', { tally: undefined }],
    ['another tally', { tally: { events: '2' } }],
    ['a negative length', { failedBytes: -1 }]
  ])('is refused with %s', async (_what, change) => {
    await run(3, 0, 2)
    await refused(JSON.stringify({ ...readState(), ...change }), 'is damaged (its values are inconsistent)')
  })

  it('is refused if it is not a regular file', async () => {
    mkdirSync(path)
    await expect(open()).rejects.toThrow(`${path} is not a regular file: choose another --checkpoint file.`)
  })
})

describe('A run that is killed', () => {
  const isFailing = (index: number) => index % 3 === 0

  /** Opens a run with a failed file, whose files are elsewhere after each crash. */
  const openRun = async (number: number) => {
    const checkpointPath = join(folder, `progress-${number}.json`)
    const failedPath = join(folder, `failed-${number}.ndjson`)
    const checkpoint = await Checkpoint.open(checkpointPath, [input], target, isTally)
    const lines = read([input])
    const held = await checkpoint.resume(lines, new AbortController().signal)
    const tally = checkpoint.resumed?.tally ?? newTally()
    const failed = await openFailedFile(failedPath, { resumeAt: checkpoint.resumed?.failedBytes })
    await checkpoint.start(() => ({ tally, failedBytes: failed.bytes }))
    const resolved = new Set<number>()
    const called = new Set<number>()
    const completing: Promise<void>[] = []
    const next = async (): Promise<EventLine | undefined> => {
      const line = held.shift()
      if (line) return line
      const { value } = (await lines.next()) as { value: EventLine | undefined }
      if (value) checkpoint.begin(value)
      return value
    }
    const complete = (index: number) => {
      called.add(index)
      const done = checkpoint.complete(index, () => {
        tally.events += 1
        if (!isFailing(index)) return undefined
        tally.failed += 1
        // An event may fail at two actions.
        const failures = [1, 2].map((action) =>
          failed.write({ event: { index }, error: 'no', action: String(action) })
        )
        return Promise.all(failures)
      })
      completing.push(done.then(() => void resolved.add(index)))
    }
    /** Copies the files as they are at this moment for the next run. */
    const crash = () => {
      copyFileSync(checkpointPath, join(folder, `progress-${number + 1}.json`))
      copyFileSync(failedPath, join(folder, `failed-${number + 1}.ndjson`))
      return { resolved: new Set(resolved), called: new Set(called) }
    }
    const end = async () => {
      await Promise.all(completing)
      await checkpoint.close()
      await failed.close()
    }
    return { next, complete, crash, end, completing }
  }

  /** Expects the files of a run to hold the same events, and returns these. */
  const expectConsistent = (number: number) => {
    const state = readState(join(folder, `progress-${number}.json`))
    const completed = completedOf(state)
    const failing = completed.filter(isFailing)
    expect(state.tally).toEqual({ events: completed.length, failed: failing.length })
    const text = readFileSync(join(folder, `failed-${number}.ndjson`))
      .subarray(0, state.failedBytes)
      .toString()
    const lines = text.split('\n').slice(0, -1)
    const indices = lines.map((line) => (JSON.parse(line) as { event: { index: number } }).event.index)
    expect(indices.sort((a, b) => a - b)).toEqual(failing.flatMap((index) => [index, index]))
    return completed
  }

  it('resumes wherever it was killed, with the right tally and failed events', async () => {
    writeFileSync(input, pages(400))
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ complete: fc.nat(4) }) },
      { weight: 4, arbitrary: fc.record({ turns: fc.nat(12) }) },
      { weight: 1, arbitrary: fc.constant('written' as const) },
      { weight: 1, arbitrary: fc.constant('crash' as const) }
    )
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        runs += 1
        const completedBefore = new Set<number>()
        const abandoned: Promise<void>[] = []
        let current = await openRun(runs)
        let inFlight: number[] = []
        let begun = 0
        const fill = async () => {
          while (inFlight.length < 5) {
            const line = await current.next()
            if (!line) return
            inFlight.push(line.index)
            begun = Math.max(begun, line.index + 1)
          }
        }
        await fill()
        for (const each of steps) {
          if (each === 'crash') {
            const { resolved, called } = current.crash()
            runs += 1
            const completed = expectConsistent(runs)
            // What complete promised is on disk, and nothing that was never completed.
            expect(completed).toEqual(expect.arrayContaining([...completedBefore, ...resolved]))
            expect(completed.filter((index) => !completedBefore.has(index) && !called.has(index))).toEqual([])
            abandoned.push(current.end())
            current = await openRun(runs)
            for (const index of completed) completedBefore.add(index)
            inFlight = []
            begun = 0
            await fill()
          } else if (each === 'written') await Promise.all(current.completing)
          else if ('turns' in each) for (let turn = 0; turn < each.turns; turn += 1) await setImmediate()
          else {
            for (const index of inFlight.splice(each.complete, 1)) current.complete(index)
            await fill()
          }
        }
        for (const index of inFlight) current.complete(index)
        await current.end()
        await Promise.all(abandoned)
        const completed = expectConsistent(runs)
        expect(completed).toEqual(Array.from(completed, (_, index) => index))
        expect(completed.length).toBeGreaterThanOrEqual(begun)
      }),
      { numRuns: 60 }
    )
  }, 60_000)

  it('skips no event, and repeats at most the events in flight', async () => {
    const events = 4_000
    writeFileSync(input, pages(events))
    const killAt = [1, 700, 701, 1_800, 2_900, 3_999]
    for (const limit of [...killAt, Infinity]) {
      const script = join(__dirname, '../support/killed-run.js')
      const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.on('data', (chunk: Buffer) => {
        if (Number(chunk.toString().trim().split('\n').at(-1)) >= limit) child.kill('SIGKILL')
      })
      const [code] = (await once(child, 'close')) as [number | null]
      if (limit === Infinity) expect(code).toBe(0)
    }
    const sent = readFileSync(join(folder, 'sent'), 'utf8').trim().split('\n').map(Number)
    expect(new Set(sent).size).toBe(events)
    expect(sent.length - events).toBeLessThanOrEqual(20 * killAt.length)
    const failing = Array.from({ length: events }, (_, index) => index).filter((index) => index % 7 === 0)
    const failed = readFileSync(join(folder, 'failed.ndjson'), 'utf8').trim().split('\n')
    const indices = failed.map((line) => (JSON.parse(line) as { event: { index: number } }).event.index)
    expect(indices.sort((a, b) => a - b)).toEqual(failing)
    expect(readState()).toMatchObject({
      begun: events,
      incomplete: [],
      tally: { events, failed: failing.length },
      failedBytes: statSync(join(folder, 'failed.ndjson')).size
    })
    expect(readdirSync(folder).sort()).toEqual(['events.ndjson', 'failed.ndjson', 'progress.json', 'sent'])
  }, 60_000)
})
