import type { PayloadOf } from '../fields/payload'
import type { productFields } from '../fields/product'
import type { Product } from '../mapi/contract/operations'
import type { OnDrop } from '../fields/dropped-value'
import { pickFirst } from '../fields/conversions'

type GivenProduct = PayloadOf<typeof productFields>

/** The products of an order as MAPI takes them, without those of which nothing can be read. */
export const toProducts = (products: readonly GivenProduct[], onDrop: OnDrop): Product[] => {
  const made: Product[] = []
  for (const [index, product] of products.entries()) {
    if (Object.keys(product).length > 0) made.push(toProduct(product, `products[${index}]`, onDrop))
  }
  return made
}

/** A product of an order as MAPI takes it: what MAPI wants of each and this one lacks is "unknown", and one of it. */
const toProduct = (
  { sku, product_id, quantity, image_url, ...product }: GivenProduct,
  path: string,
  onDrop: OnDrop
): Product => {
  const made: Product = {
    name: 'unknown',
    ...product,
    sku: pickFirst(`${path}.`, { sku, product_id }, onDrop) ?? 'unknown',
    quantity: toQuantity(quantity, `${path}.quantity`, onDrop)
  }
  if (image_url !== undefined) made.imageUrl = image_url
  return made
}

/** How many: whole, rounded down, and 1 where that is not at least 1. */
const toQuantity = (quantity = 1, path: string, onDrop: OnDrop) => {
  if (quantity >= 1 && quantity <= Number.MAX_SAFE_INTEGER) return Math.floor(quantity)
  onDrop(path, 'not a whole number of at least 1')
  return 1
}
