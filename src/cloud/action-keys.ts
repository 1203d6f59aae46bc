/** Keys of the actions, which saved mappings refer to. */
export const ACTION_KEYS = ['trackCustomer', 'trackPurchase', 'trackSignUp', 'trackCustomEvent'] as const

/** Key of an action, such as `trackPurchase`. */
export type ActionKey = (typeof ACTION_KEYS)[number]

/** Actions enabled by default. Custom events are opt-in. */
export const PRESET_ACTIONS = [
  'trackCustomer',
  'trackPurchase',
  'trackSignUp'
] as const satisfies readonly ActionKey[]
