import fc from 'fast-check'
import { parseJson } from '../../src/events/parse-json'

describe('parseJson', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1234567890123456789', '1234567890123456789'],
    ['12345678901234567.5', '12345678901234567.5'],
    ['1234567890123456.5', 1234567890123456.5],
    ['0.1000000000000000000', 0.1],
    ['1e400', '1e400'],
    ['-1E+400', '-1E+400'],
    ['12.5e20', '12.5e20'],
    ['1e3', 1000],
    ['1e-400', 0]
  ])('keeps the digits of %s if JavaScript cannot hold it', (number, value) => {
    expect(parseJson(`{"id":${number}}`)).toEqual({ id: value })
    expect(parseJson(`{ "a": [ ${number} , ${number}], "b":${number}}`)).toEqual({
      a: [value, value],
      b: value
    })
  })

  it.each([
    ['digits', '1234567890123456789'],
    ['an escaped quote', 'a " 1234567890123456789'],
    ['a backslash at its end', '1e400 \\'],
    ['two backslashes and a quote', '\\\\": 1e400'],
    ['JSON', '{"a":[1e999,1234567890123456789]}']
  ])('leaves a string with %s as it is', (_what, text) => {
    expect(parseJson(JSON.stringify({ [text]: [text, 1] }).replace('1]', '1e400]'))).toEqual({
      [text]: [text, '1e400']
    })
  })

  it.each(['{"a":01234567890123456789}', '{"a":1234567890123456789x}', '[1e400', '"1234567890123456789', ''])(
    'throws for what is not JSON: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
    }
  )

  it('keeps every integer apart, wherever it is, and everything else as JSON.parse has it', () => {
    const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
    fc.assert(
      fc.property(integer, fc.jsonValue(), fc.string(), (id, value, text) => {
        const rest = JSON.stringify({ value, text }, (_name, item: unknown) =>
          typeof item === 'number' && Math.abs(item) > Number.MAX_SAFE_INTEGER ? 0 : item
        )
        const parsed = parseJson(`{"rest":${rest},"id":${id},"ids":[${id}]}`) as {
          rest: unknown
          id: unknown
          ids: unknown
        }
        expect(String(parsed.id)).toBe(String(id))
        expect(parsed.ids).toEqual([parsed.id])
        expect(parsed.rest).toEqual(JSON.parse(rest))
      })
    )
  })

  it('parses a string of 32 MB beside a long number', () => {
    const text = '\\"'.repeat(16_000_000)
    const { id } = parseJson(`{"text":"${text}","id":1234567890123456789}`) as { id: unknown }
    expect(id).toBe('1234567890123456789')
  })
})
