import type { CsvMapping, CsvTarget } from './csv-mapping'

/** Mapping guessed from a header. */
export interface CsvGuess {
  /** Export that the header looks like. */
  name: string
  mapping: CsvMapping
}

/** Targets in the order of preference of their columns. */
type Candidates = readonly (readonly [target: string | CsvTarget, ...columns: string[]])[]

interface Export {
  name: string
  groupBy: readonly string[]
  columns: Candidates
  items: Candidates
  /** Columns that tell which orders are paid, with the values of those. */
  only: readonly (readonly [values: string[], ...columns: string[]])[]
}

const number = (to: string): CsvTarget => ({ to, as: 'number' })
const date = (to: string): CsvTarget => ({ to, as: 'date' })

const EXPORTS: readonly Export[] = [
  {
    name: 'an order export of Shopify',
    groupBy: ['Name'],
    columns: [
      ['properties.order_id', 'Name'],
      ['properties.email', 'Email'],
      [number('properties.total'), 'Total'],
      ['properties.currency', 'Currency'],
      ['properties.coupon', 'Discount Code'],
      ['properties.name', 'Billing Name'],
      [date('timestamp'), 'Paid at', 'Created at']
    ],
    items: [
      ['name', 'Lineitem name'],
      ['sku', 'Lineitem sku'],
      [number('price'), 'Lineitem price'],
      [number('quantity'), 'Lineitem quantity']
    ],
    only: [
      [['paid'], 'Financial Status'],
      [[''], 'Cancelled at']
    ]
  },
  {
    name: 'an order export of WooCommerce',
    groupBy: ['Order ID', 'order_id', 'Order Number', 'order_number'],
    columns: [
      ['properties.order_id', 'Order ID', 'order_id', 'Order Number', 'order_number'],
      [
        'properties.email',
        'Billing Email',
        'Email (Billing)',
        'billing_email',
        'Billing Email Address',
        'customer_email'
      ],
      [number('properties.total'), 'Order Total', 'Order Total Amount', 'order_total'],
      ['properties.currency', 'Order Currency', 'Currency', 'order_currency'],
      ['properties.coupon', 'Coupon Code', 'coupon_code'],
      ['properties.first_name', 'Billing First Name', 'First Name (Billing)', 'billing_first_name'],
      ['properties.last_name', 'Billing Last Name', 'Last Name (Billing)', 'billing_last_name'],
      [date('timestamp'), 'Paid Date', 'paid_date', 'Order Date', 'order_date']
    ],
    items: [
      ['name', 'Item Name', 'item_name'],
      ['sku', 'SKU', 'Item SKU', 'item_sku'],
      [number('price'), 'Item Cost', 'Item Price', 'item_price'],
      [number('quantity'), 'Item Quantity', 'Quantity', 'item_quantity']
    ],
    only: [[['completed', 'wc-completed'], 'Order Status', 'order_status', 'status', 'Status']]
  }
]

/** Paths that a guess must find columns for. */
const REQUIRED = ['properties.order_id', 'properties.total', 'timestamp']

/**
 * Guesses the mapping of an order export of Shopify or WooCommerce by its header. A guess has a column that tells which
 * orders are paid.
 *
 * @returns undefined for any other header
 */
export const guessCsvMapping = (header: readonly string[]): CsvGuess | undefined => {
  for (const { name, groupBy, columns, items, only } of EXPORTS) {
    const found = toColumns(columns, header)
    const paths = Object.values(found).map(({ to }) => to)
    const status = only.flatMap(([values, ...names]) => {
      const column = names.find((candidate) => header.includes(candidate))
      return column === undefined ? [] : [[column, values] as const]
    })
    const key = groupBy.find((column) => header.includes(column))
    const hasStatus = status.some(([column]) => only[0]?.includes(column))
    const itemColumns = toColumns(items, header)
    if (key === undefined || !hasStatus || !REQUIRED.every((path) => paths.includes(path))) continue
    return {
      name,
      mapping: {
        type: 'track',
        event: 'Order Completed',
        columns: found,
        set: {},
        groupBy: key,
        ...(Object.keys(itemColumns).length > 0 && {
          items: { to: 'properties.products', columns: itemColumns }
        }),
        only: Object.fromEntries(status),
        decimal: '.'
      }
    }
  }
  return undefined
}

/** Names of columns, without separators and in lower case, that tell whether an order is paid. */
const STATUS =
  /^(?:(?:order|payment|financial|transaction)(?:status|state)|status|(?:is)?(?:paid|voided))$|cancel|refund|chargeback/

/**
 * Finds the columns of a header that tell whether an order was paid, cancelled or refunded.
 *
 * @example
 * findStatusColumns(['Order ID', 'Payment Status', 'Fulfillment Status']) // ['Payment Status']
 */
export const findStatusColumns = (header: readonly string[]): string[] =>
  header.filter((column) => STATUS.test(column.toLowerCase().replace(/[^a-z]/g, '')))

const toColumns = (candidates: Candidates, header: readonly string[]): Record<string, CsvTarget> =>
  Object.fromEntries(
    candidates.flatMap(([target, ...columns]) => {
      const column = columns.find((candidate) => header.includes(candidate))
      return column === undefined
        ? []
        : [[column, typeof target === 'string' ? { to: target, as: 'text' } : target]]
    })
  )
