import promises, { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { toMessage } from '../../src/messages'
import { withLongNumbersAsText } from '../support/long-numbers'
import { type EventLine, readEvents } from '../../src/events/read-events'

const identify = { type: 'identify', userId: 'u-1' } as const
const json = JSON.stringify(identify)
const MIB = 1024 * 1024

/** Expected lines of a source with one `identify` event on each of these lines. */
const identifies = (source: string, ...lines: number[]) =>
  lines.map((line, index) => ({ source, index, line, event: identify, raw: json }))

/** Reads to the end and returns the lines, and the error that ended it. */
const readAll = async (...args: Parameters<typeof readEvents>) => {
  const read: EventLine[] = []
  try {
    for await (const line of readEvents(...args)) read.push(line)
  } catch (error) {
    // In Jest, Node's errors are no instances of the global Error, so their messages begin with their names.
    return { read, error, message: toMessage(error).replaceAll(': Error: ', ': ') }
  }
  return { read }
}

/** Reads these chunks from standard input. An error comes last, as its message. */
const read = async (...chunks: (string | Buffer)[]) => {
  const { read: lines, message } = await readAll(['-'], { stdin: Readable.from(chunks) })
  return message === undefined ? lines : [...lines, message]
}

/** Expected line for something invalid, in a source without blank lines. */
const invalid = (line: number, error: unknown, raw: string | undefined) => ({
  source: '-',
  index: line - 1,
  line,
  error,
  raw
})

const rawOf = (line: EventLine | string) => (typeof line === 'string' ? line : line.raw)

/** Cuts bytes into chunks of these sizes, repeated as needed. */
const cut = (bytes: Buffer, sizes: readonly number[]) => {
  const chunks: Buffer[] = []
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return chunks
}

const oneByOne = (bytes: Buffer) => cut(bytes, [1])

/** Events that compress badly, so that their gzip has several chunks. */
const manyEvents = Array.from({ length: 20_000 }, (_, index) => ({
  type: 'identify' as const,
  userId: String(Math.sin(index))
}))

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-events-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** Writes a file and returns its path. */
const file = async (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('readEvents from newline-delimited JSON', () => {
  it.each([
    ['line feeds', `${json}\n${json}\n`],
    ['carriage returns and line feeds', `${json}\r\n${json}\r\n`],
    ['no line feed at the end', `${json}\n${json}`],
    ['a byte-order mark', `\uFEFF${json}\n${json}`]
  ])('reads lines with %s', async (_what, text) => {
    expect(await read(text)).toEqual(identifies('-', 1, 2))
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual(identifies('-', 1, 2))
  })

  it('skips and counts blank lines', async () => {
    expect(await read(`\n  \n${json}\n\r\n\n${json}\n\n`)).toEqual(identifies('-', 3, 6))
    expect(await read('\n', ' \n', json)).toEqual(identifies('-', 3))
  })

  it.each(['', '\n', ' \r\n\t\n \n', '\uFEFF', '\uFEFF\n'])('reads nothing from %j', async (text) => {
    expect(await read(text)).toEqual([])
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual([])
    expect(await read(gzipSync(text))).toEqual([])
  })

  it('reads nothing from no sources', async () => {
    expect(await readAll([])).toEqual({ read: [] })
  })

  it('reads an event from chunks that end within characters', async () => {
    const event = { type: 'track', event: 'Größe ☃', properties: { note: 'a\u2028b\u2029c 🧾' } }
    const raw = JSON.stringify(event)
    expect(await read(...oneByOne(Buffer.from(`${raw}\n`)))).toEqual([
      { source: '-', index: 0, line: 1, event, raw }
    ])
  })

  it.each([
    ['oops', /^not JSON: /],
    ['{"type":"track"', /^not JSON: /],
    [`${json},`, /^not JSON: /],
    ['[1]', 'not an event: not a JSON object'],
    ['null', 'not an event: not a JSON object'],
    ['"track"', 'not an event: not a JSON object'],
    ['{"event":"A"}', 'not an event: "type" is missing'],
    [
      '{"type":"trak"}',
      'not an event: "type" is not one of track, identify, page, screen, group, alias, delete'
    ],
    ['{"type":"track"}', 'not an event: a track event needs its name in "event"'],
    ['{"type":"track","event":7}', 'not an event: a track event needs its name in "event"'],
    ['{"type":"track","event":"A","properties":[1]}', 'not an event: "properties" is not an object'],
    ['{"type":"identify","traits":"x"}', 'not an event: "traits" is not an object'],
    ['{"type":"page","context":7}', 'not an event: "context" is not an object']
  ])('reports that %s is invalid, with its line, and continues', async (text, what) => {
    const expected = typeof what === 'string' ? what : (expect.stringMatching(what) as string)
    expect(await read(`${json}\n${text}\n${json}`)).toEqual([
      ...identifies('-', 1),
      invalid(2, expected, text),
      { ...identifies('-', 3)[0], index: 2 }
    ])
  })

  it('accepts null instead of a missing object', async () => {
    const event = { type: 'track', event: 'A', properties: null, context: null }
    const raw = JSON.stringify(event)
    expect(await read(raw)).toEqual([{ source: '-', index: 0, line: 1, event, raw }])
  })

  it('keeps the text of a line as written', async () => {
    const raw = ' { "type": "identify", "traits": { "id": 12345678901234567890, "tax": 1.10 } } '
    expect((await read(`${raw}\r\n`)).map(rawOf)).toEqual([raw])
  })

  it('reads a line of 10 MB', async () => {
    const raw = JSON.stringify({ ...identify, traits: { note: '☃'.repeat(3_500_000) } })
    expect((await read(...cut(Buffer.from(`${raw}\n${json}`), [65_521]))).map(rawOf)).toEqual([raw, json])
  })

  it('reports a line of more than 64 MiB, and continues', async () => {
    const chunks = [`${json}\n`, ...Array<Buffer>(65).fill(Buffer.alloc(MIB, 'x')), `\n${json}\n`]
    expect(await read(...chunks)).toEqual([
      ...identifies('-', 1),
      invalid(2, 'longer than 64 MiB', undefined),
      { ...identifies('-', 3)[0], index: 2 }
    ])
  })

  it('reads events of any nesting depth', async () => {
    const deep = `{"type":"identify","traits":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
    for (const text of [`${deep}\n${json}`, `[${deep},${json}]`]) {
      expect((await read(text)).map((line) => rawOf(line) === deep)).toEqual([true, false])
    }
  })
})

describe('readEvents from a JSON array', () => {
  it.each([
    ['on one line', `[${json},${json}]`],
    ['with one element per line', `[\n${json},\n${json}\n]\n`],
    ['with line ends before commas', `\r\n\t [ ${json}\r\n, ${json} ]\r\n\r\n`],
    ['with a byte-order mark', `\uFEFF[${json},${json}]`],
    ['with a byte-order mark and white space', `\uFEFF\n [${json},${json}]`]
  ])('reads one %s, with positions as line numbers', async (_what, text) => {
    expect(await read(text)).toEqual(identifies('-', 1, 2))
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual(identifies('-', 1, 2))
  })

  it.each(['[]', ' [ \n ] \n', '\uFEFF[]'])('reads nothing from %j', async (text) => {
    expect(await read(text)).toEqual([])
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual([])
  })

  it('ignores commas, brackets and quotes within strings', async () => {
    const event = { type: 'track', event: ',]}[{\\"', properties: { '"]': ['\\', '\\\\"', []], '': {} } }
    const raw = JSON.stringify(event)
    for (const chunks of [[Buffer.from(`[${raw},${raw}]`)], oneByOne(Buffer.from(`[${raw},${raw}]`))]) {
      expect(await read(...chunks)).toEqual([
        { source: '-', index: 0, line: 1, event, raw },
        { source: '-', index: 1, line: 2, event, raw }
      ])
    }
  })

  it('reports an invalid element with its position, and continues', async () => {
    expect(await read(`[${json}, [1, {"a": "]"}], 7, ${json}, {"type": "trak"}]`)).toEqual([
      ...identifies('-', 1),
      invalid(2, 'not an event: not a JSON object', '[1, {"a": "]"}]'),
      invalid(3, 'not an event: not a JSON object', '7'),
      { ...identifies('-', 4)[0], index: 3 },
      invalid(5, expect.stringMatching(/^not an event: "type" is not one of /), '{"type": "trak"}')
    ])
  })

  it('keeps the text of an element, on one line', async () => {
    const text = '[{\r\n  "type": "identify",\n\n  "traits": {\n    "a  b": 12345678901234567890\n  }\n}\n]'
    expect((await read(text)).map(rawOf)).toEqual([
      '{"type": "identify","traits": {"a  b": 12345678901234567890}}'
    ])
  })

  it('keeps the name __proto__', async () => {
    const stdin = Readable.from(['[{"type":"identify","__proto__":{"admin":true}}]'])
    const [line] = (await readAll(['-'], { stdin })).read
    expect(line && 'event' in line && Object.entries(line.event)).toEqual([
      ['type', 'identify'],
      ['__proto__', { admin: true }]
    ])
  })

  it('reports an element of more than 64 MiB, and continues', async () => {
    const long = [',"', ...Array<Buffer>(65).fill(Buffer.alloc(MIB, ']')), '"']
    expect(await read(`[${json}`, ...long, `,${json}]`)).toEqual([
      ...identifies('-', 1),
      invalid(2, 'longer than 64 MiB', undefined),
      { ...identifies('-', 3)[0], index: 2 }
    ])
  })

  it.each([
    ['oops]', /before its first element: Unexpected token/, 0],
    ['', 'before its first element: its closing bracket is missing', 0],
    [`,${json}]`, 'before its first element: an element is missing', 0],
    [json, 'after element 1: its closing bracket is missing', 1],
    [`${json},`, 'after element 1: its closing bracket is missing', 1],
    [`${json},]`, 'after element 1: an element is missing', 1],
    [`${json},,${json}]`, 'after element 1: an element is missing', 1],
    [`${json},${json},{"type":"identify`, 'after element 2: it ends within an element', 2],
    [`${json},{"type":"identify"`, 'after element 1: it ends within an element', 1],
    [`${json},${json},${json} ${json}]`, /after element 2: Unexpected non-whitespace character/, 2],
    [`${json},${json}},${json}]`, /after element 1: Unexpected non-whitespace character/, 1],
    [`${json},tru`, /after element 1: Unexpected/, 1],
    [`${json}]\n${json}`, 'after element 1: its closing bracket is not the end', 1],
    [`${json}]]`, 'after element 1: its closing bracket is not the end', 1]
  ])('throws if the array is broken: [%s', async (text, what, good) => {
    const path = await file('broken.json', `[${text}`)
    const { read: lines, message } = await readAll([path])
    expect(lines).toEqual(identifies(path, 1, 2).slice(0, good))
    const start = `${path} cannot be read: the JSON array is broken `
    expect(message?.slice(0, start.length)).toBe(start)
    expect(message?.slice(start.length)).toEqual(
      typeof what === 'string' ? what : expect.stringMatching(what)
    )
    expect((await read(...oneByOne(Buffer.from(`[${text}`)))).at(-1)).toBe(
      message?.replace(path, 'standard input')
    )
  })
})

