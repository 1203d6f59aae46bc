import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type CsvRow, CsvSplitter, readCsv, toCsvLine } from '../../src/events/csv'
import { toCell } from '../../src/events/csv-cell'
import { findStatusColumns, guessCsvMapping } from '../../src/events/csv-guess'
import { type CsvMapping, parseCsvMapping } from '../../src/events/csv-mapping'
import { readEvents, type EventLine } from '../../src/events/read-events'
import type { CsvOptions } from '../../src/events/read-values'
import { toMessage } from '../../src/messages'
import { pushInPieces } from '../support/push-in-pieces'

const split = (text: string | Buffer, sizes: readonly number[] = []): CsvRow[] => [
  ...pushInPieces(new CsvSplitter(), Buffer.from(text), sizes)
]

const cellsOf = (rows: readonly CsvRow[]) => rows.map((row) => ('cells' in row ? row.cells : row.error))

describe('CsvSplitter', () => {
  it.each([
    [
      'quotes, commas and line breaks',
      'a,b\n"x, ""y""\nz",2\n',
      [
        ['a', 'b'],
        ['x, "y"\nz', '2']
      ],
      [1, 2]
    ],
    [
      'CRLF and a byte-order mark',
      '\uFEFFa,b\r\n"1\r\n2",3\r\n',
      [
        ['a', 'b'],
        ['1\n2', '3']
      ],
      [1, 2]
    ],
    [
      'semicolons',
      'a;b,c;d\n1;2;3\n',
      [
        ['a', 'b,c', 'd'],
        ['1', '2', '3']
      ],
      [1, 2]
    ],
    [
      'tabs',
      'a\tb\n1,5\t2',
      [
        ['a', 'b'],
        ['1,5', '2']
      ],
      [1, 2]
    ],
    [
      'the separator that its first line names',
      'sep=;\na;b,c,d,e\n1;2',
      [
        ['a', 'b,c,d,e'],
        ['1', '2']
      ],
      [2, 3]
    ],
    [
      'blank lines, which count',
      '\n\na,b\n \n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2']
      ],
      [3, 5]
    ],
    [
      'formulas, as text',
      'a,b\n=1+1,@x',
      [
        ['a', 'b'],
        ['=1+1', '@x']
      ],
      [1, 2]
    ]
  ])('reads %s', (_what, text, cells, lines) => {
    for (const sizes of [[], [1], [3]]) {
      const rows = split(text, sizes)
      expect(cellsOf(rows)).toEqual(cells)
      expect(rows.map(({ line }) => line)).toEqual(lines)
    }
  })

  it.each([
    [
      'a quote that is never closed',
      'a,b\n1,"x\n3,4\n5,6',
      [['a', 'b'], 'not CSV: a quote is never closed', ['3', '4'], ['5', '6']]
    ],
    [
      'a quote within a cell',
      'a,b\n1,5" pipe"\n3,4',
      [['a', 'b'], 'not CSV: quotes are misplaced or not closed', ['3', '4']]
    ],
    [
      'stray quotes on two lines',
      'a,b\n1,"x\n3,4\n5,y"z\n7,8',
      [
        ['a', 'b'],
        'not CSV: quotes are misplaced or not closed',
        ['3', '4'],
        'not CSV: quotes are misplaced or not closed',
        ['7', '8']
      ]
    ],
    [
      'text that is not UTF-8',
      Buffer.from('a,b\n1,caf\xe9\n3,4', 'latin1'),
      [
        ['a', 'b'],
        'not UTF-8: the text is in another encoding, such as ISO-8859-1. Convert the file to UTF-8.',
        ['3', '4']
      ]
    ]
  ])('reports %s, and continues', (_what, text, cells) => {
    for (const sizes of [[], [1]]) expect(cellsOf(split(text, sizes))).toEqual(cells)
  })

  it('gives up a row that is too long, and keeps little of it', () => {
    const rows = split(`a,b\n1,"\n${'3,4\n'.repeat(400_000)}`)
    expect(rows).toHaveLength(400_002)
    expect(rows.filter((row) => 'error' in row)).toEqual([
      { line: 2, error: 'not CSV: a quote is never closed', raw: '1,"' }
    ])
  })

  it('reads what toCsvLine writes, for any chunk sizes', () => {
    const rows = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), {
      minLength: 1
    })
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 1, max: 9 })), (given, sizes) => {
        const clean = given.map((cells) => cells.map((cell) => cell.replace(/[\r\uFEFF\uD800-\uDFFF]/g, '')))
        const all = [['h1', 'h2'], ...clean]
        expect(cellsOf(split(all.map((cells) => `${toCsvLine(cells)}\r\n`).join(''), sizes))).toEqual(
          all.filter((cells) => cells.join(',').trim() !== '')
        )
      })
    )
  })
})

