import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { friendbuyWeb, type WebPlugin, webPluginFactory, type WebSettings } from '../../src/web/friendbuy-web'
import type { WebSubscription } from '../../src/web/subscriptions'
import { closePage, openPage } from './page'

const merchantId = '0ebece2e-b04c-4504-97f2-16cd9f423612'
const OTHER = '1ebece2e-b04c-4504-97f2-16cd9f423612'

const FRIENDBUY = 'https://static.fbot.me/friendbuy.js'
const CAMPAIGNS = `https://campaign.fbot.me/${merchantId}/campaigns.js`

const identify = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' } }
const CUSTOMER = ['track', 'customer', { id: 'c-1', email: 'ada@example.com' }, true]

const only = (...subscriptions: Partial<WebSubscription>[]): WebSettings => ({
  merchantId,
  subscriptions: subscriptions.map((given) => ({
    partnerAction: 'trackCustomer',
    subscribe: 'type = "identify"',
    ...given
  }))
})

const first = (settings: unknown): WebPlugin => {
  const [plugin] = webPluginFactory(settings)
  if (!plugin) throw new Error('There is no plugin.')
  return plugin
}

/** The array that keeps pushes until Friendbuy's script runs. */
const waiting = (...pushes: unknown[]) => pushes

afterEach(closePage)

describe('The factory', () => {
  it('needs no page, and gives a plugin for each action of the presets', () => {
    const plugins = friendbuyWeb({ merchantId })
    expect(friendbuyWeb.pluginName).toBe('Friendbuy (Actions)')
    expect(plugins.map(({ name }) => name)).toEqual([
      'Friendbuy (Actions) trackCustomer',
      'Friendbuy (Actions) trackPurchase',
      'Friendbuy (Actions) trackSignUp',
      'Friendbuy (Actions) trackPage'
    ])
    const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
      version: string
    }
    for (const plugin of plugins) {
      expect(plugin).toMatchObject({
        type: 'destination',
        version,
        alternativeNames: [
          'Friendbuy (Actions)',
          'Friendbuy (Web Destination)',
          'Friendbuy (Web Destinations)'
        ]
      })
      expect(plugin.isLoaded()).toBe(false)
    }
  })

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['subscriptions that are all disabled', [{ partnerAction: 'trackPage', subscribe: '', enabled: false }]],
    ['unknown actions', [{ partnerAction: 'toString', subscribe: 'type = "page"' }]],
    ['something that is not a list', { partnerAction: 'trackPage' }],
    ['a list of something else', [null, 'trackPage', 3]]
  ])('gives no plugin for %s', (_what, subscriptions) => {
    expect(webPluginFactory({ merchantId, subscriptions })).toEqual([])
  })

  it('gives one plugin for several subscriptions of an action', async () => {
    const page = openPage()
    const plugins = friendbuyWeb(
      only({}, { mapping: { customerId: 'fixed', email: { '@path': '$.traits.email' } } })
    )
    expect(plugins).toHaveLength(1)
    await plugins[0]?.identify({ event: identify })
    expect(page.pushes()).toEqual([
      CUSTOMER,
      ['track', 'customer', { id: 'fixed', email: 'ada@example.com' }, true]
    ])
  })

  it('names a condition that cannot be read in the console, once, and matches no event by it', async () => {
    const page = openPage()
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
    const plugin = first(only({ subscribe: 'message = "a"' }, {}))
    await plugin.identify({ event: identify })
    await plugin.identify({ event: identify })
    expect(page.pushes()).toEqual([CUSTOMER, CUSTOMER])
    expect(warn.mock.calls).toEqual([
      [
        'Friendbuy Track Customer matches no event, because its condition (subscribe) cannot be read: message = "a"'
      ]
    ])
    warn.mockRestore()
  })
})

