/** The gateway to Friendbuy's JavaScript: an array that keeps the pushes until the script runs, the script's own object after. */
export interface FriendbuyApi {
  push: (push: readonly unknown[]) => unknown
  merchantId?: unknown
}

/** What the destination uses of a browser's `window`. */
export interface Page {
  friendbuyAPI?: FriendbuyApi
  /** Replaces `fbot.me` in the addresses of Friendbuy's scripts. Set by the page, as in the published destination. */
  friendbuyBaseHost?: unknown
  /** Set by the script build. */
  friendbuyDestination?: unknown
  document: {
    scripts: ArrayLike<{ src: string }>
    head: { appendChild: (script: Script) => unknown }
    createElement: (name: 'script') => Script
  }
}

interface Script {
  async: boolean
  src: string
}

// Shadows the global of the same name: only what is declared above is used of it.
declare const window: Page

/** Gives the page, which a module must not look for before it is called: a server may import it. */
export const currentPage = (): Page => window

/** Gives the gateway as it is now, made anew if there is none: Friendbuy's script may have replaced the array. */
export const friendbuyApi = (): FriendbuyApi => {
  const waiting: unknown[] = []
  return (currentPage().friendbuyAPI ??= waiting)
}
