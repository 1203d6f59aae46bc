import { existsSync } from 'node:fs'
import puppeteer, { type Browser } from 'puppeteer-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** `describe` for tests in a browser. Without Chromium they are skipped, and in CI they fail. */
export const describeInBrowser = existsSync(CHROMIUM) || process.env.CI ? describe : describe.skip

/** Starts a Chromium that reaches this machine only. Close it at the end. */
export const launchBrowser = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: CHROMIUM,
    headless: true,
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