describe('readEvents from gzip', () => {
  it.each([
    ['lines', `${json}\n${json}\n`],
    ['an array', `[${json},${json}]`],
    ['lines after a byte-order mark', `\uFEFF${json}\n${json}\n`]
  ])('reads %s, whatever the file name', async (_what, text) => {
    const path = await file('events.ndjson', gzipSync(text))
    expect(await readAll([path])).toEqual({ read: identifies(path, 1, 2) })
    expect(await read(...oneByOne(gzipSync(text)))).toEqual(identifies('-', 1, 2))
  })

  it('reads plain text from a file named .gz', async () => {
    const path = await file('events.ndjson.gz', json)
    expect(await readAll([path])).toEqual({ read: identifies(path, 1) })
  })

  it('reads several members, for any chunk sizes', async () => {
    const bytes = Buffer.concat(
      [`${json}\n{"type":`, '"identify","userId":', '"u-1"}\n'].map((s) => gzipSync(s))
    )
    for (const chunks of [[bytes], oneByOne(bytes), cut(bytes, [7, 50])]) {
      expect(await read(...chunks)).toEqual(identifies('-', 1, 2))
    }
  })

  it('ignores zero padding after the last member', async () => {
    const bytes = Buffer.concat([gzipSync(json), Buffer.alloc(100_000)])
    expect(await read(...cut(bytes, [1_000]))).toEqual(identifies('-', 1))
  })

  it('throws if it is truncated, after all events before that', async () => {
    const text = manyEvents.map((event) => JSON.stringify(event)).join('\n')
    const gzip = gzipSync(text)
    const path = await file('cut.gz', gzip.subarray(0, gzip.length - 9))
    const { read: lines, message } = await readAll([path])
    // The trailer of eight bytes and one byte of data are missing.
    expect(lines.length).toBeGreaterThan(manyEvents.length - 5)
    expect(lines).toEqual(
      manyEvents
        .slice(0, lines.length)
        .map((event, index) => ({ source: path, index, line: index + 1, event, raw: JSON.stringify(event) }))
    )
    expect(message).toBe(`${path} cannot be read: the gzip data is broken: unexpected end of file`)
  })

  it.each([
    ['truncated after its first bytes', gzipSync(json).subarray(0, 2), 'unexpected end of file'],
    ['of an unknown method', Buffer.from([0x1f, 0x8b, 0xff, 0, 0, 0]), 'unknown compression method']
  ])('throws for gzip %s', async (_what, bytes, what) => {
    expect((await read(bytes)).at(-1)).toBe(`standard input cannot be read: the gzip data is broken: ${what}`)
  })

  it.each([
    ['one small member', [gzipSync(`${json}\n${json}\n`)], [1, 2]],
    [
      'members of several chunks',
      [gzipSync(manyEvents.map((event) => JSON.stringify(event)).join('\n')), gzipSync(`\n${json}`)],
      Array.from({ length: manyEvents.length + 1 }, (_, index) => index + 1)
    ]
  ])('reads %s to the end if something else follows, and then says so', async (_what, members, lines) => {
    const path = await file('trailing.gz', Buffer.concat([...members, Buffer.from('oops')]))
    const { read: read_, message } = await readAll([path])
    expect(read_.map(({ line }) => line)).toEqual(lines)
    expect(message).toBe(`${path} cannot be read: the gzip data is followed by something else`)
  })

  it('throws for a wrong checksum', async () => {
    const bytes = gzipSync(json)
    bytes.writeUInt32LE(1, bytes.length - 8)
    expect((await read(bytes)).at(-1)).toBe(
      'standard input cannot be read: the gzip data is broken: incorrect data check'
    )
  })
})

