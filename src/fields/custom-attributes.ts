import { at } from './directives'
import type { Fields } from './payload'

/** The shop's own attributes, from a track event's properties. */
export const customAttributesFields = {
  friendbuyAttributes: {
    label: 'Custom Attributes',
    description:
      'Object of attributes of your own. At most 10 go to Friendbuy, each a string of at most 128 characters; others are left out.',
    type: 'object',
    default: at('$.properties.friendbuyAttributes')
  }
} as const satisfies Fields
