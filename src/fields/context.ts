import { at } from './directives'
import type { Fields } from './payload'

/** Fields for the context of an event, shared by all actions. */
export const contextFields = {
  pageUrl: {
    label: 'Page URL',
    description: 'URL of the page where the event happened. Not sent: MAPI does not support it.',
    type: 'string',
    default: at('$.context.page.url')
  },
  pageTitle: {
    label: 'Page Title',
    description: 'Title of the page where the event happened. Not sent: MAPI does not support it.',
    type: 'string',
    default: at('$.context.page.title')
  },
  userAgent: {
    label: 'User Agent',
    description: "User-Agent of the customer's browser or app.",
    type: 'string',
    default: at('$.context.userAgent')
  },
  ipAddress: {
    label: 'IP Address',
    description: 'IP address of the customer.',
    type: 'string',
    default: at('$.context.ip')
  }
} as const satisfies Fields
