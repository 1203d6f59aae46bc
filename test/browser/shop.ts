import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { OpenOptions, OpenPage, Remote, TestPage } from '../support/browser'
import { type SiteResponse, startSite, type TestSite } from '../support/site'

const ROOT = join(__dirname, '../..')

export const MERCHANT = '0ebece2e-b04c-4504-97f2-16cd9f423612'

/** Addresses of Friendbuy's two scripts, in the order in which they are requested. */
export const SCRIPTS = [
  'https://static.fbot.me/friendbuy.js',
  `https://campaign.fbot.me/${MERCHANT}/campaigns.js`
]

/** Subscriptions of a merchant who uses every action. */
export const SUBSCRIPTIONS = [
  { partnerAction: 'trackCustomer', subscribe: 'type = "identify"', enabled: true, name: 'Track Customer' },
  { partnerAction: 'trackPurchase', subscribe: 'type = "track" and event = "Order Completed"' },
  { partnerAction: 'trackPage', subscribe: 'type = "page"' },
  { partnerAction: 'trackCustomEvent', subscribe: 'type = "track" and event = "Downloaded"' }
]

export const SETTINGS = { merchantId: MERCHANT, subscriptions: SUBSCRIPTIONS }

/** The script build of the package. */
export const SCRIPT_BUILD = readFileSync(join(ROOT, 'dist/web/friendbuy.min.js'), 'utf8')

/** Bundles a program for pages as a shop's bundler does, from the packages that a folder has. */
export const bundle = (program: string, folder = ROOT): string => {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' }
  })
  return outputFiles[0]?.text ?? ''
}

/** An event that an analytics library sent to its own server. */
export interface SentEvent {
  event?: string
  messageId: string
}

/** Shop on loopback, with the servers of the analytics libraries. */
export interface Shop extends TestSite {
  /** Events that the analytics libraries sent to their servers. */
  sent: SentEvent[]
  /** The destination's settings, as the host saved them. */
  settings: object
  /** False for a source that has no destination in the browser. */
  hasDestination: boolean
  /** Responses of Friendbuy's servers, and of those that give the libraries their settings and Segment's script build. */
  answer: (address: string) => Remote
  /** Opens a page of the shop whose scripts are given. */
  open: (openPage: OpenPage, scripts: string[], options?: OpenOptions & { csp?: string }) => Promise<TestPage>
}

const js = (body: string): SiteResponse => ({ body, type: 'text/javascript' })

/** Starts a shop. Files are served by path; a page by the number with which it was opened. */
export const startShop = async (files: Record<string, string> = {}): Promise<Shop> => {
  const sent: SentEvent[] = []
  const pages: SiteResponse[] = []
  const site = await startSite((path, body) => {
    const file = path === '/friendbuy.min.js' ? SCRIPT_BUILD : files[path]
    if (file !== undefined) return js(file)
    if (path.startsWith('/pages/')) return pages[Number(path.slice('/pages/'.length))]
    if (path.endsWith('/settings')) {
      const { remotePlugins, ...settings } = toSegmentSettings(site.url, shop.settings)
      return json(path.includes(KEY_WITHOUT_DESTINATION) ? settings : { ...settings, remotePlugins })
    }
    if (path === '/sourceConfig/') return json(RUDDER_SOURCE)
    if (body === '') return undefined
    sent.push(...toSentEvents(body))
    return json({ success: true })
  })
  const shop: Shop = {
    ...site,
    sent,
    settings: SETTINGS,
    hasDestination: true,
    answer: (address) => {
      const { remotePlugins, ...settings } = toSegmentSettings(site.url, shop.settings)
      return answer(address, shop.hasDestination ? { ...settings, remotePlugins } : settings)
    },
    open: (openPage, scripts, { csp, ...options } = {}) => {
      const elements = scripts.map((script) =>
        script.startsWith('/') ? `<script src="${script}"></script>` : `<script>${script}</script>`
      )
      const body = `<!doctype html><html><head><title>Shop</title></head><body>${elements.join('\n')}</body></html>`
      pages.push({ body, headers: csp === undefined ? {} : { 'content-security-policy': csp } })
      return openPage(`${site.url}/pages/${pages.length - 1}`, { remote: answerAsFriendbuy, ...options })
    }
  }
  return shop
}

