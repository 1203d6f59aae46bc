import fc from 'fast-check'
import { actions, type Attribute, type DroppedValue, parseBirthday, toAdditionalProperties } from '../../src'
import { required, RUNS, wildName, wildText, wildValue } from '../support/arbitraries'

describe('parseBirthday', () => {
  const near = fc
    .array(fc.constantFrom(...Array.from('0123456789-- T:Z\n٣')), { maxLength: 14 })
    .map((characters) => characters.join(''))

  it('gives a day of the calendar or nothing, of any text', () => {
    fc.assert(
      fc.property(fc.oneof(near, wildText), (text) => {
        const day = parseBirthday(text)
        if (!day) return
        const { year = 2000, month } = day
        const date = new Date(0)
        date.setUTCFullYear(year, month - 1, day.day)
        expect([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]).toEqual([
          year,
          month,
          day.day
        ])
      }),
      { numRuns: 10 * RUNS }
    )
  })

  it('gives each day back, in whatever form it stands there', () => {
    const days = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true
    })
    fc.assert(
      fc.property(days, (date) => {
        const iso = date.toISOString()
        const [year, month, day] = iso.slice(0, 10).split('-').map(Number)
        for (const text of [iso, iso.slice(0, 10), ` ${iso.replace('T', ' ')}\n`]) {
          expect(parseBirthday(text)).toEqual({ year, month, day })
        }
        for (const text of [`0000${iso.slice(4)}`, `-${iso.slice(4, 10)}`, iso.slice(5, 10)]) {
          expect(parseBirthday(text)).toEqual({ month, day })
        }
      }),
      { numRuns: RUNS }
    )
  })
})

describe('The currency of a purchase', () => {
  it('is trimmed and in upper case, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.oneof(wildText, fc.string()).filter((text) => text.trim() !== ''),
        (currency) => {
          const { body } = actions.trackPurchase.prepare({ ...required, currency })
          expect(body.currency).toBe(currency.trim().toUpperCase())
        }
      ),
      { numRuns: RUNS }
    )
  })
})

describe('toAdditionalProperties', () => {
  const qualifies = ({ name, value }: Pick<Attribute, 'name' | 'value'>) =>
    !name.startsWith('$') && typeof value === 'string' && value.trim() !== '' && value.length <= 128
  const attributes = fc.array(fc.tuple(wildName, fc.oneof(wildText, wildValue)), {
    maxLength: 25,
    size: 'max'
  })
  const spare = fc.dictionary(wildName, fc.option(wildText, { nil: undefined }), { maxKeys: 4 })

  it('keeps the first ten names that qualify, each with its last value, and names all else', () => {
    fc.assert(
      fc.property(attributes, spare, (given, spares) => {
        const all = given.map(([name, value], index) => ({ path: `a${index}`, name, value }))
        const dropped: DroppedValue[] = []
        const properties = toAdditionalProperties(all, spares, (name, reason) =>
          dropped.push({ name, reason })
        )

        const expected = new Map<string, unknown>()
        for (const { name, value } of all.filter(qualifies)) {
          if (expected.has(name) || expected.size < 10) expected.set(name, value)
        }
        for (const [name, value] of Object.entries(spares)) {
          if (qualifies({ name, value }) && !expected.has(name) && expected.size < 10)
            expected.set(name, value)
        }
        expect(new Map(Object.entries(properties))).toEqual(expected)
        // An object has names that are numbers before the others, in whatever order they came.
        const isNumber = (name: string) => /^\d+$/.test(name)
        const inOrder = (list: string[]) => list.filter((name) => !isNumber(name))
        expect(inOrder(Object.keys(properties))).toEqual(inOrder([...expected.keys()]))

        const inputs = all.length + Object.values(spares).filter((value) => value !== undefined).length
        expect(dropped.length).toBe(inputs - expected.size)
      }),
      { numRuns: RUNS }
    )
  })
})