describe('readEvents from text in another encoding', () => {
  const latin1 = Buffer.from(JSON.stringify({ ...identify, userId: 'café' }), 'latin1')
  const error = 'not UTF-8: the text is in another encoding, such as ISO-8859-1. Convert the file to UTF-8.'

  it('reports each line or element that is not UTF-8, and continues', async () => {
    const around = [`${json}\n`, latin1, `\n${json}\n`].map((part) => Buffer.from(part))
    const array = [`[${json},`, latin1, `,${json}]`].map((part) => Buffer.from(part))
    for (const bytes of [Buffer.concat(around), Buffer.concat(array)]) {
      for (const chunks of [[bytes], oneByOne(bytes)]) {
        const [first, third] = identifies('-', 1, 3)
        expect(await read(...chunks)).toEqual([first, invalid(2, error, undefined), { ...third, index: 2 }])
      }
    }
  })

  it('reads a replacement character that is there', async () => {
    const event = { type: 'identify', userId: '\uFFFD' }
    expect(await read(JSON.stringify(event))).toMatchObject([{ event }])
  })

  it.each(['', '\uFEFF'])('names UTF-16, which begins with %j', async (mark) => {
    const lines = await read(Buffer.from(`${mark}${json}\n${json}\n`, 'utf16le'))
    for (const line of lines.slice(0, 2)) {
      expect(line).toHaveProperty('error', error.replace('ISO-8859-1', 'UTF-16'))
    }
  })

  it('says that lines end with carriage returns alone', async () => {
    const text = `${json}\r${json}\r`
    const problem = 'not JSON: the lines end with carriage returns (CR). Convert the line ends to LF or CRLF.'
    expect(await read(text)).toEqual([invalid(1, problem, text.slice(0, -1))])
  })
})