describe('The load', () => {
  it('happens once for all plugins', async () => {
    const page = openPage()
    const plugins = friendbuyWeb({ merchantId: ` ${merchantId} ` })
    await Promise.all(plugins.map(({ load }) => load()))
    await plugins[0]?.ready()
    expect(plugins.every(({ isLoaded }) => isLoaded())).toBe(true)
    expect(page.friendbuyAPI).toMatchObject({ merchantId, length: 1 })
    expect(page.scripts).toEqual([FRIENDBUY, CAMPAIGNS])
  })

  it('keeps what the page has pushed before', async () => {
    const page = openPage({ friendbuyAPI: waiting(['track', 'page', { name: 'home' }]) })
    await first({ merchantId }).load()
    expect([...(page.friendbuyAPI as unknown[])]).toEqual([
      ['track', 'page', { name: 'home' }],
      ['merchant', merchantId]
    ])
  })

  it("registers no merchant and adds no script where the page has Friendbuy's snippet", async () => {
    const page = openPage({
      friendbuyAPI: Object.assign(waiting(), { merchantId: merchantId.toUpperCase() })
    })
    page.document.scripts = [{ src: FRIENDBUY }, { src: CAMPAIGNS }]
    await first({ merchantId }).load()
    expect([...(page.friendbuyAPI as unknown[])]).toEqual([])
    expect(page.scripts).toEqual([])
  })

  it('fails on the page of another merchant, and changes nothing', async () => {
    const page = openPage({ friendbuyAPI: Object.assign(waiting(), { merchantId: OTHER }) })
    const plugin = first({ merchantId })
    await expect(plugin.load()).rejects.toThrow('Friendbuy Merchant ID (merchantId) differs')
    await expect(plugin.identify({ event: identify })).rejects.toThrow('merchantId')
    expect(plugin.isLoaded()).toBe(false)
    expect(page.friendbuyAPI).toEqual(Object.assign(waiting(), { merchantId: OTHER }))
    expect(page.scripts).toEqual([])
  })

  it.each([undefined, null, '', 7, `${merchantId}x`, `${merchantId}/..`, `x${merchantId}`, {}])(
    'fails for the merchant ID %j, and requests nothing',
    async (invalid) => {
      const page = openPage()
      const plugin = first({ merchantId: invalid })
      await expect(plugin.load()).rejects.toThrow('Friendbuy Merchant ID (merchantId)')
      await expect(plugin.identify({ event: identify })).rejects.toThrow('merchantId')
      expect([page.friendbuyAPI, page.scripts]).toEqual([undefined, []])
    }
  )

  it.each<[unknown, string]>([
    ['fbot-sandbox.me', 'fbot-sandbox.me'],
    ['friendbuy.example.com', 'friendbuy.example.com'],
    ['evil.example/x', 'fbot.me'],
    ['localhost', 'fbot.me'],
    ['a.b:8080', 'fbot.me'],
    ['.', 'fbot.me'],
    ['', 'fbot.me'],
    [{}, 'fbot.me']
  ])("uses the page's friendbuyBaseHost if it is a host name: %j", async (friendbuyBaseHost, host) => {
    const page = openPage({ friendbuyBaseHost })
    await first({ merchantId }).load()
    expect(page.scripts).toEqual([
      `https://static.${host}/friendbuy.js`,
      `https://campaign.${host}/${merchantId}/campaigns.js`
    ])
  })

  it('adds async scripts', async () => {
    const page = openPage()
    await first({ merchantId }).load()
    expect(page.document.scripts).toEqual([
      { async: true, src: FRIENDBUY },
      { async: true, src: CAMPAIGNS }
    ])
  })
})

