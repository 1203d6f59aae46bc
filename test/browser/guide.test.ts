import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeInBrowser, type TestPage } from '../support/browser'
import { readBlocks } from '../support/document'
import {
  bundle,
  MERCHANT,
  readPushes,
  SCRIPTS,
  scriptsOf,
  SETTINGS,
  type Shop,
  SNIPPET,
  startShop
} from './shop'

const ROOT = join(__dirname, '../..')

const blocks = readBlocks('docs/guides/direct-mode.md')

const codeOf = (name: string) => blocks.find(({ writtenAs }) => writtenAs === name)?.code ?? ''

const blockOf = (language: string, part: string) =>
  blocks.find((block) => block.language === language && block.code.includes(part))?.code ?? ''

/** Folder of a shop's program, with the packages that the guide names. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'friendbuy-direct-mode-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/actions-friendbuy-cloud'))
  for (const scope of ['@segment', '@customerio', '@rudderstack']) {
    symlinkSync(join(ROOT, 'node_modules', scope), join(folder, 'node_modules', scope))
  }
  for (const { writtenAs, code } of blocks) {
    if (writtenAs !== undefined) writeFileSync(join(folder, writtenAs), code)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('The guide to direct mode', () => {
  it.each(['preview.mjs', 'server.mjs', 'server-property.mjs'])('shows the output of %s', async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder })
    const index = blocks.findIndex(({ writtenAs }) => writtenAs === name)
    expect(stdout).toBe(blocks[index + 1]?.code)
  })

  it('has no block that no test runs', () => {
    expect(blocks.map(({ language, writtenAs }) => writtenAs ?? language)).toEqual([
      // The command of the example's own test.
      'sh',
      'segment.js',
      'segment-workspace.js',
      'html',
      'customer-io.js',
      'rudderstack.js',
      'posthog.js',
      'subscriptions.js',
      'preview.mjs',
      '',
      'consent.js',
      '',
      'server.mjs',
      '',
      'server-property.mjs',
      ''
    ])
  })
})

describeInBrowser('The guide to direct mode in Chromium', (openPage) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop()
    shop.settings = SETTINGS
  })
  afterAll(() => shop.close())

  /** Opens a page with a program of the guide, whose exports are global. */
  const open = (program: string, scripts: string[] = [], options = {}) =>
    shop.open(openPage, [...scripts, bundle(program, folder)], { remote: shop.answer, ...options })

  const openFile = (name: string, scripts?: string[]) =>
    open(`import * as guide from './${name}'\nObject.assign(window, guide)`, scripts)

  const CUSTOMER = { id: 'customer-1', email: 'jo@example.com', anonymousId: expect.any(String) as string }

  const expectCustomerPushed = async (opened: TestPage) => {
    await opened.page.evaluate(`(async () => {
      await window.ready
      await analytics.identify('customer-1', { email: 'jo@example.com' })
    })()`)
    await opened.waitFor('window.friendbuyAPI?.length === 2')
    expect(await readPushes(opened)).toEqual([
      ['merchant', MERCHANT],
      ['track', 'customer', CUSTOMER, true]
    ])
    expect(scriptsOf(opened)).toEqual(SCRIPTS)
  }

  it.each(['segment.js', 'customer-io.js', 'rudderstack.js'])('adds the destination: %s', async (name) => {
    shop.hasDestination = false
    await expectCustomerPushed(await openFile(name))
  })

  it('adds the destination: segment-workspace.js', async () => {
    shop.hasDestination = true
    await expectCustomerPushed(await openFile('segment-workspace.js'))
  })

  it("adds the destination to Segment's snippet", async () => {
    shop.hasDestination = false
    const scripts = [...blockOf('html', 'script').matchAll(/<script(?: src="(.*)")?>([^]*?)<\/script>/g)]
    const opened = await shop.open(
      openPage,
      [SNIPPET, ...scripts.map(([, address, code = '']) => address ?? code)],
      { remote: shop.answer }
    )
    await expectCustomerPushed(opened)
  })

  it('registers it after consent', async () => {
    shop.hasDestination = false
    writeFileSync(
      join(folder, 'analytics.js'),
      codeOf('segment.js').replace(/^analytics\.register.*$/m, 'Object.assign(window, { analytics })')
    )
    const opened = await openFile('consent.js')
    await opened.page.evaluate(`analytics.page('Home').then(() => {})`)
    expect(await opened.page.evaluate('window.friendbuyAPI === undefined')).toBe(true)
    await opened.page.evaluate('onConsent().then(() => {})')
    await expectCustomerPushed(opened)
  })

  it('calls toPush from PostHog', async () => {
    const opened = await openFile('posthog.js', ['window.friendbuyAPI = []', '/friendbuy.min.js'])
    const properties = { customer_id: 'customer-1', order_id: '1', total: 5, currency: 'USD' }
    const event = { uuid: 'uuid-1', event: 'Order Completed', distinct_id: 'anon-1', properties }
    await opened.page.evaluate(`onEvent({ event: ${JSON.stringify(event)} })`)
    const purchase = { id: '1', amount: 5, currency: 'USD', customer: { id: 'customer-1' } }
    expect(await readPushes(opened)).toEqual([['track', 'purchase', purchase, true]])
  })

  it('shows subscriptions', async () => {
    const opened = await openFile('subscriptions.js')
    const event = {
      type: 'track',
      event: 'Checkout Finished',
      userId: 'customer-1',
      properties: { number: 1001, sum: '9.90', email: 'jo@example.com' }
    }
    await opened.page.evaluate(
      `Promise.all(plugins.map((plugin) => plugin.track({ event: ${JSON.stringify(event)} }))).then(() => {})`
    )
    const customer = { id: 'customer-1', email: 'jo@example.com' }
    expect(await readPushes(opened)).toEqual([
      ['merchant', MERCHANT],
      ['track', 'purchase', { id: '1001', amount: 9.9, currency: 'EUR', customer }, true]
    ])
  })

  it('names the hosts that a content security policy must allow', async () => {
    const csp = `${blockOf('', 'script-src').trim()} 'self' 'unsafe-inline'`
    const load = `friendbuyDestination(${JSON.stringify(SETTINGS)})[0].load()`
    const opened = await shop.open(openPage, ['/friendbuy.min.js', load], { csp })
    await opened.waitFor('document.readyState === "complete"')
    expect({ scripts: scriptsOf(opened), reported: opened.reported }).toEqual({
      scripts: SCRIPTS,
      reported: []
    })
  })
})
