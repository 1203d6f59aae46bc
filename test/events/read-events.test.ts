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

/** Expected lines of a source with an array of `identify` events, one on each of these lines. */
const elements = (source: string, ...lines: number[]) =>
  identifies(source, ...lines).map((line) => ({ ...line, element: line.index + 1 }))

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

/** Expected element for something invalid, in an array on one line. */
const invalidElement = (element: number, error: unknown, raw: string | undefined) => ({
  ...invalid(element, error, raw),
  line: 1,
  element
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
    ['on one line', `[${json},${json}]`, [1, 1]],
    ['with one element per line', `[\n${json},\n${json}\n]\n`, [2, 3]],
    ['over several lines', `[\n  ${json.replaceAll(',', ',\n')},\n\n${json}\n]\n`, [2, 5]],
    ['with line ends before commas', `\r\n\t [ ${json}\r\n, ${json} ]\r\n\r\n`, [2, 3]],
    ['with a byte-order mark', `\uFEFF[${json},${json}]`, [1, 1]],
    ['with a byte-order mark and white space', `\uFEFF\n [${json},${json}]`, [2, 2]]
  ])('reads one %s, with the line and position of each element', async (_what, text, lines) => {
    expect(await read(text)).toEqual(elements('-', ...lines))
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual(elements('-', ...lines))
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
        { source: '-', index: 0, line: 1, element: 1, event, raw },
        { source: '-', index: 1, line: 1, element: 2, event, raw }
      ])
    }
  })

  it('reports an invalid element with its position, and continues', async () => {
    expect(await read(`[${json}, [1, {"a": "]"}], 7, ${json}, {"type": "trak"}]`)).toEqual([
      ...elements('-', 1),
      invalidElement(2, 'not an event: not a JSON object', '[1, {"a": "]"}]'),
      invalidElement(3, 'not an event: not a JSON object', '7'),
      { ...elements('-', 1)[0], index: 3, element: 4 },
      invalidElement(5, expect.stringMatching(/^not an event: "type" is not one of /), '{"type": "trak"}')
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
      ...elements('-', 1),
      invalidElement(2, 'longer than 64 MiB', undefined),
      { ...elements('-', 1)[0], index: 2, element: 3 }
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
    expect(lines).toEqual(elements(path, 1, 1).slice(0, good))
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
    ['lines', `${json}\n${json}\n`, identifies],
    ['an array', `[${json},\n${json}]`, elements],
    ['lines after a byte-order mark', `\uFEFF${json}\n${json}\n`, identifies]
  ])('reads %s, whatever the file name', async (_what, text, expected) => {
    const path = await file('events.ndjson', gzipSync(text))
    expect(await readAll([path])).toEqual({ read: expected(path, 1, 2) })
    expect(await read(...oneByOne(gzipSync(text)))).toEqual(expected('-', 1, 2))
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
    const around = Buffer.concat([`${json}\n`, latin1, `\n${json}\n`].map((part) => Buffer.from(part)))
    const array = Buffer.concat([`[${json},`, latin1, `,${json}]`].map((part) => Buffer.from(part)))
    for (const cutUp of [(bytes: Buffer) => [bytes], oneByOne]) {
      const [first, third] = identifies('-', 1, 3)
      expect(await read(...cutUp(around))).toEqual([
        first,
        invalid(2, error, undefined),
        { ...third, index: 2 }
      ])
      expect(await read(...cutUp(array))).toEqual([
        ...elements('-', 1),
        invalidElement(2, error, undefined),
        { ...elements('-', 1)[0], index: 2, element: 3 }
      ])
    }
  })

  it('reads a replacement character that is there', async () => {
    const event = { type: 'identify', userId: '\uFFFD' }
    expect(await read(JSON.stringify(event))).toMatchObject([{ event }])
  })

  const toBigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16()
  const toLittleEndian = (text: string) => Buffer.from(text, 'utf16le')

  it.each([
    ['little endian', '\uFEFF', toLittleEndian],
    ['little endian, without a byte-order mark', '', toLittleEndian],
    ['big endian', '\uFEFF', toBigEndian],
    ['big endian, without a byte-order mark', '', toBigEndian]
  ])('reads UTF-16, %s', async (_what, mark, encode) => {
    const event = { type: 'identify', userId: 'Größe ☃ 🧾' }
    const raw = JSON.stringify(event)
    const bytes = encode(`${mark}${raw}\r\n${raw}`)
    const expected = [1, 2].map((line) => ({ source: '-', index: line - 1, line, event, raw }))
    for (const chunks of [[bytes], oneByOne(bytes), [gzipSync(bytes)]])
      expect(await read(...chunks)).toEqual(expected)
    expect(await read(encode(`${mark}[${raw}]`))).toMatchObject([{ element: 1, event }])
  })

  it('throws for damaged UTF-16, after the events of the chunks before that', async () => {
    const text = `\uFEFF${json}\n`
    expect(await read(toLittleEndian(text), Buffer.from([0x00, 0xdc]), toLittleEndian(json))).toEqual([
      ...identifies('-', 1),
      `standard input cannot be read: the text is damaged UTF-16 after byte ${2 * text.length}: convert the file to UTF-8`
    ])
    expect((await read(toLittleEndian(text).subarray(0, -1))).at(-1)).toBe(
      'standard input cannot be read: the text is damaged UTF-16 at its end: convert the file to UTF-8'
    )
  })

  it('says that a line in the middle is UTF-16', async () => {
    const lines = await read(`${json}\n`, toLittleEndian(json), '\n')
    expect(lines[1]).toEqual(invalid(2, error.replace('ISO-8859-1', 'UTF-16'), expect.any(String) as string))
  })

  it('reads objects whose lines end with carriage returns alone, and says so if one is not JSON', async () => {
    expect(await read(`${json}\r${json}\r`)).toEqual(identifies('-', 1, 1))
    const problem = 'not JSON: the lines end with carriage returns (CR). Convert the line ends to LF or CRLF.'
    expect(await read(`${json}\roops\r`)).toEqual([invalid(1, problem, `${json}\roops`)])
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
        { source: second, index: 2, line: 1, element: 1, event: identify, raw: json },
        { source: second, index: 3, line: 1, element: 2, event: identify, raw: json },
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
    for (const [text, places] of [
      [lines.join(''), identifies('-', 1, 2)],
      [`[${lines.join()}]`, elements('-', 1, 2)]
    ] as const) {
      const expected = places.map((line) => ({ ...line, action: 'trackCustomer' }))
      expect(await read(text)).toEqual([expected[0], { ...expected[1], ...more }])
    }
  })

  it('reads the merchant of a line that names one, and digits of long numbers', async () => {
    const event = '{"type":"identify","userId":12345678901234567890}'
    const expected = { ...identify, userId: '12345678901234567890' }
    expect(await read(`{"merchant":"shop-1","event":${event}}`)).toEqual([
      { source: '-', index: 0, line: 1, merchant: 'shop-1', event: expected, raw: JSON.stringify(expected) }
    ])
  })

  it.each([
    { merchant: 7, event: identify },
    { merchant: 'shop-1', event: 'Order Completed' },
    { merchant: 'shop-1' }
  ])('takes no merchant from %j', async (value) => {
    const raw = JSON.stringify(value)
    expect(await read(raw)).toEqual([invalid(1, 'not an event: "type" is missing', raw)])
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

describe('readEvents from batch requests', () => {
  it('reads the events of each batch, with their lines and positions', async () => {
    const batch = `{"batch":[${json},${json}],"sentAt":"2026-03-01T00:00:00Z"}`
    const expected = [1, 1, 2, 2].map((line, index) => ({
      source: '-',
      index,
      line,
      element: (index % 2) + 1,
      event: identify,
      raw: json
    }))
    for (const text of [`${batch}\n${batch}`, `${batch.replaceAll(' ', '')}\n${batch}\n{"batch":[]}`]) {
      expect(await read(text)).toEqual(expected)
      expect(await read(...oneByOne(Buffer.from(text)))).toEqual(expected)
    }
    expect((await read(JSON.stringify(JSON.parse(batch), null, 2))).map(rawOf)).toEqual([json, json])
  })

  it('reports an invalid event of a batch in its place, and keeps long numbers', async () => {
    const batch = `{"batch":[7,{"type":"identify","userId":12345678901234567890}]}`
    expect(await read(batch)).toEqual([
      invalidElement(1, 'not an event: not a JSON object', batch),
      { source: '-', index: 1, line: 1, element: 2, ...longId() }
    ])
  })

  const longId = () => {
    const event = { type: 'identify', userId: '12345678901234567890' }
    return { event, raw: JSON.stringify(event) }
  }

  it("adds the batch's context to its events, whose own context wins", async () => {
    const items = [identify, { ...identify, context: { ip: '1.1.1.1' } }, { ...identify, context: null }]
    const batch = { batch: items, context: { ip: '2.2.2.2', locale: 'en' } }
    const contexts = (await read(JSON.stringify(batch))).map((line) =>
      typeof line === 'object' && 'event' in line ? line.event.context : line
    )
    const shared = { ip: '2.2.2.2', locale: 'en' }
    expect(contexts).toEqual([shared, { ip: '1.1.1.1', locale: 'en' }, shared])
  })

  it('takes neither a merchant nor an action from an event of a batch', async () => {
    const item = { event: identify, error: 'no', merchant: 'shop-1' }
    const raw = JSON.stringify({ batch: [item] })
    expect(await read(raw)).toEqual([invalidElement(1, 'not an event: "type" is missing', raw)])
  })
})

describe('readEvents from objects that are not one per line', () => {
  const pretty = JSON.stringify(identify, null, 2).replaceAll('": ', '":')
  const height = pretty.split('\n').length

  it.each([
    ['over several lines', `${pretty}\n${pretty}\n`, [1, 1 + height]],
    ['over several lines, with CRLF', `${pretty}\n${pretty}\n`.replaceAll('\n', '\r\n'), [1, 1 + height]],
    ['over several lines, with blank lines', `\n${pretty}\n\n\n${pretty}`, [2, 4 + height]],
    ['one after the other', `${json}${json} ${json}`, [1, 1, 1]],
    ['end to end', `${pretty}${pretty}`, [1, height]],
    ['mixed', `${json}\n${pretty}\n${json}${json}\n`, [1, 2, 2 + height, 2 + height]]
  ])('reads objects %s', async (_what, text, lines) => {
    expect(await read(text)).toEqual(identifies('-', ...lines))
    expect(await read(...oneByOne(Buffer.from(text)))).toEqual(identifies('-', ...lines))
    expect(await read(gzipSync(text))).toEqual(identifies('-', ...lines))
  })

  it('reads many megabytes without a single line end', async () => {
    const events = Array.from({ length: 40_000 }, (_, id) => ({
      ...identify,
      traits: { id, '}{"': '}\\"☃' }
    }))
    const raws = events.map((event) => JSON.stringify(event))
    const lines = await read(...cut(Buffer.from(raws.join('')), [65_521]))
    expect(lines.length).toBe(raws.length)
    expect(lines.map(rawOf)).toEqual(raws)
  })

  it.each([
    ['a cut line', `${json}\n{"type":"track","prop\n${json}\n`, [1, 3], [[2, '{"type":"track","prop']]],
    [
      'a cut line before one that could continue it',
      `{"type":"page","traits":\n${json}\n${json}`,
      [2, 3],
      [[1, '{"type":"page","traits":']]
    ],
    ['a cut last line', `${json}\n{"type":"page",`, [1], [[2, '{"type":"page",']]],
    [
      'two cut lines',
      `{"a":[\n{"a":[\n${json}`,
      [3],
      [
        [1, '{"a":['],
        [2, '{"a":[']
      ]
    ],
    [
      'an object with a broken line',
      `${pretty}\n{\n  "type": oops,\n  "a": {\n  }\n}\n${pretty}`,
      [1, 6 + height],
      [[1 + height, '{\n  "type": oops,\n  "a": {\n  }\n}']]
    ],
    [
      'an object that never ends',
      `${pretty}\n{\n  "type": "page",\n  "a": {`,
      [1],
      [[1 + height, '{\n  "type": "page",\n  "a": {']]
    ],
    ['something after an object', `${json} oops\n${json}`, [2], [[1, `${json} oops`]]],
    [
      'a line that is not UTF-8 within an object',
      Buffer.concat([Buffer.from('{\n"a":"'), Buffer.from([0xff]), Buffer.from(`"\n${json}`)]),
      [3],
      [
        [1, '{'],
        [2, undefined]
      ]
    ]
  ] as [string, string | Buffer, number[], [number, string | undefined][]][])(
    'reports %s, and continues',
    async (_what, text, good, bad) => {
      for (const chunks of [[text], oneByOne(Buffer.from(text))]) {
        const lines = (await read(...chunks)).filter((line) => typeof line !== 'string')
        expect(lines.flatMap((line) => ('event' in line ? [line.line] : []))).toEqual(good)
        expect(lines.flatMap((line) => ('error' in line ? [[line.line, line.raw]] : []))).toEqual(bad)
        expect(lines.map(({ index }) => index)).toEqual(lines.map((_line, index) => index))
      }
    }
  )

  it('says on which lines a broken object is', async () => {
    const [line] = await read('{\n  "type": oops\n}')
    expect(line).toMatchObject({ error: expect.stringMatching(/^not JSON: .* \(lines 1 to 3\)$/s) as string })
  })

  it('reports an object of more than 64 MiB over several lines, and continues', async () => {
    const part = `"a":"${'x'.repeat(MIB)}",\n`
    expect(await read('{\n', ...Array<string>(65).fill(part), `"b":1}\n${json}`)).toEqual([
      invalid(1, 'longer than 64 MiB', undefined),
      { ...identifies('-', 68)[0], index: 1 }
    ])
  })

  it('reads a file of opening brackets in linear time', async () => {
    const lines = await read('{"a":[\n'.repeat(20_000))
    expect(lines.length).toBe(20_000)
  })
})

describe('readEvents from what holds no events', () => {
  const prefix = 'standard input cannot be read: it is '

  it.each([
    [
      'a zip archive',
      'PK\x03\x04abc',
      'a zip archive or an Excel workbook, not events: unpack it, or save the workbook as CSV'
    ],
    ['Parquet', 'PAR1\0\0', 'Apache Parquet, not events: convert it to newline-delimited JSON'],
    [
      'zstd',
      '\x28\xb5\x2f\xfd..',
      'compressed with zstd, not events: decompress it, or compress it with gzip'
    ],
    [
      'XML',
      '\n <?xml version="1.0"?>\n<a/>\n'.repeat(3),
      'XML or HTML, not events: export the data as JSON or CSV'
    ],
    ['binary data', '\x01\x02{"a":1}\n', 'binary data, not events as JSON or CSV']
  ])('says once what it is: %s', async (_what, text, what) => {
    const bytes = Buffer.from(text, 'latin1')
    for (const chunks of [[bytes], oneByOne(bytes), [gzipSync(bytes)]]) {
      expect(await read(...chunks)).toEqual([`${prefix}${what}`])
    }
  })

  it('tells of each source without events', async () => {
    const onEmpty = jest.fn()
    const [empty, blank, good] = [
      await file('empty.ndjson', ''),
      await file('blank.json', '\n[ ]\n'),
      await file('good.ndjson', json)
    ]
    await readAll([empty, good, blank], { onEmpty })
    expect(onEmpty.mock.calls).toEqual([[empty], [blank]])
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
    for await (const { index } of readEvents([path, path])) if (index === 2) break
    const reading = readEvents([path])
    await reading.next()
    await reading.return(undefined)

    expect(await descriptorsOf(open)).toEqual([-1, -1])
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
    kind: fc.constantFrom('lines', 'array', 'pretty', 'concatenated', 'batch'),
    hasMark: fc.boolean(),
    encoding: fc.constantFrom('utf8' as const, 'utf8' as const, 'utf16le' as const),
    space: fc.constantFrom('', ' ', '\n', '\r\n\t', '\n\n  '),
    members: fc.option(fc.array(fc.integer({ min: 10, max: 500 }), { minLength: 1 })),
    sizes: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 })
  })

  const join = (raws: readonly string[], kind: string, space: string) => {
    switch (kind) {
      case 'array':
        return `${space}[${space}${raws.join(`${space},${space}`)}${space}]${space}`
      case 'batch':
        return `{"batch":[${space}${raws.join()}],"sentAt":"x"}`
      case 'pretty':
        return raws.map((raw) => `${JSON.stringify(JSON.parse(raw), null, 2)}\n`).join(space)
      case 'concatenated':
        return raws.join(space)
      default:
        return raws.map((raw) => `${raw}${space.includes('\r') ? '\r' : ''}\n`).join('')
    }
  }

  it('returns exactly those events', () =>
    fc.assert(
      fc.asyncProperty(events, form, async (raws, { kind, hasMark, space, members, encoding, sizes }) => {
        const text = Buffer.from(`${hasMark ? '\uFEFF' : ''}${join(raws, kind, space)}`, encoding)
        const stored = members
          ? Buffer.concat([gzipSync(''), ...cut(text, members).map((member) => gzipSync(member))])
          : text
        const lines = await read(...cut(stored, sizes))
        expect(lines.map((line) => typeof line === 'object' && 'event' in line && line.event)).toEqual(
          raws.map((raw) => JSON.parse(raw, withLongNumbersAsText) as unknown)
        )
        expect(lines).toEqual(await read(stored))
        const isWritten = kind === 'lines' || kind === 'array' || kind === 'concatenated'
        if (isWritten) expect(lines.map((line) => rawOf(line)?.trim())).toEqual(raws)
        if (kind === 'lines')
          expect(lines).toMatchObject(raws.map((_raw, index) => ({ line: index + 1, index })))
      })
    ))
})