describe('A hook', () => {
  it('loads the page first, and resolves to its context', async () => {
    const page = openPage()
    const context = { event: identify }
    await expect(first({ merchantId }).identify(context)).resolves.toBe(context)
    expect([...(page.friendbuyAPI as unknown[])]).toEqual([['merchant', merchantId], CUSTOMER])
  })

  it('pushes at once when the page is loaded', async () => {
    const page = openPage()
    const plugin = first({ merchantId })
    await plugin.load()
    void plugin.identify({ event: identify })
    expect(page.pushes()).toEqual([CUSTOMER])
  })

  it.each(['track', 'identify', 'page', 'group', 'alias', 'screen'] as const)(
    'exists for %s, and the condition decides',
    async (name) => {
      const page = openPage()
      const plugin = first(only({}))
      await plugin[name]({ event: { ...identify, type: name } })
      expect(page.pushes()).toEqual(name === 'identify' ? [CUSTOMER] : [])
    }
  )

  it('pushes to friendbuyAPI as it is then: replaced, or gone', async () => {
    const page = openPage()
    const plugin = first({ merchantId })
    await plugin.load()
    const replacement = { pushed: [] as unknown[], push: (push: unknown) => replacement.pushed.push(push) }
    page.friendbuyAPI = replacement
    await plugin.identify({ event: identify })
    expect(replacement.pushed).toEqual([CUSTOMER])
    delete page.friendbuyAPI
    await plugin.identify({ event: identify })
    expect(page.friendbuyAPI).toEqual([CUSTOMER])
  })

  it('is rejected with the error of a push', async () => {
    const page = openPage()
    const plugin = first({ merchantId })
    await plugin.load()
    const error = new Error('from friendbuy.js')
    page.friendbuyAPI = {
      push: () => {
        throw error
      }
    }
    await expect(plugin.identify({ event: identify })).rejects.toBe(error)
  })

  it.each<[string, Partial<WebSubscription>]>([
    ['fails', { mapping: { customerId: 'c-9' } }],
    ['has an unknown directive', { mapping: { customerId: { '@unknown': 1 }, email: 'x' } }],
    ['has @liquid', { mapping: { customerId: 'x', email: { '@liquid': '{{ email }}' } } }]
  ])('pushes for the other subscriptions when one %s', async (_what, failing) => {
    const page = openPage()
    const plugin = first(only(failing, {}))
    await expect(plugin.identify({ event: identify })).rejects.toMatchObject({
      name: 'PayloadValidationError',
      code: 'PAYLOAD_VALIDATION_FAILED'
    })
    expect(page.pushes()).toEqual([CUSTOMER])
  })

  it('is rejected only for events that the invalid mapping would take', async () => {
    const page = openPage()
    const plugin = first(only({ mapping: { email: { '@liquid': 'x' } } }))
    await plugin.track({ event: { type: 'track', event: 'Other' } })
    expect(page.pushes()).toEqual([])
  })

  it.each<[string, (event: Record<string, unknown>) => void]>([
    ['refers to itself', (event) => (event.self = event)],
    ['holds a BigInt', (event) => (event.size = BigInt(1))],
    [
      'has a toJSON that throws',
      (event) => {
        event.toJSON = () => {
          throw new Error('ada@example.com')
        }
      }
    ]
  ])('is rejected for an event that %s, without a value of it', async (_what, spoil) => {
    const page = openPage()
    const event = { ...identify }
    spoil(event)
    const error: unknown = await first({ merchantId })
      .identify({ event })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PAYLOAD_VALIDATION_FAILED' })
    expect(String(error)).not.toContain('ada@example.com')
    expect(page.pushes()).toEqual([])
  })

  it('reports each dropped value once, by name and reason, without a value', async () => {
    openPage()
    const log = jest.fn()
    await first({ merchantId }).identify({
      event: { ...identify, traits: { ...identify.traits, age: 'old', friendbuyAttributes: { size: 3 } } },
      log
    })
    expect(log.mock.calls).toEqual([
      [
        'warn',
        'Friendbuy Track Customer dropped: age (not a number), friendbuyAttributes.size (not a string)'
      ]
    ])
  })

  it('logs nothing for an event that is pushed whole', async () => {
    openPage()
    const log = jest.fn()
    await first({ merchantId }).identify({ event: identify, log })
    expect(log).not.toHaveBeenCalled()
  })

  it('shares no object with the event, and changes nothing of it', async () => {
    const page = openPage()
    const tags = ['a']
    const event = Object.freeze({
      type: 'track',
      event: 'Downloaded',
      userId: 'c-1',
      properties: Object.freeze({ email: 'ada@example.com', tags })
    })
    const plugin = first(only({ partnerAction: 'trackCustomEvent', subscribe: 'type = "track"' }))
    await plugin.track({ event })
    tags.push('b')
    expect(page.pushes()).toMatchObject([['track', 'Downloaded', { tags: ['a'] }]])
  })
})
