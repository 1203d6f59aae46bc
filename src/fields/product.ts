import type { NestedField } from './payload'

/**
 * The properties of one product of an order, under the names of Segment's ecommerce specification. Each may be null,
 * which actions-core would otherwise turn into 0 or an empty string.
 */
export const productFields = {
  sku: { label: 'SKU', type: 'string', allowNull: true },
  product_id: { label: 'Product ID (where there is no SKU)', type: 'string', allowNull: true },
  name: { label: 'Name', type: 'string', allowNull: true },
  quantity: { label: 'Quantity', type: 'number', allowNull: true },
  price: { label: 'Price', type: 'number', allowNull: true },
  description: { label: 'Description', type: 'string', allowNull: true },
  category: { label: 'Category', type: 'string', allowNull: true },
  url: { label: 'Product URL', type: 'string', allowNull: true },
  image_url: { label: 'Image URL', type: 'string', allowNull: true }
} as const satisfies Record<string, NestedField>