const json = (value: unknown): SiteResponse => ({ body: JSON.stringify(value), type: 'application/json' })

const toSentEvents = (body: string): SentEvent[] => {
  const value = JSON.parse(body) as SentEvent | { batch: SentEvent[] }
  return 'batch' in value ? value.batch : [value]
}

/** Write key of a source that has no destination in the browser. */
export const KEY_WITHOUT_DESTINATION = 'key-without-destination'

/** Settings of a source with the destination, as Segment's and Customer.io's servers give them. */
export const toSegmentSettings = (origin: string, settings: object = SETTINGS) => {
  const server = { apiKey: 'write-key', apiHost: `${origin.slice('http://'.length)}/v1`, protocol: 'http' }
  return {
    integrations: {
      'Segment.io': server,
      'Customer.io Data Pipelines': server
    },
    metrics: { sampleRate: 0 },
    plan: { track: { __default: { enabled: true } } },
    remotePlugins: [
      {
        name: 'Friendbuy (Actions)',
        creationName: 'Friendbuy (Actions)',
        libraryName: 'friendbuyDestination',
        url: `${origin}/friendbuy.min.js`,
        settings
      }
    ]
  }
}

/** Destination of the type Custom Device Mode at RudderStack. */
export const RUDDER_DESTINATION = 'your-destination-id'

const RUDDER_SOURCE = {
  source: {
    id: 'source',
    name: 'Shop',
    writeKey: 'write-key',
    enabled: true,
    workspaceId: 'workspace',
    config: {},
    destinations: [
      {
        id: RUDDER_DESTINATION,
        name: 'Friendbuy',
        enabled: true,
        config: {},
        shouldApplyDeviceModeTransformation: false,
        propagateEventsUntransformedOnError: false,
        destinationDefinitionId: 'custom',
        destinationDefinition: { name: 'CUSTOM_DEVICE_MODE', displayName: 'Custom Device Mode' }
      }
    ]
  }
}

/** Segment's snippet in short: methods that queue calls until the script runs. */
export const SNIPPET = `
{
const analytics = (window.analytics = [])
for (const method of ['identify', 'track', 'page', 'ready', 'register', 'setAnonymousId', 'on']) {
  analytics[method] = (...args) => { analytics.push([method, ...args]); return analytics }
}
analytics._writeKey = 'write-key'
const script = document.createElement('script')
script.async = true
script.src = 'https://cdn.segment.com/analytics.js/v1/write-key/analytics.min.js'
document.head.append(script)
window.ready = new Promise((resolve) => analytics.ready(resolve))
}`

/** Response of the address of a script of Friendbuy's: one that leaves the pushes where they are. */
export const answerAsFriendbuy = (address: string): Remote =>
  address.includes('.fbot.me/') ? { status: 200, type: 'text/javascript', body: '' } : 'blocked'

const UMD = join(ROOT, 'node_modules/@segment/analytics-next/dist/umd')

const answer = (address: string, settings: object): Remote => {
  const { pathname } = new URL(address)
  const ok = (type: string, body: string): Remote => ({ status: 200, type, body })
  if (pathname.endsWith('/settings')) return ok('application/json', JSON.stringify(settings))
  if (pathname.includes('/sourceConfig')) return ok('application/json', JSON.stringify(RUDDER_SOURCE))
  const name = pathname.endsWith('/analytics.min.js') ? 'standalone.js' : (pathname.split('/').pop() ?? '')
  if (!readdirSync(UMD).includes(name)) return answerAsFriendbuy(address)
  return ok('text/javascript', readFileSync(join(UMD, name), 'utf8'))
}

/** What the page pushed so far, as JSON. */
export const readPushes = async ({ page }: TestPage): Promise<unknown> =>
  JSON.parse((await page.evaluate('JSON.stringify([...(window.friendbuyAPI ?? [])])')) as string)

/** Addresses of Friendbuy's that the page requested. */
export const scriptsOf = ({ requested }: TestPage): string[] =>
  requested.filter((address) => address.includes('fbot.me'))
