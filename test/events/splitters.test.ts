import fc from 'fast-check'
import { ArraySplitter } from '../../src/events/array-splitter'
import { withLongNumbersAsText } from '../support/long-numbers'
import { LineSplitter, type ParsedLine, type Splitter } from '../../src/events/line-splitter'
import { pushInPieces } from '../support/push-in-pieces'

const MAX_BYTES = 8

/** Splits a text that comes in pieces of these sizes. An error that the splitter throws is the last item. */
const split = (splitter: Splitter, text: string, sizes: readonly number[]): (ParsedLine | string)[] => {
  const parsedLines: (ParsedLine | string)[] = []
  try {
    for (const parsed of pushInPieces(splitter, Buffer.from(text), sizes)) parsedLines.push(parsed)
  } catch (error) {
    parsedLines.push(String(error))
  }
  return parsedLines
}

/** Expected result for a JSON value in this place. */
const expected = (raw: string, place: { line: number; element?: number }): ParsedLine =>
  Buffer.byteLength(raw) > MAX_BYTES
    ? { ...place, error: `longer than ${MAX_BYTES / 1024 / 1024} MiB`, raw: undefined }
    : { ...place, value: JSON.parse(raw) as unknown, raw }

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 })
// Around the maximum length, of characters with one to four bytes.
const values = fc.array(
  fc
    .oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom(1, null, [[], '"'], {}))
    .map((value) => JSON.stringify(value))
)

describe.each([
  [
    'LineSplitter',
    (raws: string[]) => raws.map((raw) => `${raw}\n`).join(''),
    LineSplitter,
    (index: number) => ({ line: index + 1 })
  ],
  [
    'ArraySplitter',
    (raws: string[]) => `${raws.join()}]`,
    ArraySplitter,
    (index: number) => ({ line: 1, element: index + 1 })
  ]
])('%s', (_name, join, Splitter, toPlace) => {
  it('returns each value, and an error for one that is too long, for any chunk sizes', () => {
    fc.assert(
      fc.property(values, sizes, (raws, cuts) => {
        expect(split(new Splitter(MAX_BYTES), join(raws), cuts)).toEqual(
          raws.map((raw, index) => expected(raw, toPlace(index)))
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
      expect(first).toEqual(expected(raw, toPlace(0)))
      expect(first).toHaveProperty(isShort ? 'value' : 'error')
    }
  })

  it('returns the same for any text, whatever the chunk sizes', () => {
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
  it('accepts the arrays that JSON.parse accepts, and no others', () => {
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
          const parsedLines = split(new ArraySplitter(), text, cuts)
          let parsed: unknown
          try {
            parsed = JSON.parse(`[${text}`, withLongNumbersAsText)
          } catch {
            expect(parsedLines.at(-1)).toEqual(expect.stringContaining('the JSON array is broken'))
            return
          }
          const read = parsedLines.map((one) => (typeof one === 'object' && 'value' in one ? one : undefined))
          expect(read.map((one) => one?.value)).toEqual(parsed)
          expect(read.map((one) => JSON.parse(one?.raw ?? '', withLongNumbersAsText) as unknown)).toEqual(
            parsed
          )
        }
      ),
      { numRuns: 2000 }
    )
  })
})
