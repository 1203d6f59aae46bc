import { describeInBrowser, type OpenOptions, type Remote, type TestPage } from '../support/browser'
import { eventually } from '../support/eventually'
import {
  bundle,
  KEY_WITHOUT_DESTINATION,
  MERCHANT,
  readPushes,
  SCRIPTS,
  scriptsOf,
  SETTINGS,
  type Shop,
  startShop,
  SUBSCRIPTIONS
} from './shop'

const OTHER_MERCHANT = '5f7c2f0e-1c3e-4f53-9d0b-0c9d3a3d8f11'

/** Friendbuy's snippet in short: registers the merchant and requests both scripts. */
const toSnippet = (merchant: string) => `
window.friendbuyAPI = window.friendbuyAPI || []
friendbuyAPI.merchantId = '${merchant}'
friendbuyAPI.push(['merchant', '${merchant}'])
for (const src of ['https://static.fbot.me/friendbuy.js', 'https://campaign.fbot.me/${merchant}/campaigns.js']) {
  const script = document.createElement('script')
  script.async = true
  script.src = src
  document.head.append(script)
}`

/** Uses the script build without a host. */
const toPlugins = (settings: object) => `
window.plugins = friendbuyDestination(${JSON.stringify(settings)})
window.load = () => Promise.all(plugins.map((plugin) => plugin.load()))
window.send = (event) => Promise.all(plugins.map((plugin) => plugin.track({ event })))`

const SEGMENT = `analytics = AnalyticsBrowser.load({ writeKey: 'write-key', cdnURL: location.origin }, OPTIONS)`

const withOptions = (options: object) => SEGMENT.replace('OPTIONS', JSON.stringify(options))

const toRegister = (settings: object) => `
analytics = AnalyticsBrowser.load({ writeKey: '${KEY_WITHOUT_DESTINATION}', cdnURL: location.origin })
window.ready = analytics.register(...friendbuyWeb(${JSON.stringify(settings)})).catch(() => {})`

const HOME = { type: 'page', name: 'Home' }
const MERCHANT_PUSH = ['merchant', MERCHANT]
const HOME_PUSH = ['track', 'page', { name: 'Home' }, true]

const always = (remote: Remote) => () => remote

