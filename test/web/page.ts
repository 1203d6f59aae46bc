import type { Page } from '../../src/web/page'

/** What a page without Friendbuy's scripts saw. */
export interface SeenPage extends Page {
  /** Addresses of the scripts that were added, in order. */
  scripts: string[]
  /** Arguments of `friendbuyAPI.push`, without the merchant's. */
  pushes: () => unknown[]
}

/** Puts a page in place of the browser's global, as far as the destination uses it. */
export const openPage = (given: Partial<Page> = {}): SeenPage => {
  const scripts: string[] = []
  const page: SeenPage = {
    document: {
      scripts: [],
      createElement: () => ({ async: false, src: '' }),
      head: {
        appendChild: (script) => {
          scripts.push(script.src)
          page.document.scripts = [...Array.from(page.document.scripts), script]
        }
      }
    },
    scripts,
    pushes: () =>
      Array.isArray(page.friendbuyAPI)
        ? (page.friendbuyAPI as unknown[][]).filter(([name]) => name !== 'merchant')
        : [],
    ...given
  }
  Object.defineProperty(globalThis, 'window', { value: page, configurable: true })
  return page
}

/** Takes the page away. */
export const closePage = (): void => {
  Reflect.deleteProperty(globalThis, 'window')
}
