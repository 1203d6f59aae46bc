import { type FriendbuySubscription, presetSubscriptions } from './subscriptions'

/** Names that the browser's libraries give themselves in `context.library.name`. */
const BROWSER_LIBRARIES = ['analytics.js', 'RudderLabs JavaScript SDK']

// Friendbuy documents that a custom event with the same deduplication ID counts once, and nothing of the kind for these.
const notFromBrowser = BROWSER_LIBRARIES.map((name) => ` and context.library.name != "${name}"`).join('')

/**
 * Subscriptions of cloud mode beside the browser destination: the presets, with purchases and sign-ups only from elsewhere
 * than the browser, so that one mode alone sends each. Also in `examples/subscriptions-beside-web.json`.
 *
 * @example
 * const previews = await previewEvent(event, { subscriptions: subscriptionsBesideWeb })
 */
export const subscriptionsBesideWeb: readonly FriendbuySubscription[] = presetSubscriptions.map(
  (subscription) =>
    subscription.partnerAction === 'trackCustomer'
      ? subscription
      : { ...subscription, subscribe: subscription.subscribe + notFromBrowser }
)
