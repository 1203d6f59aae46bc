/* Compiled by `npm run typecheck`, never run: the entry's types in the place where each host takes them. */
import { AnalyticsBrowser as CustomerIo } from '@customerio/cdp-analytics-browser'
import { RudderAnalytics } from '@rudderstack/analytics-js'
import { AnalyticsBrowser as Segment } from '@segment/analytics-next'
import friendbuyWeb, {
  type ConvertedEvent,
  rudderIntegration,
  toPush,
  webPluginFactory,
  type WebSettings
} from '../../src/web'

const settings: WebSettings = {
  merchantId: '0ebece2e-b04c-4504-97f2-16cd9f423612',
  subscriptions: [{ partnerAction: 'trackPage', subscribe: 'type = "page"' }]
}

export const segment = Segment.load({ writeKey: 'write-key', plugins: [webPluginFactory] })
export const segmentPlugins = segment.register(...friendbuyWeb(settings))

export const customerIo = CustomerIo.load({ writeKey: 'write-key' })
export const customerIoPlugins = customerIo.register(...friendbuyWeb(settings))

const rudderAnalytics = new RudderAnalytics()
rudderAnalytics.addCustomIntegration('destination', rudderIntegration(settings))

export const converted: ConvertedEvent = toPush('trackPage', { type: 'page', name: 'Home' })

// @ts-expect-error -- a merchant ID is required
friendbuyWeb({})
// @ts-expect-error -- there is no such action
toPush('trackOrder', {})
