/* eslint-disable no-console -- a developer should see why tests are skipped */
import { existsSync } from 'node:fs'
import type { Browser } from 'puppeteer-core'
import { launchBrowser } from '../support/browser'
import { installMissing } from '../support/install-missing'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

declare global {
  var testBrowser: Browser | undefined
}

/** Starts the one browser of all tests. Without a Chromium the tests are skipped, or fail in CI. */
const setup = async (): Promise<void> => {
  installMissing([{ name: 'chromium', isThere: () => existsSync(CHROMIUM) }])
  if (existsSync(CHROMIUM)) {
    globalThis.testBrowser = await launchBrowser(CHROMIUM)
    return
  }
  console.warn(
    `The browser tests cannot run: ${CHROMIUM} is missing. As root, run "apt-get install --no-install-recommends chromium", or set CHROMIUM to the path of a Chromium.`
  )
}

export default setup
