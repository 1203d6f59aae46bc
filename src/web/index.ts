/**
 * Browser destination for Friendbuy (direct mode): turns analytics events into calls of Friendbuy's own JavaScript. It
 * needs no other package, and a server may import it: nothing of a page is touched before a plugin is loaded.
 */
import { friendbuyWeb } from './friendbuy-web'

export type { WebActionKey } from './action-keys'
export type { ConvertedEvent, FriendbuyPush, WebDroppedValue, WebDropReason } from './converted-event'
export {
  type WebContext,
  type WebHook,
  type WebPlugin,
  webPluginFactory,
  type WebSettings
} from './friendbuy-web'
export { type RudderIntegration, rudderIntegration } from './rudder-integration'
export type { WebMapping } from './web-mapping'
export type { WebSubscription } from './subscriptions'
export { toPush } from './to-push'

export default friendbuyWeb
