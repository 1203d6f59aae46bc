import { Readable } from 'node:stream'
import { type EventLine, readEvents } from '../../src/pipeline/read-events'

const read = async (...chunks: (string | Buffer)[]) => {
  const lines: EventLine[] = []
  for await (const line of readEvents(Readable.from(chunks))) lines.push(line)
  return lines
}

const identify = { type: 'identify', userId: 'u-1' }
const json = JSON.stringify(identify)

describe('readEvents', () => {
  it.each([
    ['line feeds', `${json}\n${json}\n`],
    ['carriage returns and line feeds', `${json}\r\n${json}\r\n`],
    ['no line feed at the end', `${json}\n${json}`],
    ['a byte-order mark', `\uFEFF${json}\n${json}`]
  ])('reads lines with %s', async (_what, text) => {
    expect(await read(text)).toEqual([
      { line: 1, event: identify },
      { line: 2, event: identify }
    ])
  })

  it('passes over blank lines and counts them', async () => {
    expect(await read(`\n  \n${json}\n\n`)).toEqual([{ line: 3, event: identify }])
  })

  it('reads nothing from nothing', async () => {
    expect(await read()).toEqual([])
    expect(await read('')).toEqual([])
  })

  it('reads an event wherever its chunks were cut, also within a character', async () => {
    const event = { type: 'track', event: 'Größe ☃', properties: { note: 'a\u2028b\u2029c' } }
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`)
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]))
    expect(await read(...chunks)).toEqual([{ line: 1, event }])
  })

  it.each([
    ['oops', /^not JSON: /],
    ['{"type":"track"', /^not JSON: /],
    ['[1]', 'not an event: it is no JSON object'],
    ['null', 'not an event: it is no JSON object'],
    ['"track"', 'not an event: it is no JSON object'],
    ['{"event":"A"}', 'not an event: it has no type'],
    [
      '{"type":"trak"}',
      'not an event: its type is none of track, identify, page, screen, group, alias, delete'
    ],
    ['{"type":"track"}', 'not an event: a track event has its name in "event"'],
    ['{"type":"track","event":7}', 'not an event: a track event has its name in "event"'],
    ['{"type":"track","event":"A","properties":[1]}', 'not an event: its properties are no object'],
    ['{"type":"identify","traits":"x"}', 'not an event: its traits are no object'],
    ['{"type":"page","context":7}', 'not an event: its context are no object']
  ])('gives the problem of %s with its line, and goes on', async (text, problem) => {
    expect(await read(`${text}\n${json}`)).toEqual([
      {
        line: 1,
        problem: typeof problem === 'string' ? problem : (expect.stringMatching(problem) as string)
      },
      { line: 2, event: identify }
    ])
  })

  it('takes null for a missing object', async () => {
    const event = { type: 'track', event: 'A', properties: null, context: null }
    expect(await read(JSON.stringify(event))).toEqual([{ line: 1, event }])
  })

  it('fails where the stream fails', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('disk gone'))
      }
    })
    const reading = (async () => {
      for await (const _line of readEvents(broken));
    })()
    await expect(reading).rejects.toThrow('disk gone')
  })
})
