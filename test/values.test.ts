import { isTooDeep, MAX_LEVELS, setOwn } from '../src/values'

describe('setOwn', () => {
  it.each(['color', '', 'constructor', '__proto__'])('gives an object a value of its own as %j', (name) => {
    const object: Record<string, unknown> = {}
    setOwn(object, name, { inherited: 'no' })
    expect(Object.getOwnPropertyDescriptors(object)).toEqual(
      Object.fromEntries([
        [name, { value: { inherited: 'no' }, configurable: true, enumerable: true, writable: true }]
      ])
    )
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect(object).not.toHaveProperty('inherited')
  })
})

describe('isTooDeep', () => {
  /** A value within so many objects, or so many arrays. */
  const nest = (levels: number, wrap: (inner: unknown) => unknown, value: unknown = 'a word') =>
    Array.from({ length: levels }).reduce<unknown>(wrap, value)

  it.each([
    ['objects', (inner: unknown) => ({ first: null, inner, last: 1 })],
    ['arrays', (inner: unknown) => [1, inner, null]]
  ])('takes as many levels of %s as there may be, and not one more', (_what, wrap) => {
    expect(isTooDeep(nest(MAX_LEVELS, wrap))).toBe(false)
    expect(isTooDeep(nest(MAX_LEVELS + 1, wrap))).toBe(true)
  })

  it('counts a level that is empty', () => {
    expect(isTooDeep(nest(MAX_LEVELS, (inner) => [inner], {}))).toBe(true)
  })

  it('counts levels and not values', () => {
    expect(isTooDeep(Array.from({ length: 2 * MAX_LEVELS }, () => ({ name: 'Ada' })))).toBe(false)
  })

  it('takes a value that holds itself for too deep', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(isTooDeep(circle)).toBe(true)
  })

  it.each(['a word', '', 7, true, null, undefined])('finds no levels in %j', (value) => {
    expect(isTooDeep(value, 0)).toBe(false)
    expect(isTooDeep(value)).toBe(false)
  })
})
