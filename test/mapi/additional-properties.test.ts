import fc from 'fast-check'
import { type DroppedValue, toAdditionalProperties, toAttributes } from '../../src'

/** What becomes of custom attributes and spare values, and what is left out of it. */
const filter = (values: Record<string, unknown>, spare: Record<string, string | undefined> = {}) => {
  const dropped: DroppedValue[] = []
  const properties = toAdditionalProperties(toAttributes('custom', values), spare, (name, reason) =>
    dropped.push({ name, reason })
  )
  return { properties, dropped }
}

const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, `v${index}`]))

describe('toAdditionalProperties', () => {
  it('takes strings of 1 to 128 characters, counted as UTF-16 does', () => {
    const emoji = '😀'.repeat(64)
    expect(filter({ a: 'x', b: 'y'.repeat(128), c: emoji, d: `${emoji}!` })).toEqual({
      properties: { a: 'x', b: 'y'.repeat(128), c: emoji },
      dropped: [{ name: 'custom.d', reason: 'longer than 128 characters' }]
    })
  })

  it('leaves out what is no string, blank, or a name of a host, and says so', () => {
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

  it('takes the first ten that qualify; what does not takes no place', () => {
    expect(filter({ no: 1, ...ten, k10: 'v10' })).toEqual({
      properties: ten,
      dropped: [
        { name: 'custom.no', reason: 'not a string' },
        { name: 'custom.k10', reason: 'more than 10 additional properties' }
      ]
    })
  })

  it('lets the later of two attributes of one name take the place of the earlier', () => {
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

  it('takes spare values where a place and their name are free', () => {
    expect(filter({ name: 'mine' }, { anonymousId: 'a-1', name: 'John', customerSince: undefined })).toEqual({
      properties: { name: 'mine', anonymousId: 'a-1' },
      dropped: [{ name: 'name', reason: 'overridden by custom.name' }]
    })
    expect(filter(ten, { anonymousId: 'a-1' }).dropped).toEqual([
      { name: 'anonymousId', reason: 'more than 10 additional properties' }
    ])
  })

  it('holds a spare value to the same rules, and finds a name free whose attribute is left out', () => {
    expect(filter({ name: 5 }, { name: 'John', anonymousId: 'a'.repeat(129) })).toEqual({
      properties: { name: 'John' },
      dropped: [
        { name: 'custom.name', reason: 'not a string' },
        { name: 'anonymousId', reason: 'longer than 128 characters' }
      ]
    })
  })

  it('keeps its limits, mutates nothing and loses nothing in silence, whatever comes in', () => {
    const value = fc.oneof(fc.string({ maxLength: 200, unit: 'grapheme' }), fc.anything())
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { maxKeys: 30 }), (values) => {
        const before = Object.entries(values)
        const { properties, dropped } = filter(values)
        expect(Object.entries(values)).toEqual(before)
        expect(Object.keys(properties).length).toBeLessThanOrEqual(10)
        for (const [name, property] of Object.entries(properties)) {
          expect(property.length).toBeGreaterThan(0)
          expect(property.length).toBeLessThanOrEqual(128)
          expect(property).toBe(values[name])
        }
        expect(Object.keys(properties).length + dropped.length).toBe(before.length)
        expect(Object.getPrototypeOf(properties)).toBe(Object.prototype)
      })
    )
  })
})
