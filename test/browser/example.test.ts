import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describeInBrowser } from '../support/browser'

describeInBrowser('examples/direct-mode', (openPage) => {
  let server: ChildProcess
  let url: string
  beforeAll(async () => {
    const program = join(__dirname, '../../examples/direct-mode/serve.mjs')
    server = spawn(process.execPath, [program, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer]
    url = line.toString().trim()
  })
  afterAll(async () => {
    const closed = once(server, 'close')
    server.kill()
    await closed
  })

  it('shows each push, after consent alone, and asks no other server for anything', async () => {
    const opened = await openPage(url)
    const { page } = opened
    const click = async (text: string) => {
      await (await page.waitForSelector(`button::-p-text(${text})`))?.click()
    }
    await click('View')
    expect(await page.evaluate('window.friendbuyAPI === undefined')).toBe(true)
    await click('Accept')
    await click('Download')
    const note = await page.waitForSelector('.note:not([hidden])')
    expect(await note?.evaluate(({ textContent }) => textContent)).toContain('Customer ID (customerId)')
    for (const step of ['View', 'Log in', 'Join', 'Buy', 'Download']) await click(step)
    await opened.waitFor('document.querySelectorAll("#pushes li").length === 6')

    const titles = await page.$$eval('#pushes h3', (all) => all.map(({ textContent }) => textContent))
    expect(titles).toEqual(['Downloaded', 'purchase', 'sign_up', 'customer', 'page', 'merchant'])
    const shown = await page.$eval('#pushes li:nth-child(2) pre', ({ textContent }) => textContent)
    expect(JSON.parse(/^friendbuyAPI\.push\((.*)\)$/s.exec(shown)?.[1] ?? 'null')).toEqual([
      'track',
      'purchase',
      {
        id: 'order-1001',
        amount: 42.5,
        currency: 'USD',
        couponCode: 'TEN',
        products: [{ sku: 'mug', name: 'Blue mug', price: 21.25, quantity: 2 }],
        customer: { id: 'customer-1', email: 'jo@example.com', anonymousId: expect.any(String) as string }
      },
      true
    ])
    const { requested, errors, logged, reported } = opened
    expect({ requested, errors, logged, reported }).toEqual({
      requested: [],
      errors: [],
      logged: [],
      reported: []
    })
  })
})
