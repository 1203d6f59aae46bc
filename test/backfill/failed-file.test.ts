import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openFailedFile } from '../../src/backfill/failed-file'
import { type FailedEvent, unwrapFailedEvent } from '../../src/events/failed-event'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'failed-file-'))
  path = join(folder, 'failed.ndjson')
})

afterEach(() => {
  jest.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const failed: FailedEvent = {
  event: { type: 'track', event: 'Größe ☃', properties: { note: 'a\u2028b\nc' } },
  error: 'Friendbuy MAPI answered 422',
  status: 422,
  action: 'trackPurchase',
  source: 'events.ndjson',
  line: 7
}

const read = () => readFileSync(path, 'utf8')
const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as FailedEvent)

/** Lines as a run writes them, of events with these numbers. */
const numbered = (...numbers: number[]) =>
  numbers.map((number) => `{"event":{"number":${number}},"error":"no"}\n`).join('')

describe('openFailedFile', () => {
  it('writes a line for each failed event, readable by the owner only', async () => {
    const file = await openFailedFile(path)
    await file.write({ line: 7, ...failed })
    expect(linesOf(read())).toEqual([failed])
    expect(read()).toMatch(/^\{"event":/)
    await file.write({ event: 'oops', error: 'not JSON' })
    await file.close()
    expect(linesOf(read())).toEqual([failed, { event: 'oops', error: 'not JSON' }])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('counts a line in its length at once', async () => {
    const file = await openFailedFile(path)
    expect(file.bytes).toBe(0)
    const writing = [file.write(failed), file.write(failed)]
    const { bytes } = file
    await Promise.all(writing)
    expect(statSync(path).size).toBe(bytes)
    await file.close()
  })

  it('keeps the order of its lines', async () => {
    const file = await openFailedFile(path)
    const numbers = Array.from({ length: 1_000 }, (_, number) => number)
    const writing = numbers.map(async (number) => {
      if (number % 100 === 0) await file.write({ event: { number: -1 }, error: 'no' })
      await file.write({ event: { number }, error: 'no' })
      expect(read()).toContain(`{"number":${number}}`)
    })
    await Promise.all(writing)
    await file.close()
    const written = linesOf(read()).map(({ event }) => (event as { number: number }).number)
    expect(written.filter((number) => number > 0 && number % 100 !== 0)).toEqual(
      numbers.filter((number) => number % 100 !== 0)
    )
    expect(written).toHaveLength(1_010)
  })

  it('finishes pending writes before it closes', async () => {
    const file = await openFailedFile(path)
    const writing = file.write(failed)
    await file.close()
    expect(linesOf(read())).toEqual([failed])
    await writing
  })

  it.each([
    ['a new run', undefined, ''],
    ['a resumed run', numbered(1).length, numbered(1)]
  ])('makes an existing file of %s readable by the owner only', async (_what, resumeAt, text) => {
    writeFileSync(path, text)
    chmodSync(path, 0o644)
    const file = await openFailedFile(path, { resumeAt })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await file.close()
  })

  it('refuses a file that others can read and whose permissions cannot be changed', async () => {
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    const { prototype } = (await open(path).then(async (file) => {
      await file.close()
      return file.constructor
    })) as { prototype: FileHandle }
    jest.spyOn(prototype, 'chmod').mockRejectedValue(new Error('EPERM: operation not permitted'))
    await expect(openFailedFile(path)).rejects.toThrow(
      `${path} can be read by others, which cannot be changed (EPERM: operation not permitted): choose another file.`
    )
  })

  it('refuses a file that is not empty', async () => {
    writeFileSync(path, numbered(1))
    await expect(openFailedFile(path)).rejects.toThrow(
      `${path} is not empty and would be overwritten: choose another file, or delete it.`
    )
    expect(read()).toBe(numbered(1))
  })

  it.each([
    ['whole lines', numbered(2, 3)],
    ['half a line', numbered(2).slice(0, -9)],
    ['the first characters of a line', '{"ev'],
    ['nothing', '']
  ])('truncates %s when the run resumes', async (_what, rest) => {
    writeFileSync(path, numbered(1) + rest)
    const file = await openFailedFile(path, { resumeAt: numbered(1).length })
    expect(read()).toBe(numbered(1))
    await file.write({ event: { number: 4 }, error: 'no' })
    await file.close()
    expect(read()).toBe(numbered(1, 4))
    expect(file.bytes).toBe(read().length)
  })

  it('truncates everything if the run had no failed event yet', async () => {
    writeFileSync(path, numbered(1))
    await (await openFailedFile(path, { resumeAt: 0 })).close()
    expect(read()).toBe('')
  })

  it('begins a new file if the run resumes and the file was moved away', async () => {
    const file = await openFailedFile(path, { resumeAt: 100 })
    expect(file.bytes).toBe(0)
    await file.close()
  })

  it.each([
    ['is shorter', numbered(1), numbered(1).length + 1],
    ['has no line end there', numbered(1, 2), 10],
    ['continues with something else', `${numbered(1)}{"type":"page"}\n`, numbered(1).length],
    ['holds something else', '{"type":"page"}\n', 0]
  ])('does not truncate a file that %s', async (_what, text, resumeAt) => {
    writeFileSync(path, text)
    await expect(openFailedFile(path, { resumeAt })).rejects.toThrow(
      `${path} is not the --failed file of the run to resume: restore that file, or choose another one.`
    )
    expect(read()).toBe(text)
  })

  it('names the file that cannot be opened', async () => {
    await expect(openFailedFile(join(folder, 'missing', 'failed.ndjson'))).rejects.toThrow(
      /ENOENT.*missing\/failed\.ndjson/
    )
  })

  // The device that is always full; Linux has it.
  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux('rejects all pending and later writes when the disk is full', async () => {
    const file = await openFailedFile('/dev/full')
    const message = /^\/dev\/full cannot be written: (Error: )?ENOSPC: no space left on device/
    const writing = [file.write(failed), file.write(failed)]
    await Promise.all(writing.map((each) => expect(each).rejects.toThrow(message)))
    await expect(file.write(failed)).rejects.toThrow(message)
    await expect(file.close()).rejects.toThrow(message)
  })
})

describe('unwrapFailedEvent', () => {
  it('returns the event that was written', async () => {
    const event = fc.oneof(
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as object)
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ event, error: fc.string() })), async (all) => {
        rmSync(path, { force: true })
        const file = await openFailedFile(path)
        await Promise.all(all.map(file.write))
        await file.close()
        expect(linesOf(read()).map(unwrapFailedEvent)).toEqual(all.map((each) => each.event))
      }),
      { numRuns: 50 }
    )
  })

  it.each<[string, unknown]>([
    ['an event', { type: 'page' }],
    ['a track event with an "error"', { type: 'track', event: 'A', error: 'x' }],
    ['a track event whose name is an object', { type: 'track', event: {}, error: 'x' }],
    ['an event without a type', { event: 'A' }],
    ['an error that is not a string', { event: {}, error: 7 }],
    ['an event that is a list', { event: [], error: 'x' }],
    ['a text', 'oops'],
    ['a list', [{ event: {}, error: 'x' }]],
    ['null', null],
    ['nothing', undefined]
  ])('returns %s unchanged', (_what, value) => {
    expect(unwrapFailedEvent(value)).toBe(value)
  })
})
