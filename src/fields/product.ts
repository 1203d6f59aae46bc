import { pickFirst } from './conversions'
import type { FieldDropReason, OnDrop } from './dropped-value'
import type { Fields, PayloadOf } from './payload'

/**
 * Fields of one product of an order, named as in Segment's ecommerce specification. Each accepts null, which
 * actions-core would otherwise turn into 0 or an empty string.
 */
export const productFields = {
  sku: { label: 'SKU', description: 'Stock keeping unit.', type: 'string', allowNull: true },
  product_id: {
    label: 'Product ID',
    description: 'ID of the product. Used as the SKU if there is none.',
    type: 'string',
    allowNull: true
  },
  name: { label: 'Name', description: 'Name of the product.', type: 'string', allowNull: true },
  quantity: {
    label: 'Quantity',
    description: 'Number of units. Defaults to 1.',
    type: 'number',
    allowNull: true
  },
  price: { label: 'Price', description: 'Price per unit.', type: 'number', allowNull: true },
  description: {
    label: 'Description',
    description: 'Description of the product.',
    type: 'string',
    allowNull: true
  },
  category: { label: 'Category', description: 'Category of the product.', type: 'string', allowNull: true },
  url: { label: 'Product URL', description: 'URL of the product page.', type: 'string', allowNull: true },
  image_url: {
    label: 'Image URL',
    description: 'URL of an image of the product.',
    type: 'string',
    allowNull: true
  }
} as const satisfies Fields

type GivenProduct = PayloadOf<typeof productFields>

/** A product of an order as Friendbuy expects it. */
interface OrderedProduct extends Omit<GivenProduct, 'product_id' | 'image_url'> {
  sku: string
  name: string
  quantity: number
  imageUrl?: string
}

/** Converts the products of an order and skips those without a readable property. */
export const toProducts = (
  products: readonly GivenProduct[],
  onDrop: OnDrop<FieldDropReason>
): OrderedProduct[] => {
  const made: OrderedProduct[] = []
  for (const [index, product] of products.entries()) {
    if (Object.keys(product).length > 0) made.push(toProduct(product, `products[${index}]`, onDrop))
  }
  return made
}

/** Converts a product: sku and name default to "unknown", quantity to 1. */
const toProduct = (
  { sku, product_id, quantity, image_url, ...product }: GivenProduct,
  path: string,
  onDrop: OnDrop<FieldDropReason>
): OrderedProduct => {
  const made: OrderedProduct = {
    name: 'unknown',
    ...product,
    sku: pickFirst(`${path}.`, { sku, product_id }, onDrop) ?? 'unknown',
    quantity: toQuantity(quantity, `${path}.quantity`, onDrop)
  }
  if (image_url !== undefined) made.imageUrl = image_url
  return made
}

/** Rounds a quantity down and replaces one below 1 with 1. */
const toQuantity = (quantity = 1, path: string, onDrop: OnDrop<FieldDropReason>) => {
  if (quantity >= 1 && quantity <= Number.MAX_SAFE_INTEGER) return Math.floor(quantity)
  onDrop(path, 'not a whole number of at least 1')
  return 1
}
