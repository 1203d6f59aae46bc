import { type FriendbuySubscription, presetSubscriptions } from './subscriptions'

/** Names that the browser's libraries give themselves in `context.library.name`. */
const BROWSER_LIBRARIES = ['analytics.js', 'RudderLabs JavaScript SDK']

const notFromBrowser = BROWSER_LIBRARIES.map((name) => ` and context.library.name != "${name}"`).join('')

/**
 * Subscriptions of cloud mode for a shop that runs the browser destination too: the presets, with purchases and sign-ups
 * only from elsewhere than the browser. Friendbuy documents that a custom event with the same deduplication ID counts
 * once; it documents nothing of the kind for purchases and sign-ups, so only one mode may send each of them.
 *
 * `examples/subscriptions-beside-web.json` holds the same.
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
