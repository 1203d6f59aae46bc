import type { Fields } from './payload'

/**
 * The properties of one product of an order, under the names of Segment's ecommerce specification. Each may be null,
 * which actions-core would otherwise turn into 0 or an empty string.
 */
export const productFields = {
  sku: { label: 'SKU', description: "The shop's stock keeping unit.", type: 'string', allowNull: true },
  product_id: {
    label: 'Product ID',
    description: 'ID of the product, which stands in for a missing SKU.',
    type: 'string',
    allowNull: true
  },
  name: { label: 'Name', description: 'Name of the product.', type: 'string', allowNull: true },
  quantity: {
    label: 'Quantity',
    description: 'How many were bought: 1 if missing.',
    type: 'number',
    allowNull: true
  },
  price: { label: 'Price', description: 'Price of one.', type: 'number', allowNull: true },
  description: { label: 'Description', description: 'What the product is.', type: 'string', allowNull: true },
  category: { label: 'Category', description: 'Category of the product.', type: 'string', allowNull: true },
  url: {
    label: 'Product URL',
    description: "Address of the product's page.",
    type: 'string',
    allowNull: true
  },
  image_url: {
    label: 'Image URL',
    description: "Address of the product's picture.",
    type: 'string',
    allowNull: true
  }
} as const satisfies Fields