describe('readCsv', () => {
  it('gives rows by the names of their columns, and errors in their places', async () => {
    const records = []
    for await (const record of readCsv(Readable.from([Buffer.from('email, id\na@b.c\n"x\n')])))
      records.push(record)
    expect(records).toMatchObject([
      { line: 2, values: { email: 'a@b.c', id: '' } },
      { line: 3, error: 'not CSV: a quote is never closed' }
    ])
  })
})

describe('toCell', () => {
  it.each([
    ['1026.50', 'number', '.', 1026.5],
    ['-3', 'number', '.', -3],
    ['1.026,50', 'number', ',', 1026.5],
    ['26,5', 'number', ',', 26.5],
    ['yes', 'boolean', '.', true],
    ['0', 'boolean', '.', false],
    ['2026-03-01', 'date', '.', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01 12:00:30 -0500', 'date', '.', '2026-03-01T17:00:30.000Z'],
    ['2026-03-01 12:00', 'date', '.', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.123+02:00', 'date', '.', '2026-03-01T10:00:00.000Z'],
    ['007', 'text', '.', '007']
  ] as const)('reads %s as a %s', (text, as, decimal, value) => {
    expect(toCell(text, as, decimal)).toEqual({ value })
  })

  it.each([
    ['$26.50', 'number', '.'],
    ['1,026.50', 'number', '.'],
    ['1,026', 'number', '.'],
    ['1.02,5', 'number', ','],
    ['', 'number', '.'],
    ['maybe', 'boolean', '.'],
    ['01/02/2026', 'date', '.'],
    ['2026-13-01', 'date', '.']
  ] as const)('does not guess what %j is as a %s', (text, as, decimal) => {
    expect(toCell(text, as, decimal)).toEqual({ expected: expect.any(String) as string })
  })
})

/** Reads a CSV file; errors as their messages. */
const read = async (text: string | Buffer, csv: CsvOptions = {}, chunks: Buffer[] = [Buffer.from(text)]) => {
  const lines: EventLine[] = []
  try {
    for await (const line of readEvents(['-'], { stdin: Readable.from(chunks), csv })) lines.push(line)
  } catch (error) {
    return [...lines, toMessage(error).replaceAll(': Error: ', ': ')]
  }
  return lines
}

const eventsOf = (lines: readonly (EventLine | string)[]) =>
  lines.map((line) =>
    typeof line === 'string'
      ? line
      : 'event' in line
        ? { ...line.event, messageId: 'm' }
        : `${line.line}: ${line.error}`
  )

const SHOPIFY = `Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Cancelled at,Id
#1001,ada@example.com,paid,2023-04-02 10:00:00 -0500,USD,50.00,54.82,FRIEND10,2023-04-02 09:59:00 -0500,2,"Mug, blue",12.50,MUG,Ada Lovelace,,5501
#1001,,,,,,,,2023-04-02 09:59:00 -0500,1,"Plate
deep",25.00,,,,
#1002,bob@example.com,refunded,2023-04-03 10:00:00 -0500,USD,10.00,10.00,,2023-04-03 10:00:00 -0500,1,Mug,10.00,MUG,Bob,,5502
#1003,eve@example.com,paid,2023-04-03 11:00:00 -0500,USD,10.00,10.00,,2023-04-03 10:00:00 -0500,1,Mug,10.00,MUG,Eve,2023-04-04 10:00:00 -0500,5503
#1004,dan@example.com,paid,2023-04-05 10:00:00 -0500,USD,10.00,$10.00,,2023-04-05 10:00:00 -0500,1,Mug,10.00,MUG,Dan,,5504
#1005,cut off
#1006,fay@example.com,paid,2023-04-06 10:00:00 -0500,EUR,9.00,9.00,,2023-04-06 10:00:00 -0500,1,Mug,9.00,MUG,Fay,,5506
`

const shopifyOrder = (id: string, email: string, more: object) => ({
  messageId: 'm',
  type: 'track',
  event: 'Order Completed',
  properties: { order_id: id, email, ...more }
})

describe('readEvents from CSV', () => {
  it('guesses an order export of Shopify, and reads its paid orders', async () => {
    const guesses: string[] = []
    const skipped: string[][] = []
    const csv: CsvOptions = {
      onGuess: (_source, { name }) => Promise.resolve(void guesses.push(name)),
      onSkip: (...args) => void skipped.push(args)
    }
    const expected = [
      {
        ...shopifyOrder('#1001', 'ada@example.com', {
          total: 54.82,
          currency: 'USD',
          coupon: 'FRIEND10',
          name: 'Ada Lovelace',
          products: [
            { name: 'Mug, blue', sku: 'MUG', price: 12.5, quantity: 2 },
            { name: 'Plate\ndeep', price: 25, quantity: 1 }
          ]
        }),
        timestamp: '2023-04-02T15:00:00.000Z'
      },
      '8: 2 cells, but the header has 16',
      '7: "Total" must be a number such as 1026.50, without a currency and thousands separators, is "$10.00"',
      {
        ...shopifyOrder('#1006', 'fay@example.com', {
          total: 9,
          currency: 'EUR',
          name: 'Fay',
          products: [{ name: 'Mug', sku: 'MUG', price: 9, quantity: 1 }]
        }),
        timestamp: '2023-04-06T15:00:00.000Z'
      }
    ]
    const lines = await read(SHOPIFY, csv)
    expect(eventsOf(lines)).toEqual(expected)
    expect(lines.map((line) => (typeof line === 'string' ? line : line.line))).toEqual([2, 8, 7, 9])
    expect(guesses).toEqual(['an order export of Shopify'])
    expect(skipped).toEqual([
      ['-', 'Financial Status', 'refunded'],
      ['-', 'Cancelled at', '2023-04-04 10:00:00 -0500']
    ])
    const bytes = Buffer.from(SHOPIFY)
    expect(
      await read(
        '',
        {},
        Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1))
      )
    ).toEqual(lines)
    expect(await read(gzipSync(SHOPIFY))).toEqual(lines)
    expect(await read(Buffer.from(`\uFEFF${SHOPIFY.replaceAll('\n', '\r\n')}`, 'utf16le'))).toMatchObject(
      eventsOf(lines).map((line) =>
        typeof line === 'string' ? {} : { event: { properties: line.properties } }
      )
    )
  })

  it('guesses an order export of WooCommerce', async () => {
    const csv =
      'order_id;order_date;status;order_total;order_currency;billing_email;item_name;item_quantity\n7;2023-04-02 10:00:00;completed;12.00;EUR;a@b.c;Mug;1\n8;2023-04-02 10:00:00;processing;12.00;EUR;a@b.c;Mug;1\n'
    expect(eventsOf(await read(csv))).toEqual([
      {
        ...shopifyOrder('7', 'a@b.c', {
          total: 12,
          currency: 'EUR',
          products: [{ name: 'Mug', quantity: 1 }]
        }),
        timestamp: '2023-04-02T10:00:00.000Z'
      }
    ])
  })

  it.each([
    [['Name', 'Email', 'Total', 'Created at', 'Lineitem name']],
    [['Order ID', 'Order Date', 'Order Total']],
    [['email', 'id']]
  ])('guesses nothing where no column tells what is paid: %j', (header) => {
    expect(guessCsvMapping(header)).toBeUndefined()
  })

  it('reads nothing if the guess is refused', async () => {
    const lines = await read(SHOPIFY, { onGuess: () => Promise.reject(new Error('Not confirmed.')) })
    expect(lines).toEqual(['standard input cannot be read: Not confirmed.'])
  })

  const mapping = parseCsvMapping({
    event: 'Order Completed',
    columns: {
      id: 'properties.order_id',
      total: { to: 'properties.total', as: 'number' },
      customer: 'userId'
    },
    set: { 'properties.currency': 'USD' }
  })

  it('reads by a mapping, with the same messageId for the same content', async () => {
    const text = 'note,id,total,customer\n,0012,5,c-1\nx,"=""0013""",7.5,\n'
    const lines = await read(text, { mapping })
    expect(eventsOf(lines)).toEqual([{ ...shopify('0012', 5), userId: 'c-1' }, shopify('0013', 7.5)])
    const ids = (all: readonly (EventLine | string)[]) =>
      all.map((line) => (typeof line === 'object' && 'event' in line ? line.event.messageId : line))
    expect(new Set(ids(lines)).size).toBe(2)
    expect(ids(lines)[0]).toMatch(/^csv-[0-9a-f]{32}$/)
    expect(ids(await read(text.replace('note', 'memo'), { mapping }))).toEqual(ids(lines))
  })

  const shopify = (id: string, total: number) => ({
    messageId: 'm',
    type: 'track',
    event: 'Order Completed',
    properties: { currency: 'USD', order_id: id, total }
  })

  it.each([
    [
      'lacks a column of the mapping',
      'id,customer\n1,2',
      'the CSV mapping names the column "total", which it lacks: its columns are id, customer'
    ],
    [
      'has one of them twice',
      'id,total,total,customer\n1,2,3,4',
      'the CSV mapping names the column "total", which it has 2 times'
    ]
  ])('throws if the header %s', async (_what, text, message) => {
    expect(await read(text, { mapping })).toEqual([`standard input cannot be read: ${message}`])
  })

  it('ignores blank headers and other columns that appear twice', async () => {
    expect(eventsOf(await read('id,,,x,x,total,customer\n1,a,b,c,d,2,', { mapping }))).toEqual([
      shopify('1', 2)
    ])
  })

  it('groups adjacent rows, and reports those that are apart', async () => {
    const grouped: CsvMapping = { ...mapping, groupBy: 'id' }
    const text = 'id,total,customer\n1,2,\n1,,c-1\n,5,\n2,3,\n1,2,\n'
    expect(eventsOf(await read(text, { mapping: grouped }))).toEqual([
      '4: "id" is blank: the row belongs to no event',
      { ...shopify('1', 2), userId: 'c-1' },
      shopify('2', 3),
      '6: "id" "1" is on line 2 already: put the rows of an event together'
    ])
  })

  it('says that text is CSV without a mapping, once, and reads JSON in spite of one', async () => {
    expect(await read('email,id\na@b.c,1\n'.repeat(50))).toEqual([
      'standard input cannot be read: it is CSV with the columns email, id. Describe in a JSON file what they become, and pass it as --csv-mapping: docs/guides/import-history.md of this package has an example'
    ])
    expect(await read('{"type":"page"}', { mapping })).toMatchObject([{ event: { type: 'page' } }])
  })

  it.each([
    ['one column', 'customer\nc-1\n'],
    ['a header that could be JSON', 'a: {b},customer\n1,c-1\n']
  ])('reads standard input with %s as CSV if there is a mapping', async (_title, text) => {
    const columns: CsvMapping = { ...mapping, columns: { customer: { to: 'userId', as: 'text' } } }
    expect(eventsOf(await read(text, { mapping: columns }))).toMatchObject([{ userId: 'c-1' }])
  })

  it('names the row of a cell that is not in the first one', async () => {
    const grouped: CsvMapping = {
      ...mapping,
      groupBy: 'id',
      items: { to: 'properties.products', columns: { price: { to: 'price', as: 'number' } } }
    }
    expect(eventsOf(await read('id,total,customer,price\n1,2,c-1,3\n1,,,?\n', { mapping: grouped }))).toEqual(
      [
        '2: "price" must be a number such as 1026.50, without a currency and thousands separators, is "?" (line 3)'
      ]
    )
  })

  it.each([
    ['Name,Financial Status,Fulfillment Status,Cancelled at', ['Financial Status', 'Cancelled at']],
    ['order_id,status,billing_state', ['status']],
    ['ID,Paid?,Refunded Amount,Payment state', ['Paid?', 'Refunded Amount', 'Payment state']],
    ['id,shipping status,state,prepaid,avoid', []]
  ])('finds in the header %s the columns that tell which orders are paid: %j', (header, columns) => {
    expect(findStatusColumns(header.split(','))).toEqual(columns)
  })

  it.each<[string, Partial<CsvMapping>, string[]]>([
    ['says nothing of which rows to read', {}, ['status']],
    ['says to read all rows', { only: {} }, []],
    ['says which rows to read', { only: { id: ['1'] } }, []],
    ['is of customers', { type: 'identify', event: undefined }, []]
  ])('tells of a status column if the mapping %s', async (_title, change, columns) => {
    const found: string[] = []
    const onStatusColumns = (_source: string, names: readonly string[]) => {
      found.push(...names)
      return Promise.resolve()
    }
    await read('id,total,customer,status\n1,2,c-1,refunded\n', {
      mapping: { ...mapping, only: undefined, ...change },
      onStatusColumns
    })
    expect(found).toEqual(columns)
  })

  it.each([
    [[], /^the file must be an object/],
    [{ columns: { a: 'userId' } }, /^event must be the name of the event, is missing$/],
    [{ event: 'A', columns: {} }, /^columns must be paths by column names/],
    [{ event: 'A', columns: { a: 'order_id' } }, /^columns\["a"\] must be a path such as .*, is "order_id"$/],
    [{ event: 'A', columns: { a: { to: 'userId', as: 'money' } } }, /must be as: .*, is "money"$/],
    [{ event: 'A', columns: { a: 'properties.__proto__.x' } }, /must be a path/],
    [{ event: 'A', columns: { a: 'userId' }, only: { b: 7 } }, /^only\["b"\] must be a list of texts/],
    [{ event: 'A', columns: { a: 'userId' }, colums: 1 }, /^unknown key "colums"/],
    [{ type: 'identify', event: 'A', columns: { a: 'userId' } }, /^event must be nothing/],
    [{ event: 'A', columns: { a: 'userId' }, decimal: ';' }, /^decimal must be/]
  ])('refuses the mapping %j', (value, message) => {
    expect(() => parseCsvMapping(value)).toThrow(message)
  })
})
