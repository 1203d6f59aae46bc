import fc from 'fast-check'
import { ArraySplitter } from '../../src/events/array-splitter'
import { LineSplitter, type ParsedLine, type Splitter } from '../../src/events/line-splitter'

const MAX_BYTES = 8

/** What a splitter gives of a text cut into these sizes, whose bytes are overwritten as soon as they were taken. */
const split = (splitter: Splitter, text: string, sizes: readonly number[]): (ParsedLine | string)[] => {
  const bytes = Buffer.from(text)
  const pieces: (ParsedLine | string)[] = []
  try {
    for (let start = 0, index = 0; start < bytes.length; index += 1) {
      const chunk = Buffer.from(bytes.subarray(start, start + (sizes[index % sizes.length] ?? bytes.length)))
      for (const piece of splitter.push(chunk)) pieces.push(piece)
      start += chunk.length
      chunk.fill('!')
    }
    for (const piece of splitter.end()) pieces.push(piece)
  } catch (error) {
    pieces.push(String(error))
  }
  return pieces
}

/** What is to be given for a JSON value, on its line or in its place. */
const piece = (raw: string, line: number): ParsedLine =>
  Buffer.byteLength(raw) > MAX_BYTES
    ? { line, problem: `longer than ${MAX_BYTES / 1024 / 1024} MiB`, raw: undefined }
    : { line, value: JSON.parse(raw) as unknown, raw }

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 })
// About as long as may be, of characters of one byte to four.
const values = fc.array(
  fc
    .oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom(1, null, [[], '"'], {}))
    .map((value) => JSON.stringify(value))
)

describe.each([
  ['LineSplitter', (raws: string[]) => raws.map((raw) => `${raw}\n`).join(''), LineSplitter],
  ['ArraySplitter', (raws: string[]) => `${raws.join()}]`, ArraySplitter]
])('%s', (_name, join, Splitter) => {
  it('gives each value up to its limit, and a problem for a longer one, wherever its chunks were cut', () => {
    fc.assert(
      fc.property(values, sizes, (raws, cuts) => {
        expect(split(new Splitter(MAX_BYTES), join(raws), cuts)).toEqual(
          raws.map((raw, index) => piece(raw, index + 1))
        )
      })
    )
  })

  it.each([
    ['"123456"', true],
    ['"1234567"', false],
    ['"äöü"', true],
    ['"äöü1"', false]
  ])('counts the bytes of %s', (raw, isShort) => {
    for (const cut of [1, 3, 100]) {
      const [first] = split(new Splitter(MAX_BYTES), join([raw]), [cut])
      expect(first).toEqual(piece(raw, 1))
      expect(first).toHaveProperty(isShort ? 'value' : 'problem')
    }
  })

  it('gives the same of any text, wherever its chunks were cut', () => {
    const text = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '1', ' ', '\\', '\n', '\r', 'true', '☃'))
      .map((characters) => characters.join(''))
    fc.assert(
      fc.property(text, sizes, (anything, cuts) => {
        expect(split(new Splitter(MAX_BYTES), anything, cuts)).toEqual(
          split(new Splitter(MAX_BYTES), anything, [])
        )
      }),
      { numRuns: 1000 }
    )
  })
})

describe('ArraySplitter', () => {
  it('takes as an array just what JSON.parse takes', () => {
    const tokens = fc.array(
      fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '"a"', '\\', '1', ' ', '\n', 'null')
    )
    const values = fc.array(fc.jsonValue()).map((array) => JSON.stringify(array, null, 1).slice(1))
    fc.assert(
      fc.property(
        fc.oneof(
          tokens.map((all) => all.join('')),
          values
        ),
        sizes,
        (text, cuts) => {
          const pieces = split(new ArraySplitter(), text, cuts)
          let parsed: unknown
          try {
            parsed = JSON.parse(`[${text}`)
          } catch {
            expect(pieces.at(-1)).toEqual(expect.stringContaining('the JSON array is broken'))
            return
          }
          const read = pieces.map((one) => (typeof one === 'object' && 'value' in one ? one : undefined))
          expect(read.map((one) => one?.value)).toEqual(parsed)
          expect(read.map((one) => JSON.parse(one?.raw ?? '') as unknown)).toEqual(parsed)
        }
      ),
      { numRuns: 2000 }
    )
  })
})
