import { type ActionDescription, sharedActions } from '../fields/actions'
import { toDefaultMapping } from '../fields/default-mapping'
import { either } from '../fields/directives'
import type { WebActionKey } from './action-keys'
import type { WebMapping } from './web-mapping'

const { trackCustomer, trackPurchase, trackSignUp, trackCustomEvent } = sharedActions

/** Actions of the browser destination: those of cloud mode without the fields of the context, and one for page views. */
export const webActions = {
  trackCustomer,
  trackPurchase,
  trackSignUp,
  trackPage: {
    title: 'Track Page',
    description: 'Record a page view. Friendbuy shows widgets by the name of a page.',
    defaultSubscription: 'type = "page"',
    fields: {
      name: {
        label: 'Page Name',
        description:
          'Name of the page, as widgets at Friendbuy refer to it. Without one, "undefined" is sent.',
        type: 'string',
        default: either('$.name', '$.properties.name')
      },
      category: {
        label: 'Page Category',
        description: 'Category of the page.',
        type: 'string',
        default: either('$.category', '$.properties.category')
      },
      title: {
        label: 'Page Title',
        description: 'Title of the page.',
        type: 'string',
        default: either('$.properties.title', '$.context.page.title')
      }
    }
  },
  trackCustomEvent
} as const satisfies Record<WebActionKey, ActionDescription>

/** Builds the default mapping of an action. */
export const toDefaultWebMapping = (action: WebActionKey): WebMapping =>
  toDefaultMapping(webActions[action].fields)
