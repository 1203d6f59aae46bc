import { at } from './directives'
import type { Fields } from './payload'

/** Where the event happened: fields that every action has. MAPI takes the last two. */
export const contextFields = {
  pageUrl: {
    label: 'Page URL',
    description:
      'Address of the page that the event happened on. Kept for saved mappings: MAPI takes no page.',
    type: 'string',
    default: at('$.context.page.url')
  },
  pageTitle: {
    label: 'Page Title',
    description: 'Title of the page that the event happened on. Kept for saved mappings: MAPI takes no page.',
    type: 'string',
    default: at('$.context.page.title')
  },
  userAgent: {
    label: 'User Agent',
    description: "The User-Agent of the customer's browser or app.",
    type: 'string',
    default: at('$.context.userAgent')
  },
  ipAddress: {
    label: 'IP Address',
    description: "The customer's IP address.",
    type: 'string',
    default: at('$.context.ip')
  }
} as const satisfies Fields
