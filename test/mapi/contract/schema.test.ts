import {
  boolean,
  day,
  integer,
  list,
  moment,
  number,
  object,
  oneOf,
  optional,
  positiveNumber,
  record,
  scalar,
  type Schema,
  text,
  textLike,
  textUpTo
} from '../../../src/mapi/contract/schema'

const invalidDate = new Date('never')

/** Values that a schema accepts, and others with what it expects in their place. */
const schemas: [
  name: string,
  schema: Schema,
  accepted: unknown[],
  refused: [value: unknown, words: string][]
][] = [
  [
    'text',
    text,
    ['a', ' '],
    [
      ['', 'non-empty text, got empty text'],
      [1, 'non-empty text, got the number 1'],
      [null, 'got null'],
      [['a'], 'got a list'],
      [{}, 'got an object'],
      [() => '', 'got a function']
    ]
  ],
  ['textUpTo', textUpTo(3), ['abc'], [['abcd', 'non-empty text of at most 3 characters, got other text']]],
  [
    'textLike',
    textLike(/^[A-Z]{3}$/, 'a code'),
    ['USD'],
    [
      ['usd', 'a code'],
      ['USDX', 'a code'],
      [' ', 'a code']
    ]
  ],
  [
    'oneOf',
    oneOf('add', 'remove'),
    ['add', 'remove'],
    [
      ['Add', '"add" or "remove"'],
      [undefined, 'got undefined']
    ]
  ],
  [
    'number',
    number,
    [0, -1.5],
    [
      [NaN, 'a finite number, got NaN'],
      [Infinity, 'got Infinity'],
      ['1', 'a finite number']
    ]
  ],
  [
    'positiveNumber',
    positiveNumber,
    [0.01],
    [
      [0, 'above 0, got the number 0'],
      [-1, 'above 0'],
      [NaN, 'above 0'],
      ['1', 'above 0']
    ]
  ],
  [
    'integer',
    integer(1, 12),
    [1, 12],
    [
      [0, 'an integer from 1 to 12'],
      [13, 'an integer'],
      [1.5, 'an integer']
    ]
  ],
  [
    'integer without a maximum',
    integer(0),
    [0, 1e9],
    [
      [-1, 'an integer of at least 0'],
      [2 ** 53, 'an integer']
    ]
  ],
  ['boolean', boolean, [true, false], [['true', 'true or false, got other text']]],
  [
    'moment',
    moment,
    [new Date(0), '2024-01-31', '2024-01-31T00:00:00Z'],
    [
      [invalidDate, 'got an invalid Date'],
      ['31.1.2024', 'a Date or an ISO date-time'],
      [0, 'a Date']
    ]
  ],
  [
    'day',
    day,
    ['2024-01-31'],
    [
      ['2024-01-31T00:00:00Z', 'a whole day'],
      [new Date(0), 'a whole day such as 2024-01-31, got a Date']
    ]
  ],
  [
    'scalar',
    scalar,
    ['', 0, false],
    [
      [null, 'text, a number or a boolean'],
      [NaN, 'got NaN'],
      [{}, 'got an object']
    ]
  ],
  [
    'list',
    list(text, 1, 2),
    [['a'], ['a', 'b']],
    [
      [[], 'a list of 1 to 2 items, got 0'],
      [['a', 'b', 'c'], 'got 3'],
      ['a', 'a list, got other text']
    ]
  ],
  ['list without a maximum', list(text, 1), [['a', 'b', 'c']], [[[], 'a list of at least 1 items']]],
  [
    'record',
    record(text, 1),
    [{}, { a: 'b' }, { a: 'b', c: undefined }],
    [
      [{ a: 'b', c: 'd' }, 'at most 1 properties, got 2'],
      [['a'], 'an object, got a list']
    ]
  ]
]

describe.each(schemas)('A schema of %s', (_name, schema, accepted, refused) => {
  it('accepts what it declares', () => {
    for (const value of accepted) expect(schema.violationOf(value, 'p', 'refused')).toBeUndefined()
  })

  it('says what it expected, and the type of what it got', () => {
    for (const [value, words] of refused) {
      const violation = schema.violationOf(value, 'p', 'refused')
      expect(violation).toMatch(/^p: expected /)
      expect(violation).toContain(words)
    }
  })
})

describe('A schema of an object', () => {
  interface Order {
    id: string
    lines?: { sku: string }[]
    notes?: Record<string, string>
  }
  const order = object<Order>({
    id: text,
    lines: optional(list(object<{ sku: string }>({ sku: text }), 1)),
    notes: optional(record(text))
  })

  it.each([
    [{}, 'id: required, but missing'],
    [{ id: undefined }, 'id: required, but missing'],
    [{ id: 'o', lines: [{ sku: 's' }, {}] }, 'lines.1.sku: required, but missing'],
    [{ id: 'o', notes: { a: 1 } }, 'notes.a: expected non-empty text, got the number 1'],
    [{ id: 'o', lines: null }, 'lines: expected a list, got null'],
    [{ id: 'o', lines: [{ sku: 's', size: 'L' }] }, 'lines.0.size: MAPI documents no such property'],
    [{ id: 'o', toString: 1 }, 'toString: MAPI documents no such property'],
    [[], 'the input: expected an object, got a list'],
    [undefined, 'the input: expected an object, got undefined'],
    [{ id: 'o', lines: undefined }, undefined]
  ])('finds in %j: %s', (value, violation) => {
    expect(order.violationOf(value, '', 'refused')).toBe(violation)
  })

  it('lets properties through that it does not declare, if told to', () => {
    expect(
      order.violationOf({ id: 'o', prefix: 'vip', lines: [{ sku: 's', size: 1 }] }, '', 'allowed')
    ).toBeUndefined()
  })
})
