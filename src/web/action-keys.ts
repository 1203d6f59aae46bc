/** Keys of the actions of the browser destination, which saved subscriptions refer to. */
export const WEB_ACTION_KEYS = [
  'trackCustomer',
  'trackPurchase',
  'trackSignUp',
  'trackPage',
  'trackCustomEvent'
] as const

/** Key of an action of the browser destination, such as `trackPage`. */
export type WebActionKey = (typeof WEB_ACTION_KEYS)[number]

/** Actions enabled by default. Custom events are opt-in. */
export const WEB_PRESET_ACTIONS = [
  'trackCustomer',
  'trackPurchase',
  'trackSignUp',
  'trackPage'
] as const satisfies readonly WebActionKey[]

/** True for the key of an action of the browser destination. */
export const isWebActionKey = (key: unknown): key is WebActionKey =>
  WEB_ACTION_KEYS.some((own) => own === key)
