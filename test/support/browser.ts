import { type Browser, type BrowserContext, connect, launch, type Page, type Viewport } from 'puppeteer-core'

/** Variable by which the test files find the browser that `launchBrowser` started. */
const ENDPOINT = 'TEST_BROWSER_ENDPOINT'

/** Time for a test, in milliseconds: a page takes seconds on a busy machine. */
const TEST_TIMEOUT_MS = 90_000

/** Interval at which a page's condition is checked, in milliseconds. */
const POLLING_MS = 20

const isCI = !['', 'false', undefined].includes(process.env.CI)

/** Starts a Chromium that reaches nothing but this machine, and tells the test files of it. */
export const launchBrowser = async (executablePath: string): Promise<Browser> => {
  const browser = await launch({
    executablePath,
    headless: true,
    timeout: TEST_TIMEOUT_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
    ]
  })
  process.env[ENDPOINT] = browser.wsEndpoint()
  return browser
}

/** Outcome of a request to another host: a response, or no response at all. */
export type Remote = { status: number; body: string; type: string } | 'blocked' | 'hanging'

const block = (): Remote => 'blocked'

export interface OpenOptions {
  /**
   * Response to a request to another host than this machine.
   *
   * @default every request is blocked, as by an ad blocker
   */
  remote?: (address: string) => Remote
  /** Runs in the page before its own scripts. */
  before?: string
  viewport?: Viewport
}

/** Page with its own cookies and storage, and what it did. */
export interface TestPage {
  page: Page
  /** Addresses on other hosts that the page requested, in order. */
  requested: string[]
  /** Uncaught errors and unhandled rejections. */
  errors: string[]
  /** What scripts wrote to the console, such as `warn: …`. The browser's own messages are not among it. */
  logged: string[]
  /** The browser's own messages in the console, such as those of a failed request. */
  reported: string[]
  /** Resolves once an expression is true in the page. */
  waitFor: (expression: string) => Promise<void>
}

export type OpenPage = (url: string, options?: OpenOptions) => Promise<TestPage>

const isLocal = (address: string) => new URL(address).hostname === '127.0.0.1' || !/^https?:/.test(address)

const watch = (page: Page): TestPage => {
  const requested: string[] = []
  const errors: string[] = []
  const logged: string[] = []
  const reported: string[] = []
  page.on('pageerror', (error) => errors.push(error instanceof Error ? error.message : String(error)))
  page.on('console', (message) => {
    // Only calls of the console have arguments.
    const list = message.args().length > 0 ? logged : reported
    list.push(`${message.type()}: ${message.text()}`)
  })
  const waitFor = async (expression: string) => {
    await page.waitForFunction(expression, { polling: POLLING_MS, timeout: TEST_TIMEOUT_MS / 3 })
  }
  return { page, requested, errors, logged, reported, waitFor }
}

const answerRequests = async (
  { page, requested }: TestPage,
  remote: (address: string) => Remote
): Promise<void> => {
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const address = request.url()
    if (isLocal(address)) return void request.continue()
    requested.push(address)
    const response = remote(address)
    if (response === 'hanging') return
    if (response === 'blocked') return void request.abort('blockedbyclient')
    void request.respond({
      status: response.status,
      contentType: response.type,
      headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, *' },
      body: response.body
    })
  })
}

/**
 * Declares tests that open pages in the browser of all tests. Each page has its own cookies and storage, and closes after
 * its test. Without a Chromium the tests are skipped, or fail in CI.
 */
export const describeInBrowser = (name: string, body: (openPage: OpenPage) => void): void => {
  jest.setTimeout(TEST_TIMEOUT_MS)
  const endpoint = process.env[ENDPOINT]
  let browser: Browser | undefined
  const contexts: BrowserContext[] = []

  const openPage: OpenPage = async (url, { remote = block, before, viewport } = {}) => {
    const context = await browser?.createBrowserContext()
    if (context === undefined) throw new Error('The browser tests need a Chromium.')
    contexts.push(context)
    const opened = watch(await context.newPage())
    await answerRequests(opened, remote)
    if (viewport !== undefined) await opened.page.setViewport(viewport)
    if (before !== undefined) await opened.page.evaluateOnNewDocument(before)
    await opened.page.goto(url, { waitUntil: 'domcontentloaded' })
    return opened
  }

  // In CI each of the tests fails on opening a page.
  const declare = endpoint === undefined && !isCI ? describe.skip : describe
  declare(name, () => {
    beforeAll(async () => {
      if (endpoint !== undefined) browser = await connect({ browserWSEndpoint: endpoint })
    })
    afterEach(async () => {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
    })
    afterAll(() => browser?.disconnect())
    body(openPage)
  })
}