describe('readEvents from several sources', () => {
  it('reads them in order, each in its own format, with one index', async () => {
    const first = await file('first.ndjson', `${json}\n\noops`)
    const second = await file('second.json', `[${json},${json}]`)
    const third = await file('third.gz', gzipSync(`\uFEFF\n${json}`))
    const stdin = Readable.from([`${json}\n`])
    expect(await readAll([first, second, '-', third], { stdin })).toEqual({
      read: [
        { source: first, index: 0, line: 1, event: identify, raw: json },
        {
          source: first,
          index: 1,
          line: 3,
          error: expect.stringMatching(/^not JSON: /) as string,
          raw: 'oops'
        },
        { source: second, index: 2, line: 1, event: identify, raw: json },
        { source: second, index: 3, line: 2, event: identify, raw: json },
        { source: '-', index: 4, line: 1, event: identify, raw: json },
        { source: third, index: 5, line: 2, event: identify, raw: json }
      ]
    })
  })

  it('reads nothing from standard input the second time', async () => {
    const stdin = Readable.from([json])
    expect(await readAll(['-', '-'], { stdin })).toEqual({ read: identifies('-', 1) })
  })

  it('leaves standard input alone if no path names it', async () => {
    const stdin = Readable.from([json])
    await readAll([await file('only.ndjson', json)], { stdin })
    expect(stdin.destroyed).toBe(false)
    expect(stdin.readableDidRead).toBe(false)
  })

  it('throws for a missing file, with the cause, after all events before it', async () => {
    const there = await file('there.ndjson', json)
    const missing = join(folder, 'missing.ndjson')
    const { read: lines, error, message } = await readAll([there, missing, there])
    expect(lines).toEqual(identifies(there, 1))
    expect(message).toBe(`${missing} cannot be read: ENOENT: no such file or directory, open '${missing}'`)
    expect(error).toHaveProperty('cause.code', 'ENOENT')
  })

  it('throws for a folder', async () => {
    const { error, message } = await readAll([folder])
    expect(message).toBe(`${folder} cannot be read: EISDIR: illegal operation on a directory, read`)
    expect(error).toHaveProperty('cause.code', 'EISDIR')
  })

  it('throws if standard input fails, after all events before that', async () => {
    const cause = new Error('pipe gone')
    const stdin = Readable.from(
      (function* () {
        yield `${json}\n${json}\n{"ty`
        throw cause
      })()
    )
    const { read: lines, error } = await readAll(['-'], { stdin })
    expect(lines).toEqual(identifies('-', 1, 2))
    expect(error).toEqual(new Error('standard input cannot be read: pipe gone'))
    expect(error).toHaveProperty('cause', cause)
  })
})

