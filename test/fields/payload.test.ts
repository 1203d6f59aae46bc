import { PayloadValidationError } from '@segment/actions-core'
import type { Fields, DroppedValue } from '../../src'
import { payloadReader } from '../../src/fields/payload'

const fields = {
  id: { label: 'The ID', description: '', type: 'string', required: true },
  text: { label: 'Text', description: '', type: 'string' },
  amount: { label: 'Amount', description: '', type: 'number' },
  flag: { label: 'Flag', description: '', type: 'boolean' },
  bag: { label: 'Bag', description: '', type: 'object' },
  codes: { label: 'Codes', description: '', type: 'string', multiple: true },
  items: {
    label: 'Items',
    description: '',
    type: 'object',
    multiple: true,
    properties: {
      sku: { label: 'SKU', description: '', type: 'string' },
      price: { label: 'Price', description: '', type: 'number' }
    }
  }
} as const satisfies Fields

const readPayload = payloadReader(fields, (message) => new PayloadValidationError(message))

const read = (payload: unknown) => {
  const dropped: DroppedValue[] = []
  const values = readPayload(payload, (name, reason) => dropped.push({ name, reason }))
  return { values, dropped }
}

describe('payloadReader', () => {
  it('reads only declared fields, not settings or other values that a host adds', () => {
    expect(
      read({ id: 'a', authKey: 'k', authSecret: 's', internal_partner_action: 'x', debug: true })
    ).toEqual({
      values: { id: 'a' },
      dropped: []
    })
  })

  it('skips null, undefined and blank strings', () => {
    expect(
      read({ id: 'a', text: null, amount: undefined, bag: null, codes: [null, ''], items: [null] })
    ).toEqual({
      values: { id: 'a' },
      dropped: []
    })
    expect(read({ id: 'a', text: ' \t\n' }).values).toEqual({ id: 'a' })
  })

  it.each([
    ['text', 12.5, '12.5'],
    ['text', 0, '0'],
    ['amount', '12.99', 12.99],
    ['amount', ' 7 ', 7],
    ['amount', 0, 0],
    ['flag', false, false],
    ['flag', 'true', true],
    ['flag', 'False', false],
    ['flag', ' True ', true],
    ['flag', 1, true],
    ['flag', 0, false]
  ])('reads the %s %p as %p', (key, given, value) => {
    expect(read({ id: 'a', [key]: given })).toEqual({ values: { id: 'a', [key]: value }, dropped: [] })
  })

  it.each([
    ['text', true, 'not a string'],
    ['text', NaN, 'not a string'],
    ['text', ['a'], 'not a string'],
    ['amount', 'twelve', 'not a number'],
    ['amount', '12,99', 'not a number'],
    ['amount', Infinity, 'not a number'],
    ['amount', true, 'not a number'],
    ['flag', 'maybe', 'not true or false'],
    ['flag', 2, 'not true or false'],
    ['bag', 'a string', 'not an object'],
    ['bag', [1], 'not an object']
  ])('drops the %s %p, which is %s', (key, given, reason) => {
    expect(read({ id: 'a', [key]: given })).toEqual({ values: { id: 'a' }, dropped: [{ name: key, reason }] })
  })

  it.each([
    ['an array', ['x', 'y']],
    ['an array within an array', [['x', 'y']]],
    ['an index object', { 0: 'x', 1: 'y' }],
    ['an index object that holds an array', { 0: ['x', 'y'] }],
    ['an array of an index object', [{ 0: ['x', 'y'] }]],
    ['an array with nothing in between', ['x', null, '', [], {}, 'y']]
  ])('reads a list from %s', (_what, codes) => {
    expect(read({ id: 'a', codes })).toEqual({ values: { id: 'a', codes: ['x', 'y'] }, dropped: [] })
  })

  it('reads more than ten items from an index object', () => {
    const codes = Array.from({ length: 11 }, (_, index) => `c-${index}`)
    expect(read({ id: 'a', codes: Object.fromEntries(codes.entries()) })).toEqual({
      values: { id: 'a', codes },
      dropped: []
    })
  })

  it.each(['1a', 'a1'])('reads an object with the name %p as an item', (name) => {
    expect(read({ id: 'a', codes: { 0: 'x', [name]: 'y' } })).toEqual({
      values: { id: 'a' },
      dropped: [{ name: 'codes[0]', reason: 'not a string' }]
    })
  })

  it('flattens up to three levels of lists', () => {
    expect(read({ id: 'a', codes: [[['x']]] })).toEqual({ values: { id: 'a', codes: ['x'] }, dropped: [] })
    expect(read({ id: 'a', codes: [[[['x']]]] })).toEqual({
      values: { id: 'a' },
      dropped: [{ name: 'codes[0]', reason: 'not a string' }]
    })
  })

  it('reads a single item as a list', () => {
    expect(read({ id: 'a', codes: 7, items: { sku: 's' } }).values).toEqual({
      id: 'a',
      codes: ['7'],
      items: [{ sku: 's' }]
    })
  })

  it('reads the declared properties of objects, which keep their index in a list', () => {
    expect(
      read({
        id: 'a',
        items: { 0: [{ sku: 9, price: '2.5', position: 1 }, { price: 'free' }, 'a', { brand: 'b' }] }
      })
    ).toEqual({
      values: { id: 'a', items: [{ sku: '9', price: 2.5 }, {}, {}, {}] },
      dropped: [
        { name: 'items[0].position', reason: 'not supported by MAPI' },
        { name: 'items[1].price', reason: 'not a number' },
        { name: 'items[2]', reason: 'not an object' },
        { name: 'items[3].brand', reason: 'not supported by MAPI' }
      ]
    })
  })

  it.each([[undefined], [null], [''], ['  ']])('throws if a required field is %p', (id) => {
    expect(() => read({ id })).toThrow(
      new PayloadValidationError(
        'The ID (id) is required, and is missing or blank: map it to a value that the event has.'
      )
    )
  })

  it('throws if a required field is unreadable, with the reason', () => {
    expect(() => read({ id: { a: 1 } })).toThrow(
      new PayloadValidationError(
        'The ID (id) is required, and is not a string: map it to a value that the event has.'
      )
    )
  })

  it.each([[undefined], [null], ['text'], [7], [[]]])('throws for the payload %p', (payload) => {
    expect(() => read(payload)).toThrow(PayloadValidationError)
  })

  it('ignores inherited properties', () => {
    const payload = Object.create({ text: 'inherited' }) as Record<string, unknown>
    payload.id = 'a'
    expect(read(payload).values).toEqual({ id: 'a' })
  })
})
