import { eventually } from '../support/eventually'
import { describeInBrowser } from '../support/browser'
import {
  bundle,
  KEY_WITHOUT_DESTINATION,
  MERCHANT,
  readPushes,
  RUDDER_DESTINATION,
  SCRIPTS,
  scriptsOf,
  SETTINGS,
  SNIPPET,
  type Shop,
  startShop
} from './shop'

const WEB = `import friendbuyWeb, { rudderIntegration, webPluginFactory } from 'actions-friendbuy-cloud/web'
Object.assign(window, { friendbuyWeb, rudderIntegration, webPluginFactory })`

const LOAD = '{ writeKey: "write-key", cdnURL: location.origin }'

const REGISTER = `analytics = AnalyticsBrowser.load({ writeKey: '${KEY_WITHOUT_DESTINATION}', cdnURL: location.origin })
window.ready = analytics.register(...friendbuyWeb(${JSON.stringify(SETTINGS)}))`

/** The same calls for every library, which the page makes once it is ready. */
const CALLS = `(async () => {
  await window.ready
  await analytics.setAnonymousId('anon-1')
  await analytics.identify('customer-1', { email: 'jo@example.com', firstName: 'Jo' })
  await analytics.page('Home')
  await analytics.track('Order Completed', {
    orderId: 'order-1', email: 'jo@example.com', total: '42.50', currency: 'usd', coupon: 'TEN',
    products: [{ sku: 'mug', name: 'Mug', price: 21.25, quantity: 2 }, { sku: 'gift' }]
  })
  await analytics.track('Downloaded', { email: 'jo@example.com', at: new Date(0), version: 3 })
})()`

const toExpected = (messageId: string | undefined) => [
  ['merchant', MERCHANT],
  [
    'track',
    'customer',
    { id: 'customer-1', email: 'jo@example.com', anonymousId: 'anon-1', firstName: 'Jo' },
    true
  ],
  ['track', 'page', { name: 'Home', title: 'Shop' }, true],
  [
    'track',
    'purchase',
    {
      id: 'order-1',
      amount: 42.5,
      currency: 'USD',
      couponCode: 'TEN',
      products: [{ sku: 'mug', name: 'Mug', price: 21.25, quantity: 2 }],
      customer: { id: 'customer-1', email: 'jo@example.com', anonymousId: 'anon-1' }
    },
    true
  ],
  [
    'track',
    'Downloaded',
    {
      at: '1970-01-01T00:00:00.000Z',
      version: 3,
      email: 'jo@example.com',
      deduplicationId: messageId,
      customer: { id: 'customer-1', email: 'jo@example.com', anonymousId: 'anon-1' }
    }
  ]
]

describeInBrowser('The hosts, unmodified', (openPage) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop({
      '/web.js': bundle(WEB),
      '/segment.js': bundle(
        `import { AnalyticsBrowser } from '@segment/analytics-next'\nObject.assign(window, { AnalyticsBrowser })`
      ),
      '/customerio.js': bundle(
        `import { AnalyticsBrowser } from '@customerio/cdp-analytics-browser'\nObject.assign(window, { AnalyticsBrowser })`
      ),
      '/rudderstack.js': bundle(
        `import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'\nObject.assign(window, { RudderAnalytics })`
      )
    })
  })
  afterAll(() => shop.close())

  it.each<[string, () => string[]]>([
    [
      "Segment's npm package, as a remote plugin",
      () => ['/segment.js', `analytics = AnalyticsBrowser.load(${LOAD})`]
    ],
    [
      "Segment's npm package, as plugins: [factory]",
      () => [
        '/segment.js',
        '/web.js',
        `analytics = AnalyticsBrowser.load({ ...${LOAD}, plugins: [webPluginFactory] })`
      ]
    ],
    ["Segment's npm package, by register", () => ['/segment.js', '/web.js', REGISTER]],
    ["Segment's script build with the snippet", () => [SNIPPET]],
    [
      "Customer.io's npm package, as a remote plugin",
      () => ['/customerio.js', `analytics = AnalyticsBrowser.load(${LOAD})`]
    ],
    ["Customer.io's npm package, by register", () => ['/customerio.js', '/web.js', REGISTER]],
    [
      "RudderStack's npm package, through rudderIntegration",
      () => [
        '/rudderstack.js',
        '/web.js',
        `analytics = new RudderAnalytics()
        analytics.addCustomIntegration('${RUDDER_DESTINATION}', rudderIntegration(${JSON.stringify(SETTINGS)}))
        analytics.load('write-key', location.origin, { configUrl: location.origin })
        window.ready = new Promise((resolve) => analytics.ready(resolve))`
      ]
    ]
  ])('push every event: %s', async (_name, scripts) => {
    shop.sent.length = 0
    const opened = await shop.open(openPage, scripts(), { remote: shop.answer })
    await opened.page.evaluate(CALLS)
    await opened.waitFor('window.friendbuyAPI?.length === 5')
    const pushes = await readPushes(opened)
    await eventually(() => shop.sent.some(({ event }) => event === 'Downloaded'))
    expect(pushes).toEqual(toExpected(shop.sent.find(({ event }) => event === 'Downloaded')?.messageId))
    expect(scriptsOf(opened)).toEqual(SCRIPTS)
    // A factory of the page's own is used in place of the remote plugin's.
    const usesOwn = scripts().includes('/web.js')
    expect(await opened.page.evaluate('window.friendbuyDestination === undefined')).toBe(usesOwn)
    expect(opened.errors).toEqual([])
  })
})