describe('readEvents from a file of failed events', () => {
  const failed = { event: identify, error: 'no', status: 422, action: 'trackCustomer', line: 7 }

  it('reads the event that failed, where it failed, and the merchant that it was enqueued for', async () => {
    const more = { merchant: 'shop-1', subscription: 'f-1' }
    const lines = [failed, { ...failed, ...more }].map((line) => `${JSON.stringify(line)}\n`)
    const expected = identifies('-', 1, 2).map((line) => ({ ...line, action: 'trackCustomer' }))
    for (const text of [lines.join(''), `[${lines.join()}]`]) {
      expect(await read(text)).toEqual([expected[0], { ...expected[1], ...more }])
    }
  })

  it('reads the merchant of an invalid line, fixed or not', async () => {
    const lines = [json, 'oops'].map((event) => JSON.stringify({ event, error: 'no', merchant: 'shop-1' }))
    expect(await read(lines.join('\n'))).toEqual([
      { ...identifies('-', 1)[0], merchant: 'shop-1' },
      { ...invalid(2, expect.stringMatching(/^not JSON: /), 'oops'), merchant: 'shop-1' }
    ])
  })

  it.each([7, null, ['shop-1'], { id: 'shop-1' }])('ignores what is not a string: %j', async (value) => {
    const line = { ...failed, merchant: value, action: value, subscription: value }
    expect(await read(JSON.stringify(line))).toEqual(identifies('-', 1))
  })

  it('ignores a merchant in an event itself: the author of an event must not choose its merchant', async () => {
    for (const event of [
      { ...identify, merchant: 'shop-1' },
      { ...identify, error: 'no', merchant: 'shop-1' }
    ]) {
      const raw = JSON.stringify(event)
      expect(await read(raw)).toEqual([{ ...identifies('-', 1)[0], event, raw }])
    }
  })
})

