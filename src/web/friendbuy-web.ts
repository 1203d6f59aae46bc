import { describeDropped } from '../fields/dropped-value'
import { isRecord } from '../values'
import { webActions } from './action-fields'
import { WEB_ACTION_KEYS, type WebActionKey } from './action-keys'
import { loadFriendbuy } from './load-friendbuy'
import { friendbuyApi } from './page'
import { type CompiledSubscription, compileSubscriptions, type WebSubscription } from './subscriptions'
import { toJsonEvent } from './to-push'
import { VERSION } from './version'

/** Name by which hosts know the destination. */
export const PLUGIN_NAME = 'Friendbuy (Actions)'

/** Names by which an event's `integrations` may switch the destination off. */
const ALTERNATIVE_NAMES = [PLUGIN_NAME, 'Friendbuy (Web Destination)', 'Friendbuy (Web Destinations)']

/** Settings of one merchant. */
export interface WebSettings {
  /** Friendbuy Merchant ID: a UUID, from the general settings at Friendbuy. */
  merchantId: string
  /**
   * Saved actions. With an empty list nothing is loaded.
   *
   * @default the presets: customers, purchases, sign-ups and pages
   */
  subscriptions?: readonly WebSubscription[]
}

/** The part of a host's context that plugins use: the event, and a log. */
export interface WebContext {
  /** Event of the analytics library, such as a track event. */
  event: object
  /** Log of the host, which is told of dropped values. */
  log?: (level: 'warn', message: string) => unknown
}

/** Hook of a plugin, which resolves to the context that it was given. */
export type WebHook = <Context extends WebContext>(context: Context) => Promise<Context>

/** An analytics.js plugin for one action. */
export interface WebPlugin {
  /** Name with the action's key, such as `Friendbuy (Actions) trackPurchase`. */
  name: string
  /** Kind of plugin: it receives events after all plugins that change them. */
  type: 'destination'
  /** Names by which an event's `integrations` may switch the plugin off. */
  alternativeNames: string[]
  /** Version of this package. */
  version: string
  /** True once the merchant is registered on the page. */
  isLoaded: () => boolean
  /** Resolves once the merchant is registered on the page. */
  ready: () => Promise<void>
  /**
   * Registers the merchant on the page and requests Friendbuy's scripts, once for all plugins.
   *
   * @throws Error if the merchant ID is not a UUID, or the page belongs to another merchant
   */
  load: () => Promise<void>
  /** Pushes track events that a subscription matches. */
  track: WebHook
  /** Pushes identify events that a subscription matches. */
  identify: WebHook
  /** Pushes page events that a subscription matches. */
  page: WebHook
  /** Pushes group events that a subscription matches. */
  group: WebHook
  /** Pushes alias events that a subscription matches. */
  alias: WebHook
  /** Pushes screen events that a subscription matches. */
  screen: WebHook
}

/**
 * Creates the plugins of the browser destination: one for each action that has an enabled subscription. Touches nothing
 * of the page before a plugin's `load`.
 *
 * @example
 * const analytics = AnalyticsBrowser.load({ writeKey })
 * await analytics.register(...friendbuyWeb({ merchantId: '0ebece2e-b04c-4504-97f2-16cd9f423612' }))
 */
export const friendbuyWeb: { (settings: WebSettings): WebPlugin[]; pluginName: string } =
  /* @__PURE__ */ Object.assign((settings: WebSettings) => createPlugins(settings), {
    pluginName: PLUGIN_NAME
  })

/** The same factory for `AnalyticsBrowser.load({ plugins: [webPluginFactory] })`, whose settings are any JSON. */
export const webPluginFactory = friendbuyWeb as { (settings: unknown): WebPlugin[]; pluginName: string }

const createPlugins = (settings: unknown): WebPlugin[] => {
  const { merchantId, subscriptions } = isRecord(settings) ? settings : {}
  const compiled = compileSubscriptions(subscriptions, (message) => {
    // eslint-disable-next-line no-console -- a merchant has no other place to look
    console.warn(message)
  })
  const loader = createLoader(merchantId)
  return WEB_ACTION_KEYS.flatMap((key) => {
    const own = compiled.filter(({ action }) => action === key)
    return own.length > 0 ? [createPlugin(key, own, loader)] : []
  })
}

type Loader = Pick<WebPlugin, 'isLoaded' | 'load'>

const createLoader = (merchantId: unknown): Loader => {
  let isLoaded = false
  let loading: Promise<void> | undefined
  return {
    isLoaded: () => isLoaded,
    load: () =>
      (loading ??= new Promise((resolve) => {
        loadFriendbuy(merchantId)
        isLoaded = true
        resolve()
      }))
  }
}

const createPlugin = (
  action: WebActionKey,
  subscriptions: readonly CompiledSubscription[],
  { isLoaded, load }: Loader
): WebPlugin => {
  const hook: WebHook = async (context) => {
    // Without a pause if possible: a page may be left right after a purchase.
    if (!isLoaded()) await load()
    performAll(webActions[action].title, subscriptions, context)
    return context
  }
  return {
    name: `${PLUGIN_NAME} ${action}`,
    type: 'destination',
    alternativeNames: [...ALTERNATIVE_NAMES],
    version: VERSION,
    isLoaded,
    ready: load,
    load,
    track: hook,
    identify: hook,
    page: hook,
    group: hook,
    alias: hook,
    screen: hook
  }
}

/**
 * Pushes an event for each subscription that it matches.
 *
 * @throws the first error, after the other subscriptions
 */
const performAll = (
  title: string,
  subscriptions: readonly CompiledSubscription[],
  context: WebContext
): void => {
  const event = toJsonEvent(context.event)
  const errors: unknown[] = []
  for (const { matches, convert } of subscriptions) {
    try {
      if (!matches(event)) continue
      const { push, dropped } = convert(event)
      if (dropped.length > 0) context.log?.('warn', describeDropped(title, dropped))
      friendbuyApi().push(push)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
