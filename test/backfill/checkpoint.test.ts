import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
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
import fc from 'fast-check'
import { isRecord } from '../../src/values'
import { type CheckpointState, openCheckpoint } from '../../src/backfill/checkpoint'
import { openFailedFile } from '../../src/backfill/failed-file'
import { createIndexSet } from '../../src/backfill/index-set'

interface Tally {
  events: number
  failed: number
}

const isTally = (value: unknown): value is Tally => isRecord(value) && typeof value.events === 'number'
const newTally = (): Tally => ({ events: 0, failed: 0 })

let folder: string
let input: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))
  input = join(folder, 'events.ndjson')
  path = join(folder, 'progress.json')
  writeFileSync(input, '{"type":"page"}\n')
})

afterEach(() => {
  jest.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const readState = (file = path) => JSON.parse(readFileSync(file, 'utf8')) as CheckpointState<Tally>

const settledOf = ({ completedBelow, completedRanges }: CheckpointState<Tally>) =>
  [[0, completedBelow] as const, ...completedRanges].flatMap(([from, below]) =>
    Array.from({ length: below - from }, (_, at) => from + at)
  )

/** A run that counts what it settles. */
const begin = async (inputs = [input]) => {
  const checkpoint = await openCheckpoint(path, inputs, isTally)
  const tally = checkpoint.resumed?.tally ?? newTally()
  await checkpoint.start(() => ({ tally }))
  const complete = (index: number) =>
    checkpoint.complete(index, () => {
      tally.events += 1
    })
  return { checkpoint, complete }
}

/** A run that counts what is completed with records that take their time. */
const beginSlowly = async () => {
  const checkpoint = await openCheckpoint(path, [input], isTally)
  const tally = newTally()
  await checkpoint.start(() => ({ tally }))
  const newRecord = () => {
    let finish: () => void = () => undefined
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const record = () => {
      tally.events += 1
      return finished
    }
    return { record, finish }
  }
  return { checkpoint, newRecord }
}

/** A run that has completed these events, and is over. */
const settleAll = async (...indices: number[]) => {
  const { checkpoint, complete } = await begin()
  await Promise.all(indices.map(complete))
  await checkpoint.close()
}

describe('openCheckpoint', () => {
  it('begins where there is no file', async () => {
    const checkpoint = await openCheckpoint(path, [input], isTally)
    expect(checkpoint.resumed).toBeUndefined()
    expect(checkpoint.isCompleted(0)).toBe(false)
    expect(readdirSync(folder)).toEqual(['events.ndjson'])
  })

  it('goes on from what was completed', async () => {
    await settleAll(3, 0, 1, 6, 5)
    expect(readState()).toEqual({
      version: 1,
      inputs: [{ size: 16, sha256: expect.stringMatching(/^[\da-f]{64}$/) as string }],
      completedBelow: 2,
      completedRanges: [
        [3, 4],
        [5, 7]
      ],
      tally: { events: 5, failed: 0 }
    })

    const { checkpoint, complete } = await begin()
    expect(checkpoint.resumed).toMatchObject({ completed: 5, tally: { events: 5 } })
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter(checkpoint.isCompleted)).toEqual([0, 1, 3, 5, 6])
    await Promise.all([complete(2), complete(4)])
    expect(readState()).toMatchObject({ completedBelow: 7, completedRanges: [], tally: { events: 7 } })
  })

  it('keeps the file when all is completed, for nobody but its owner', async () => {
    await settleAll(0)
    expect(readdirSync(folder)).toEqual(['events.ndjson', 'progress.json'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('has the file say so when complete resolves', async () => {
    const { complete } = await begin()
    for (const index of [2, 0, 1]) {
      await complete(index)
      expect(settledOf(readState())).toContain(index)
    }
  })

  it('shares writes among those who complete at once', async () => {
    const { complete } = await begin()
    const rename = jest.spyOn(fsPromises, 'rename')
    const rounds = 50
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => complete(20 * round + at)))
    }
    expect(rename).toHaveBeenCalledTimes(rounds)

    // One write is under way, and the next takes all who come meanwhile.
    const first = complete(1000)
    await Promise.resolve()
    await Promise.all([first, ...Array.from({ length: 19 }, (_, at) => complete(1001 + at))])
    expect(rename).toHaveBeenCalledTimes(rounds + 2)
    expect(readState()).toMatchObject({ completedBelow: 1020, tally: { events: 1020 } })
  })

  it('settles an event in the step that records it', async () => {
    const { checkpoint, complete } = await begin()
    let isRecorded = false
    const settling = checkpoint.complete(0, () => {
      isRecorded = true
    })
    expect([isRecorded, checkpoint.isCompleted(0)]).toEqual([true, true])
    await Promise.all([settling, complete(1)])
  })

  it('writes an event only after its record, and what is recorded meanwhile only later', async () => {
    const { checkpoint, newRecord } = await beginSlowly()
    const [first, second] = [newRecord(), newRecord()]
    const settling = checkpoint.complete(0, first.record)
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    expect(readState()).toMatchObject({ completedBelow: 0, tally: { events: 0 } })

    const later = checkpoint.complete(1, second.record)
    first.finish()
    await settling
    expect(readState()).toMatchObject({ completedBelow: 1, tally: { events: 1 } })
    second.finish()
    await later
    expect(readState()).toMatchObject({ completedBelow: 2, tally: { events: 2 } })
  })

  it('does not complete an event whose record throws', async () => {
    const { checkpoint, complete } = await begin()
    await expect(
      checkpoint.complete(0, () => {
        throw new Error('no')
      })
    ).rejects.toThrow('no')
    await complete(1)
    expect(settledOf(readState())).toEqual([1])
    expect(checkpoint.isCompleted(0)).toBe(false)
  })

  it('fails for good when a record is rejected, and leaves the file as it was', async () => {
    const { checkpoint, complete } = await begin()
    await complete(0)
    const before = readFileSync(path, 'utf8')
    const failing = checkpoint.complete(1, () => Promise.reject(new Error('disk full')))
    const others = [complete(2), complete(3)]
    for (const each of [failing, ...others]) await expect(each).rejects.toThrow('disk full')
    await expect(complete(4)).rejects.toThrow('disk full')
    await expect(checkpoint.close()).rejects.toThrow('disk full')
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('fails for good when the file cannot be written', async () => {
    const { checkpoint, complete } = await begin()
    jest.spyOn(fsPromises, 'rename').mockRejectedValueOnce(new Error('ENOSPC: no space left on device'))
    const message = `${path} cannot be written: ENOSPC: no space left on device`
    await expect(complete(0)).rejects.toThrow(message)
    await expect(complete(1)).rejects.toThrow(message)
    await expect(checkpoint.close()).rejects.toThrow(message)
    expect(readState().completedBelow).toBe(0)
  })

  it('finds out before anything is sent that the file cannot be written', async () => {
    const checkpoint = await openCheckpoint(join(folder, 'missing', 'progress.json'), [input], isTally)
    await expect(checkpoint.start(() => ({ tally: newTally() }))).rejects.toThrow(
      /missing\/progress\.json cannot be written: (Error: )?ENOENT/
    )
  })

  it('takes the place of a temporary file that a killed run left', async () => {
    writeFileSync(`${path}.tmp`, '{"version')
    await settleAll(0)
    expect(readState().completedBelow).toBe(1)
    expect(readdirSync(folder)).toEqual(['events.ndjson', 'progress.json'])
  })

  it('writes through a symbolic link', async () => {
    const target = join(folder, 'target.json')
    await settleAll(0)
    renameSync(path, target)
    symlinkSync(target, path)
    await settleAll(1)
    expect(readState(target).completedBelow).toBe(2)
  })

  it.each([
    ['a number that no event has', -1, 'No event has the index -1.'],
    ['half an event', 0.5, 'No event has the index 0.5.'],
    ['an event twice', 0, 'Event 0 is completed already.']
  ])('does not complete %s', async (_what, index, message) => {
    const { complete } = await begin()
    await complete(0)
    await expect(complete(index)).rejects.toThrow(message)
    expect(readState().tally.events).toBe(1)
  })

  it('settles nothing before it is started and after it is closed', async () => {
    const checkpoint = await openCheckpoint(path, [input], isTally)
    await expect(checkpoint.complete(0)).rejects.toThrow('The checkpoint is not open for writing.')
    await checkpoint.start(() => ({ tally: newTally() }))
    await checkpoint.close()
    await expect(checkpoint.complete(0)).rejects.toThrow('The checkpoint is not open for writing.')
  })
})

describe('the inputs of a checkpoint', () => {
  const other = () =>
    `${path} is the checkpoint of other input: name another --checkpoint, or delete it to start over.`

  it('may move', async () => {
    await settleAll(0)
    const moved = join(folder, 'moved.ndjson')
    renameSync(input, moved)
    const { checkpoint } = await begin([moved])
    expect(checkpoint.resumed?.completed).toBe(1)
  })

  it.each([
    ['a small one', '{"type":"page"}\n'],
    ['one without a line feed at its end', '{"type":"page"}'],
    ['an empty one', ''],
    ['one longer than its head', '{"type":"page"}\n'.repeat(10_000)]
  ])('may grow by whole lines: %s', async (_what, text) => {
    writeFileSync(input, text)
    await settleAll(0)
    appendFileSync(input, text.endsWith('}') ? '\n{"type":"screen"}\n' : '{"type":"screen"}\n')
    const { checkpoint } = await begin()
    expect(checkpoint.resumed?.completed).toBe(1)
    await checkpoint.close()
    expect(readState().inputs[0]?.size).toBe(statSync(input).size)
  })

  it('may not grow within the last line', async () => {
    writeFileSync(input, '{"type":"page"}\n{"type":')
    await settleAll(0, 1)
    appendFileSync(input, '"page"}\n')
    await expect(begin()).rejects.toThrow(
      `${path} is the checkpoint of ${input} before its last line grew: name another --checkpoint, or delete it to start over.`
    )
  })

  it('may not grow before the last file, whose events have other numbers then', async () => {
    const last = join(folder, 'last.ndjson')
    writeFileSync(last, '{"type":"screen"}\n')
    await (await begin([input, last])).checkpoint.close()
    appendFileSync(last, '{"type":"screen"}\n')
    await (await begin([input, last])).checkpoint.close()
    appendFileSync(input, '{"type":"page"}\n')
    await expect(begin([input, last])).rejects.toThrow(
      `${path} is the checkpoint of ${input} before it grew, and only the last file may grow: name`
    )
  })

  it.each<[string, () => string[]]>([
    ['another file of the same length', () => [write('{"type":"pagE"}\n')]],
    ['a shorter file', () => [write('{"type":"page"}')]],
    ['a longer file that begins otherwise', () => [write('{"type":"identify"}\n')]],
    ['one more file', () => [input, write('')]],
    ['no file', () => []]
  ])('may not become %s', async (_what, inputs) => {
    await settleAll(0)
    const before = readFileSync(path, 'utf8')
    await expect(begin(inputs())).rejects.toThrow(other())
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('may not change their order', async () => {
    const last = write('{"type":"screen"}\n')
    await (await begin([input, last])).checkpoint.close()
    await expect(begin([last, input])).rejects.toThrow(other())
  })

  it('cannot be read a second time from standard input, or from what is no file', async () => {
    await expect(begin([input, '-'])).rejects.toThrow(
      'Standard input cannot have a checkpoint: it cannot be read a second time.'
    )
    await expect(begin([folder])).rejects.toThrow(
      `${folder} cannot have a checkpoint: it is no file that can be read a second time.`
    )
    await expect(begin([join(folder, 'missing')])).rejects.toThrow('ENOENT')
  })

  const write = (text: string) => {
    const file = join(folder, 'other.ndjson')
    writeFileSync(file, text)
    return file
  }
})

describe('a file that is no checkpoint', () => {
  const refused = async (text: string, why: string) => {
    writeFileSync(path, text)
    await expect(begin()).rejects.toThrow(
      `${path} ${why}: name another --checkpoint, or delete it to start over.`
    )
    expect(readFileSync(path, 'utf8')).toBe(text)
  }

  it.each([
    ['', 'is no checkpoint, since it is not JSON'],
    ['{"version":1,', 'is no checkpoint, since it is not JSON'],
    ['[]', 'is no checkpoint'],
    ['{"type":"page"}', 'is no checkpoint'],
    ['{"version":2}', 'is a checkpoint of version 2, and not of version 1'],
    ['{"version":"1"}', 'is a checkpoint of version "1", and not of version 1']
  ])('is refused: %s', refused)

  it.each<[string, object]>([
    ['no inputs', { inputs: undefined }],
    ['inputs without a length', { inputs: [{ sha256: 'a' }] }],
    ['a negative number', { completedBelow: -1 }],
    ['half a number', { completedBelow: 1.5 }],
    ['too large a number', { completedBelow: 1e300 }],
    ['no ranges', { completedRanges: undefined }],
    ['an empty range', { completedRanges: [[5, 5]] }],
    ['a range backwards', { completedRanges: [[5, 4]] }],
    ['a range of one number', { completedRanges: [[5]] }],
    ['a range without a gap before it', { completedRanges: [[2, 3]] }],
    ['ranges out of order', { completedRanges: [[7, 8], [4, 5]] }], // prettier-ignore
    ['ranges that overlap', { completedRanges: [[4, 7], [6, 8]] }], // prettier-ignore
    ['no tally', { tally: undefined }],
    ['another tally', { tally: { events: '2' } }],
    ['a negative length', { failedBytes: -1 }]
  ])('is refused with %s', async (_what, change) => {
    await settleAll(0, 1)
    await refused(
      JSON.stringify({ ...readState(), ...change }),
      'is a damaged checkpoint, since its values make no sense'
    )
  })

  it('is refused where it is no regular file', async () => {
    mkdirSync(path)
    await expect(begin()).rejects.toThrow(`${path} is no regular file: name another --checkpoint.`)
  })
})

describe('a run that is killed', () => {
  const isFailing = (index: number) => index % 3 === 0

  /** A run with a file of failed events, whose files are elsewhere after each crash. */
  const openRun = async (run: number) => {
    const checkpointPath = join(folder, `progress-${run}.json`)
    const failedPath = join(folder, `failed-${run}.ndjson`)
    const checkpoint = await openCheckpoint(checkpointPath, [input], isTally)
    const tally = checkpoint.resumed?.tally ?? newTally()
    const failed = await openFailedFile(failedPath, { resumeAt: checkpoint.resumed?.failedBytes })
    await checkpoint.start(() => ({ tally, failedBytes: failed.bytes }))
    const resolved = new Set<number>()
    const called = new Set<number>()
    const settling: Promise<void>[] = []
    const complete = (index: number) => {
      called.add(index)
      const done = checkpoint.complete(index, () => {
        tally.events += 1
        if (!isFailing(index)) return undefined
        tally.failed += 1
        // An event may fail at two actions.
        const lines = [1, 2].map((action) =>
          failed.write({ event: { index }, error: 'no', action: String(action) })
        )
        return Promise.all(lines)
      })
      settling.push(done.then(() => void resolved.add(index)))
    }
    /** Takes the files as they are at this moment, for the next run. */
    const crash = () => {
      copyFileSync(checkpointPath, join(folder, `progress-${run + 1}.json`))
      copyFileSync(failedPath, join(folder, `failed-${run + 1}.ndjson`))
      return { resolved: new Set(resolved), called: new Set(called) }
    }
    const end = async () => {
      await Promise.all(settling)
      await checkpoint.close()
      await failed.close()
    }
    return { checkpoint, complete, crash, end, settling }
  }

  /** The run's files hold each other's events, and no others. */
  const expectConsistent = (run: number) => {
    const state = readState(join(folder, `progress-${run}.json`))
    const completed = settledOf(state)
    const failing = completed.filter(isFailing)
    expect(state.tally).toEqual({ events: completed.length, failed: failing.length })
    const text = readFileSync(join(folder, `failed-${run}.ndjson`))
      .subarray(0, state.failedBytes)
      .toString()
    const lines = text.split('\n').slice(0, -1)
    const indices = lines.map((line) => (JSON.parse(line) as { event: { index: number } }).event.index)
    expect(indices.sort((a, b) => a - b)).toEqual(failing.flatMap((index) => [index, index]))
    return completed
  }

  it('goes on wherever it was killed, and keeps its tally and its failed events right', async () => {
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
        const settledBefore = new Set<number>()
        const abandoned: Promise<void>[] = []
        let run = await openRun(runs)
        let next = 0
        let inFlight: number[] = []
        const fill = () => {
          while (inFlight.length < 5) {
            if (!run.checkpoint.isCompleted(next)) inFlight.push(next)
            next += 1
          }
        }
        fill()
        for (const each of steps) {
          if (each === 'crash') {
            const { resolved, called } = run.crash()
            runs += 1
            const completed = expectConsistent(runs)
            // What complete promised is on disk, and nothing that was never completed.
            expect(completed).toEqual(expect.arrayContaining([...settledBefore, ...resolved]))
            expect(completed.filter((index) => !settledBefore.has(index) && !called.has(index))).toEqual([])
            abandoned.push(run.end())
            run = await openRun(runs)
            for (const index of completed) settledBefore.add(index)
            next = 0
            inFlight = []
            fill()
          } else if (each === 'written') await Promise.all(run.settling)
          else if ('turns' in each) for (let turn = 0; turn < each.turns; turn += 1) await setImmediate()
          else {
            for (const index of inFlight.splice(each.complete, 1)) run.complete(index)
            fill()
          }
        }
        for (const index of inFlight) run.complete(index)
        await run.end()
        await Promise.all(abandoned)
        expect(expectConsistent(runs)).toEqual(Array.from({ length: next }, (_, index) => index))
      }),
      { numRuns: 60 }
    )
  }, 60_000)

  it('skips no event, and sends no more twice than were in flight when it was killed', async () => {
    const events = 4_000
    const killAt = [1, 700, 701, 1_800, 2_900, 3_999]
    for (const limit of [...killAt, Infinity]) {
      const script = join(__dirname, '../support/killed-run.js')
      const child = spawn(process.execPath, [script, folder, String(events)], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
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
      completedBelow: events,
      completedRanges: [],
      tally: { events, failed: failing.length },
      failedBytes: statSync(join(folder, 'failed.ndjson')).size
    })
    expect(readdirSync(folder).sort()).toEqual(['events.ndjson', 'failed.ndjson', 'progress.json', 'sent'])
  }, 60_000)
})

describe('createIndexSet', () => {
  it('is a set, whatever the order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(40)), fc.nat(40), (indices, cut) => {
        const first = createIndexSet()
        for (const index of indices.slice(0, cut)) first.add(index)
        const set = createIndexSet(first.below, first.beyond)
        for (const index of indices.slice(cut)) set.add(index)
        const all = Array.from({ length: 50 }, (_, index) => index)
        expect(all.filter(set.has)).toEqual([...indices].sort((a, b) => a - b))
        expect(set.size).toBe(indices.length)
        expect(set.below).toBe(all.find((index) => !indices.includes(index)))
        let end = set.below
        for (const [from, below] of set.beyond) {
          expect(from).toBeGreaterThan(end)
          expect(below).toBeGreaterThan(from)
          end = below
        }
      })
    )
  })

  it('takes memory for gaps only', () => {
    const set = createIndexSet()
    for (let index = 1; index < 100_000; index += 1) set.add(index)
    expect(set.beyond).toEqual([[1, 100_000]])
    set.add(0)
    expect([set.below, set.beyond]).toEqual([100_000, []])
  })
})