describeInBrowser('The destination on a page', (openPage) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop({
      '/segment.js': bundle(
        `import { AnalyticsBrowser } from '@segment/analytics-next'\nObject.assign(window, { AnalyticsBrowser })`
      ),
      '/web.js': bundle(
        `import friendbuyWeb from 'actions-friendbuy-cloud/web'\nObject.assign(window, { friendbuyWeb })`
      )
    })
  })
  afterAll(() => shop.close())
  beforeEach(() => {
    shop.sent.length = 0
    shop.settings = SETTINGS
  })

  const openPlugins = (
    before: string[] = [],
    options?: OpenOptions & { csp?: string },
    settings: object = SETTINGS
  ) => shop.open(openPage, [...before, '/friendbuy.min.js', toPlugins(settings)], options)

  const send = ({ page }: TestPage, event: object) =>
    page.evaluate(`send(${JSON.stringify(event)}).then(() => {})`)

  /** Message of an error with which a promise of the page is rejected. */
  const messageOf = ({ page }: TestPage, expression: string) =>
    page.evaluate(`(${expression}).then(() => 'resolved', ({ message }) => message)`)

  const expectSilence = ({ errors, logged }: TestPage) => {
    expect({ errors, logged }).toEqual({ errors: [], logged: [] })
  }

  describe('keeps the pushes, silently, while scripts', () => {
    it.each<[string, OpenOptions & { csp?: string }]>([
      ['are blocked', { remote: always('blocked') }],
      ['never arrive', { remote: always('hanging') }],
      ['are missing', { remote: always({ status: 404, type: 'text/html', body: 'Not found' }) }],
      ['are refused by CSP', { csp: "script-src 'self' 'unsafe-inline'" }]
    ])('%s', async (_name, options) => {
      const opened = await openPlugins([], options)
      await opened.page.evaluate('load().then(() => {})')
      await send(opened, HOME)
      if (!JSON.stringify(options).includes('hanging'))
        await opened.waitFor('document.readyState === "complete"')
      expect(await readPushes(opened)).toEqual([MERCHANT_PUSH, HOME_PUSH])
      // The browser reports a request a moment after the page has made it.
      const requested = options.csp === undefined ? SCRIPTS : []
      await eventually(() => scriptsOf(opened).length === requested.length)
      expect(scriptsOf(opened)).toEqual(requested)
      expectSilence(opened)
    })
  })

  it("shares a page with Friendbuy's own snippet: one merchant, each script once", async () => {
    const opened = await openPlugins([toSnippet(MERCHANT)])
    await send(opened, HOME)
    expect(await readPushes(opened)).toEqual([MERCHANT_PUSH, HOME_PUSH])
    expect(scriptsOf(opened)).toEqual(SCRIPTS)
    expectSilence(opened)
  })

  it("leaves another merchant's page as it is", async () => {
    const opened = await openPlugins([toSnippet(OTHER_MERCHANT)])
    expect(await messageOf(opened, 'load()')).toContain('Friendbuy Merchant ID (merchantId)')
    expect(await messageOf(opened, `send(${JSON.stringify(HOME)})`)).toContain('(merchantId)')
    expect(await readPushes(opened)).toEqual([['merchant', OTHER_MERCHANT]])
    expect(scriptsOf(opened)).toHaveLength(2)
    expect(scriptsOf(opened).join()).not.toContain(MERCHANT)
  })

  it('pushes to the object with which friendbuy.js replaces the array', async () => {
    const body = `const kept = window.friendbuyAPI
      window.friendbuyAPI = { merchantId: kept.merchantId, all: [...kept], push(...args) { this.all.push(...args) } }`
    const remote = (address: string): Remote => ({
      status: 200,
      type: 'text/javascript',
      body: address.endsWith('/friendbuy.js') ? body : ''
    })
    const opened = await openPlugins([], { remote })
    await send(opened, HOME)
    await opened.waitFor('!Array.isArray(window.friendbuyAPI)')
    await send(opened, { type: 'page', name: 'Cart' })
    expect(await opened.page.evaluate('friendbuyAPI.all')).toEqual([
      MERCHANT_PUSH,
      HOME_PUSH,
      ['track', 'page', { name: 'Cart' }, true]
    ])
    expectSilence(opened)
  })

  it('loads before an event that comes first', async () => {
    const opened = await openPlugins()
    await send(opened, HOME)
    expect(await readPushes(opened)).toEqual([MERCHANT_PUSH, HOME_PUSH])
  })

  it('rejects with the error of a push that throws', async () => {
    const opened = await openPlugins()
    await opened.page.evaluate(`load().then(() => { friendbuyAPI.push = () => { throw new Error('full') } })`)
    expect(await messageOf(opened, `send(${JSON.stringify(HOME)})`)).toBe('full')
    expectSilence(opened)
  })

  it('shares a page with a second copy of itself: one merchant, each script once', async () => {
    const opened = await openPlugins(['/web.js'])
    await opened.page.evaluate(
      `Promise.all([...plugins, ...friendbuyWeb(${JSON.stringify(SETTINGS)})].map((plugin) => plugin.load())).then(() => {})`
    )
    expect(await readPushes(opened)).toEqual([MERCHANT_PUSH])
    expect(scriptsOf(opened)).toEqual(SCRIPTS)
    expectSilence(opened)
  })

  it('names a condition that cannot be read, once, and takes no event for it', async () => {
    const subscriptions = [
      { partnerAction: 'trackPage', subscribe: 'type = "page' },
      { partnerAction: 'trackCustomer', subscribe: 'type = "identify"' }
    ]
    const opened = await openPlugins([], {}, { merchantId: MERCHANT, subscriptions })
    await send(opened, HOME)
    await send(opened, HOME)
    expect(await readPushes(opened)).toEqual([MERCHANT_PUSH])
    expect(opened.logged).toEqual([expect.stringMatching(/^warn: Friendbuy Track Page .*\(subscribe\)/)])
  })

  describe('in Segment', () => {
    const open = (options: object = {}, before: string[] = []) =>
      shop.open(openPage, [...before, '/segment.js', withOptions(options)])

    const isSent = (event: string) => eventually(() => shop.sent.some((sent) => sent.event === event))

    it.each<[string, object, object]>([
      ['every integration is off', { integrations: { All: false, 'Segment.io': true } }, SETTINGS],
      ['Friendbuy is off', { integrations: { 'Friendbuy (Actions)': false } }, SETTINGS],
      ['the merchant has no subscription', {}, { merchantId: MERCHANT, subscriptions: [] }],
      [
        'no subscription is enabled',
        {},
        { merchantId: MERCHANT, subscriptions: SUBSCRIPTIONS.map((one) => ({ ...one, enabled: false })) }
      ]
    ])('touches nothing of a page where %s', async (_name, options, settings) => {
      shop.settings = settings
      const opened = await open(options)
      await opened.page.evaluate(`analytics.track('Seen').then(() => {})`)
      await isSent('Seen')
      expect(await opened.page.evaluate('window.friendbuyAPI === undefined')).toBe(true)
      expect(scriptsOf(opened)).toEqual([])
      expect(opened.errors).toEqual([])
    })

    it.each<[string, string[], string]>([
      ['a remote plugin', ['/segment.js', withOptions({})], 'Friendbuy (Actions)'],
      ['registered plugins', ['/segment.js', '/web.js', toRegister(SETTINGS)], 'Friendbuy (Web Destination)']
    ])('passes over an event for which %s is off', async (_name, scripts, name) => {
      const opened = await shop.open(openPage, scripts)
      await opened.page.evaluate(`(async () => {
        await window.ready
        await analytics.page('', 'Off', {}, { integrations: { ${JSON.stringify(name)}: false } })
        await analytics.page('', 'All off', {}, { integrations: { All: false } })
        await analytics.page('', 'On', {})
      })()`)
      await opened.waitFor('window.friendbuyAPI?.length > 1')
      expect(await readPushes(opened)).toEqual([
        MERCHANT_PUSH,
        ['track', 'page', { name: 'On', title: 'Shop' }, true]
      ])
    })

    it.each<[string, object, string[]]>([
      ['its merchant ID is not a UUID', { merchantId: '../../x?y' }, []],
      ["the page is another merchant's", SETTINGS, [toSnippet(OTHER_MERCHANT)]]
    ])('is dropped with a warning if %s, and the page continues', async (_name, settings, before) => {
      const opened = await shop.open(openPage, [...before, '/segment.js', '/web.js', toRegister(settings)])
      await opened.page.evaluate(
        `ready.then(() => analytics.track('Order Completed', { orderId: '1' })).then(() => {})`
      )
      await isSent('Order Completed')
      expect(opened.errors).toEqual([])
      expect(opened.logged.length).toBeGreaterThan(0)
      expect(opened.logged.filter((line) => !line.startsWith('warn: '))).toEqual([])
      expect(scriptsOf(opened)).toHaveLength(before.length * 2)
      expect(await readPushes(opened)).toEqual(before.map(() => ['merchant', OTHER_MERCHANT]))
    })

    it('fails an event without a required field in silence, once, and pushes the next one', async () => {
      const opened = await open()
      await opened.page.evaluate(`(async () => {
        await analytics.track('Order Completed', { total: 1, currency: 'USD' })
        window.context = await analytics.track('Order Completed', { orderId: '2', total: 1, currency: 'USD' })
      })()`)
      await opened.waitFor('window.friendbuyAPI?.length > 1')
      const purchase = { id: '2', amount: 1, currency: 'USD' }
      expect(await readPushes(opened)).toEqual([MERCHANT_PUSH, ['track', 'purchase', purchase, true]])
      await eventually(() => shop.sent.length === 2)
      expectSilence(opened)
    })
  })
})
