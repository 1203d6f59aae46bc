import { toMessage } from '../messages'
import { isRecord } from '../values'
import { friendbuyWeb, type WebSettings } from './friendbuy-web'

/** RudderStack's logger for an integration. */
interface RudderLogger {
  error: (message: string) => unknown
  warn: (message: string) => unknown
}

/** Hook for one kind of events. */
type RudderHook = (analytics: unknown, logger: RudderLogger, event: { message: object }) => void

/** A custom integration of RudderStack's JavaScript SDK. */
export interface RudderIntegration {
  /** Registers the merchant on the page and requests Friendbuy's scripts. */
  init: (config: unknown, analytics: unknown, logger: RudderLogger) => void
  /** True once the merchant is registered on the page. */
  isReady: () => boolean
  /** Pushes track events that a subscription matches. */
  track: RudderHook
  /** Pushes page events that a subscription matches. */
  page: RudderHook
  /** Pushes identify events that a subscription matches. */
  identify: RudderHook
  /** Pushes group events that a subscription matches. */
  group: RudderHook
  /** Pushes alias events that a subscription matches. */
  alias: RudderHook
}

/**
 * Creates the browser destination for RudderStack. Add it before RudderStack is loaded, to a destination of the type
 * Custom Device Mode. Errors go to RudderStack's logger.
 *
 * @example
 * analytics.addCustomIntegration('destination-id', rudderIntegration({ merchantId }))
 * analytics.load(writeKey, dataPlaneUrl)
 */
export const rudderIntegration = (settings: WebSettings): RudderIntegration => {
  const plugins = friendbuyWeb(settings)
  const hook: RudderHook = (_analytics, logger, { message }) => {
    const event = toSegmentEvent(message)
    const log = (_level: 'warn', text: string) => logger.warn(text)
    for (const { track } of plugins) track({ event, log }).catch(report(logger))
  }
  return {
    init: (_config, _analytics, logger) => {
      for (const { load } of plugins.slice(0, 1)) load().catch(report(logger))
    },
    isReady: () => plugins.every(({ isLoaded }) => isLoaded()),
    track: hook,
    page: hook,
    identify: hook,
    group: hook,
    alias: hook
  }
}

const report = (logger: RudderLogger) => (error: unknown) => {
  logger.error(toMessage(error))
}

/** RudderStack keeps the traits of a customer in the context. */
const toSegmentEvent = (message: object): object => {
  const { traits, context } = message as { traits?: unknown; context?: unknown }
  return { ...message, traits: traits ?? (isRecord(context) ? context.traits : undefined) }
}
