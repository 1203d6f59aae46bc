import { webActions } from '../../src/web/action-fields'
import { type WebCase, webCases } from '../cases/web-cases'
import json from '../cases/web-cases.json'
import { describeInBrowser } from '../support/browser'
import { MERCHANT, readPushes, type Shop, startShop } from './shop'

/** Result of a case in a page. */
interface Outcome {
  pushes: unknown[]
  error?: string
}

/** Takes one case through a plugin of the script build. Dates are made in the page. */
const PERFORM = `async (text) => {
  const { event, ...settings } = JSON.parse(text, (_key, value) => (value?.$date ? new Date(value.$date) : value))
  delete window.friendbuyAPI
  const [plugin] = friendbuyDestination(settings)
  const error = await plugin.track({ event }).then(() => undefined, ({ message }) => message)
  return { error, pushes: JSON.parse(JSON.stringify(window.friendbuyAPI)).filter(([name]) => name !== 'merchant') }
}`

describeInBrowser('The worked cases in Chromium, through the script build', (openPage) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.close())

  it.each(webCases.filter(({ action }) => action === 'load'))(
    'load the page: $name',
    async ({ settings, scripts, expect: expected }) => {
      const opened = await shop.open(openPage, ['/friendbuy.min.js'])
      const load = `friendbuyDestination(${JSON.stringify(settings)})[0].load().then(() => '', ({ message }) => message)`
      const message = await opened.page.evaluate(load)
      const pushes = await readPushes(opened)
      if (Array.isArray(expected)) expect({ message, pushes }).toEqual({ message: '', pushes: expected })
      else {
        expect(message).toContain(expected.error)
        expect(pushes).toEqual([])
      }
      expect(opened.requested).toEqual(scripts)
    }
  )

  it('push what is expected', async () => {
    const { page } = await shop.open(openPage, ['/friendbuy.min.js'])
    const events = (json as WebCase[]).flatMap((worked) =>
      worked.action === 'load' ? [] : [{ ...worked, action: worked.action }]
    )
    const outcomes: object[] = []
    for (const { name, action, event, mapping, expect: expected } of events) {
      const { defaultSubscription: subscribe } = webActions[action]
      const subscriptions = [{ partnerAction: action, subscribe, mapping }]
      const given = JSON.stringify({ merchantId: MERCHANT, event, subscriptions })
      const { pushes, error } = (await page.evaluate(`(${PERFORM})(${JSON.stringify(given)})`)) as Outcome
      const part = Array.isArray(expected) ? undefined : expected.error
      outcomes.push({ name, pushes, error: part && error?.includes(part) ? part : error })
    }
    expect(outcomes).toEqual(
      events.map(({ name, expect: expected }) =>
        Array.isArray(expected) ? { name, pushes: expected } : { name, pushes: [], error: expected.error }
      )
    )
    expect(outcomes.length).toBeGreaterThan(20)
  })
})