describe('readEvents with a consumer that', () => {
  const lines = `${json}\n`.repeat(50_000)
  const forms: [string, string | Buffer][] = [
    ['lines', lines],
    ['an array', `[${lines.trim().replaceAll('\n', ',')}]`],
    ['gzip', gzipSync(manyEvents.map((event) => JSON.stringify(event)).join('\n'))]
  ]

  /** Returns the descriptors of all opened files; -1 for closed ones. */
  const descriptorsOf = async (open: { mock: { results: { value: unknown }[] } }) =>
    (await Promise.all(open.mock.results.map(({ value }) => value as Promise<promises.FileHandle>))).map(
      ({ fd }) => fd
    )

  afterEach(() => {
    jest.restoreAllMocks()
  })

  it.each(forms)('stops early closes the file: %s', async (_what, content) => {
    const path = await file('large', content)
    const open = jest.spyOn(promises, 'open')
    const resources = process.getActiveResourcesInfo()
    for await (const { line } of readEvents([path, path])) if (line === 3) break
    const reading = readEvents([path])
    await reading.next()
    await reading.return(undefined)

    expect(await descriptorsOf(open)).toEqual([-1, -1])
    expect(process.getActiveResourcesInfo()).toEqual(resources)
  })

  it.each(forms)('throws, or reads to the end, closes the file: %s', async (_what, content) => {
    const path = await file('large', content)
    const broken = await file('broken', '[{}')
    const open = jest.spyOn(promises, 'open')
    const stop = async () => {
      for await (const _line of readEvents([path])) throw new Error('enough')
    }
    await expect(stop()).rejects.toThrow('enough')
    await readAll([path, broken])
    expect(await descriptorsOf(open)).toEqual([-1, -1, -1])
  })

  it.each(forms)('stops early closes standard input, though more may come: %s', async (_what, content) => {
    const stdin = new PassThrough()
    stdin.write(content)
    for await (const _line of readEvents(['-'], { stdin })) break
    expect(stdin.destroyed).toBe(true)
  })

  it.each(forms)('is slow slows down the reading: %s', async (_what, content) => {
    const chunks = cut(Buffer.from(content), [16_384])
    let given = 0
    const stdin = new Readable({
      highWaterMark: 16_384,
      read() {
        this.push(chunks[given] ?? null)
        given += 1
      }
    })
    const reading = readEvents(['-'], { stdin })
    await reading.next()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(chunks.length).toBeGreaterThan(10)
    expect(given).toBeLessThanOrEqual(4)
    await reading.return(undefined)
  })
})

describe('readEvents, for any events in any format,', () => {
  const events = fc.array(
    fc
      .record({
        type: fc.constantFrom('identify', 'page', 'group'),
        userId: fc.string({ unit: 'binary' }),
        traits: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }))
      })
      .map((event) => JSON.stringify(event))
  )
  const form = fc.record({
    isArray: fc.boolean(),
    hasMark: fc.boolean(),
    space: fc.constantFrom('', ' ', '\n', '\r\n\t', '\n\n  '),
    members: fc.option(fc.array(fc.integer({ min: 10, max: 500 }), { minLength: 1 })),
    sizes: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 })
  })

  it('returns exactly those events', () =>
    fc.assert(
      fc.asyncProperty(events, form, async (raws, { isArray, hasMark, space, members, sizes }) => {
        const text = isArray
          ? `${space}[${space}${raws.join(`${space},${space}`)}${space}]${space}`
          : raws.map((raw) => `${raw}${space.includes('\r') ? '\r' : ''}\n`).join('')
        const bytes = Buffer.from(`${hasMark ? '\uFEFF' : ''}${text}`)
        const stored = members
          ? Buffer.concat([gzipSync(''), ...cut(bytes, members).map((member) => gzipSync(member))])
          : bytes
        expect(await read(...cut(stored, sizes))).toEqual(
          raws.map((raw, index) => ({
            source: '-',
            index,
            line: index + 1,
            event: JSON.parse(raw, withLongNumbersAsText) as unknown,
            raw
          }))
        )
      })
    ))
})
