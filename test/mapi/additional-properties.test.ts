import fc from 'fast-check'
import { type Attribute, type DroppedValue, toAdditionalProperties, toAttributes } from '../../src'
import { RUNS, wildName, wildText, wildValue } from '../support/arbitraries'

/** Filters custom attributes and spare values, and collects the dropped ones. */
const filter = (values: Record<string, unknown>, spare: Record<string, string | undefined> = {}) => {
  const dropped: DroppedValue[] = []
  const properties = toAdditionalProperties(toAttributes('custom', values), spare, (name, reason) =>
    dropped.push({ name, reason })
  )
  return { properties, dropped }
}

const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, `v${index}`]))

describe('toAdditionalProperties', () => {
  it('keeps strings of 1 to 128 UTF-16 code units', () => {
    const emoji = '😀'.repeat(64)
    expect(filter({ a: 'x', b: 'y'.repeat(128), c: emoji, d: `${emoji}!` })).toEqual({
      properties: { a: 'x', b: 'y'.repeat(128), c: emoji },
      dropped: [{ name: 'custom.d', reason: 'longer than 128 characters' }]
    })
  })

  it('drops and reports values that are blank or not strings, and names beginning with $', () => {
    const none = { nil: null, none: undefined, e: '', s: ' ' }
    expect(filter({ n: 1, t: true, o: {}, a: ['x'], ...none, $lib: 'web', k: 'v' })).toEqual({
      properties: { k: 'v' },
      dropped: [
        { name: 'custom.n', reason: 'not a string' },
        { name: 'custom.t', reason: 'not a string' },
        { name: 'custom.o', reason: 'not a string' },
        { name: 'custom.a', reason: 'not a string' },
        { name: 'custom.nil', reason: 'blank' },
        { name: 'custom.none', reason: 'blank' },
        { name: 'custom.e', reason: 'blank' },
        { name: 'custom.s', reason: 'blank' },
        { name: 'custom.$lib', reason: 'name begins with $' }
      ]
    })
  })

  it('keeps the first ten valid attributes, not counting dropped ones', () => {
    expect(filter({ no: 1, ...ten, k10: 'v10' })).toEqual({
      properties: ten,
      dropped: [
        { name: 'custom.no', reason: 'not a string' },
        { name: 'custom.k10', reason: 'more than 10 additional properties' }
      ]
    })
  })

  it('overrides an attribute with a later one of the same name', () => {
    const dropped: DroppedValue[] = []
    const properties = toAdditionalProperties(
      [
        ...toAttributes('first', { color: 'red', ...ten }),
        ...toAttributes('second', { color: 'blue', k0: 7, k8: 'last' })
      ],
      {},
      (name, reason) => dropped.push({ name, reason })
    )
    expect(Object.entries(properties)[0]).toEqual(['color', 'blue'])
    expect(properties).toMatchObject({ k0: 'v0', k8: 'last' })
    expect(dropped).toEqual([
      { name: 'first.k9', reason: 'more than 10 additional properties' },
      { name: 'first.color', reason: 'overridden by second.color' },
      { name: 'second.k0', reason: 'not a string' },
      { name: 'first.k8', reason: 'overridden by second.k8' }
    ])
  })

  it('adds spare values up to the limit, unless an attribute has their name', () => {
    expect(filter({ name: 'mine' }, { anonymousId: 'a-1', name: 'John', customerSince: undefined })).toEqual({
      properties: { name: 'mine', anonymousId: 'a-1' },
      dropped: [{ name: 'name', reason: 'overridden by custom.name' }]
    })
    expect(filter(ten, { anonymousId: 'a-1' }).dropped).toEqual([
      { name: 'anonymousId', reason: 'more than 10 additional properties' }
    ])
  })

  it('applies the same rules to spare values, and frees the name of a dropped attribute', () => {
    expect(filter({ name: 5 }, { name: 'John', anonymousId: 'a'.repeat(129) })).toEqual({
      properties: { name: 'John' },
      dropped: [
        { name: 'custom.name', reason: 'not a string' },
        { name: 'anonymousId', reason: 'longer than 128 characters' }
      ]
    })
  })

  const qualifies = ({ name, value }: Pick<Attribute, 'name' | 'value'>) =>
    !name.startsWith('$') && typeof value === 'string' && value.trim() !== '' && value.length <= 128
  const attributes = fc.array(fc.tuple(wildName, fc.oneof(wildText, wildValue)), {
    maxLength: 25,
    size: 'max'
  })
  const spare = fc.dictionary(wildName, fc.option(wildText, { nil: undefined }), { maxKeys: 4 })

  it('keeps the first ten valid names, each with its last value, and reports the rest, for any input', () => {
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
        // Objects list integer names first, whatever their insertion order.
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
